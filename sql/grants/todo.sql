-- The list of whoever holds a session; no login, no password hash.
GRANT SELECT (token, id, account_id, created, expires) ON session TO allday_todo@'%';
GRANT SELECT, UPDATE (seq, purged, requests, bytes, counted, paced) ON change_counter TO allday_todo@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON todo TO allday_todo@'%';
