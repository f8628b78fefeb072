CREATE TABLE session (
  token      BINARY(32)   NOT NULL COMMENT 'SHA-256 of the token that the client holds',
  id         BINARY(16)   NOT NULL COMMENT 'UUID version 7: the name under which it is listed and revoked',
  account_id BINARY(16)   NOT NULL COMMENT 'account.id',
  created    DATETIME(6)  NOT NULL COMMENT 'UTC',
  last_used  DATETIME(6)  NOT NULL COMMENT 'UTC; brought up to date every ten minutes at most',
  expires    DATETIME(6)  NOT NULL COMMENT 'UTC',
  user_agent VARCHAR(250) NOT NULL COMMENT 'of the log-in; printable ASCII',
  address    VARCHAR(45)  NOT NULL COMMENT 'of the log-in; IPv4 or IPv6',
  PRIMARY KEY (token),
  KEY session_account (account_id, id)
) ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_nopad_bin
  COMMENT='log-ins that are still good';
