-- Accounts, log-in, sessions; and the deletion of all that an account has.
GRANT SELECT, INSERT, DELETE ON account TO allday_auth@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON credential TO allday_auth@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON session TO allday_auth@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON login_attempt TO allday_auth@'%';
GRANT SELECT, INSERT, DELETE ON change_counter TO allday_auth@'%';
GRANT SELECT (account_id), DELETE ON todo TO allday_auth@'%';
GRANT SELECT, DELETE ON invitation TO allday_auth@'%';
GRANT SELECT, INSERT, DELETE ON auth_request TO allday_auth@'%';
GRANT SELECT, INSERT, UPDATE, DELETE ON account_removal TO allday_auth@'%';
