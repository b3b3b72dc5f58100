-- Whose everything in a service's database is: the owner's, as whom `migrate` alone logs in. The service reads and
-- writes, alters nothing, and to what is append-only it adds. Run in that database by an administrator, as often as one
-- likes; both roles exist. What an older installation's service owns is taken over.
DO $$
DECLARE
    service text := current_database();
    owner text := current_database() || '_owner';
    statement text;
BEGIN
    -- who works meanwhile gives way: it tries again by itself, this would have to be started again
    PERFORM set_config('deadlock_timeout', '30s', true);
    FOREACH statement IN ARRAY ARRAY[
        'REASSIGN OWNED BY %1$I TO %2$I',
        'ALTER DATABASE %1$I OWNER TO %2$I',
        'REVOKE ALL ON DATABASE %1$I FROM PUBLIC, %1$I',
        'GRANT CONNECT ON DATABASE %1$I TO %1$I',
        'ALTER SCHEMA public OWNER TO %2$I',
        'REVOKE ALL ON SCHEMA public FROM PUBLIC, %1$I',
        'GRANT USAGE ON SCHEMA public TO %1$I',
        'REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, %1$I',
        'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO %1$I',
        'REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, %1$I',
        'GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO %1$I',
        'ALTER DEFAULT PRIVILEGES FOR ROLE %2$I IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %1$I',
        'ALTER DEFAULT PRIVILEGES FOR ROLE %2$I IN SCHEMA public GRANT USAGE ON SEQUENCES TO %1$I'
    ] LOOP
        EXECUTE format(statement, service, owner);
    END LOOP;
    FOR statement IN
        -- of new ones `migrate` sees to it
        SELECT format('REVOKE UPDATE, DELETE ON %s FROM %I', tgrelid::regclass, service)
        FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE tgname = relname || '_append_only'
        UNION ALL SELECT format('REVOKE %I FROM %I', owner, service)
        FROM pg_auth_members WHERE roleid = to_regrole(quote_ident(owner)) AND member = to_regrole(quote_ident(service))
    LOOP
        EXECUTE statement;
    END LOOP;
END $$;
