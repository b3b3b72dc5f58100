-- A database of each service, its owner and the service's own role; nobody else may connect.
\set ON_ERROR_STOP on
\set service intake
\ir database.sql
\set service referral
\ir database.sql
\set service aid
\ir database.sql
\set service notify
\ir database.sql
\set service desk
\ir database.sql
\set service signer
\ir database.sql
