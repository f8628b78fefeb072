-- The classic API writes the same list.
GRANT SELECT (token, id, account_id, created, expires) ON session TO allday_classic@'%';
GRANT SELECT, UPDATE (seq, purged, requests, bytes, counted, paced) ON change_counter TO allday_classic@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON todo TO allday_classic@'%';
