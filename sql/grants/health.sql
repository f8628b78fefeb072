-- A variable needs no table; the connection needs one right in the database.
GRANT SELECT ON schema_migration TO allday_health@'%';
