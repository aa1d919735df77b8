SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND usename = current_user AND backend_type = 'client backend'
        AND pid <> pg_backend_pid() AND backend_xid IS NOT NULL AND xact_start < $1
) AS is_unsettled
