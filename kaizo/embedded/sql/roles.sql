-- Roles and databases of one Kaizo installation. Run once by a superuser, with psql:
--
--     OWNER_PASSWORD=... APP_PASSWORD=... psql -X -v ON_ERROR_STOP=1 -d postgres -f roles.sql
--
-- Repeatable. Without the two variables the roles have no password (local sockets only).
--
-- kaizo_owner  owns both databases and every table; used for migrations and for nothing else.
-- kaizo_app    what the application signs in as: it owns nothing and never skips row-level security.

\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD

SELECT 'CREATE ROLE kaizo_owner' WHERE to_regrole('kaizo_owner') IS NULL \gexec
SELECT 'CREATE ROLE kaizo_app' WHERE to_regrole('kaizo_app') IS NULL \gexec
ALTER ROLE kaizo_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;
ALTER ROLE kaizo_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;

\if :{?owner_password}
ALTER ROLE kaizo_owner PASSWORD :'owner_password';
\endif
\if :{?app_password}
ALTER ROLE kaizo_app PASSWORD :'app_password';
\endif

SELECT 'CREATE DATABASE kaizo OWNER kaizo_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'kaizo') \gexec
SELECT 'CREATE DATABASE kaizo_vault OWNER kaizo_owner'
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = 'kaizo_vault') \gexec

REVOKE ALL ON DATABASE kaizo, kaizo_vault FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE kaizo, kaizo_vault TO kaizo_app;

\connect kaizo
\ir grants.sql
\connect kaizo_vault
\ir grants.sql
