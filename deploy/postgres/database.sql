-- One service's own; run by databases.sql with `service` set.
\setenv SERVICE :service
\set owner :service _owner
\set password `cat "${SECRETS:-/run/secrets}/${SERVICE}_database"`
\set owner_password `cat "${SECRETS:-/run/secrets}/${SERVICE}_owner"`
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY[:'service', :'owner']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
SELECT format('ALTER ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD %L', name, password)
  FROM (VALUES (:'service', :'password'), (:'owner', :'owner_password')) AS role (name, password) \gexec
-- with lc_ctype C the trigram search would see no Chinese
SELECT format('CREATE DATABASE %I OWNER %I TEMPLATE template0 ENCODING ''UTF8'' LC_COLLATE ''C.UTF-8'' LC_CTYPE ''C.UTF-8''',
              :'service', :'owner')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'service') \gexec
\connect :service
\ir rights.sql
