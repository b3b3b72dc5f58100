-- A role and a database of each service; nobody else may connect.
\set ON_ERROR_STOP on
\set service intake
\ir database.sql
\set service referral
\ir database.sql
\set service aid
\ir database.sql
\set service notify
\ir database.sql
