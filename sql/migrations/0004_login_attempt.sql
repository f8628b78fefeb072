CREATE TABLE login_attempt (
  login_key  BINARY(32)   NOT NULL COMMENT 'as account.login_key, whether there is such an account or not',
  since      DATETIME(6)  NOT NULL COMMENT 'UTC; start of the window',
  attempts   INT UNSIGNED NOT NULL COMMENT 'log-ins in the window that were not right',
  PRIMARY KEY (login_key),
  KEY login_attempt_since (since)
) ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_nopad_bin
  COMMENT='the rate limit of log-ins per account';
