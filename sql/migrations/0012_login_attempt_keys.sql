ALTER TABLE login_attempt
  MODIFY COLUMN login_key BINARY(32) NOT NULL COMMENT 'SHA-256 of who tries: account.login_key, whether there is such an account or not; of a network address; of a session',
  MODIFY COLUMN attempts INT UNSIGNED NOT NULL COMMENT 'in the window; of a login and of a session those that were not right',
  COMMENT = 'how often passwords were tried, by login, by network address and by session'
