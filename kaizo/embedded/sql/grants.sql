-- Inside one database: extensions, and what kaizo_app may do with what kaizo_owner creates.
-- Run by a superuser. Repeatable. In template1 it prepares databases that are created later.

CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS pg_trgm;

ALTER SCHEMA public OWNER TO kaizo_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO kaizo_app;

ALTER DEFAULT PRIVILEGES FOR ROLE kaizo_owner IN SCHEMA public
GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO kaizo_app;
ALTER DEFAULT PRIVILEGES FOR ROLE kaizo_owner IN SCHEMA public
GRANT SELECT, UPDATE, USAGE ON SEQUENCES TO kaizo_app;
ALTER DEFAULT PRIVILEGES FOR ROLE kaizo_owner IN SCHEMA public
GRANT EXECUTE ON FUNCTIONS TO kaizo_app;

-- Erased rows are vacuumed away by the application. PostgreSQL 17 has a privilege for that; before,
-- it is left to autovacuum.
DO $$
BEGIN
    IF current_setting('server_version_num')::int >= 170000 THEN
        EXECUTE 'GRANT MAINTAIN ON ALL TABLES IN SCHEMA public TO kaizo_app';
        EXECUTE 'ALTER DEFAULT PRIVILEGES FOR ROLE kaizo_owner IN SCHEMA public'
            ' GRANT MAINTAIN ON TABLES TO kaizo_app';
    END IF;
END $$;
