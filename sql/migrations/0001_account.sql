CREATE TABLE account (
  id         BINARY(16)   NOT NULL COMMENT 'UUID version 7',
  login_key  BINARY(32)   NOT NULL COMMENT 'SHA-256 of the case-folded login: what makes it unique',
  login      VARCHAR(254) NOT NULL COMMENT 'as typed at sign-up: an e-mail address or a name',
  name       VARCHAR(100) NULL     COMMENT 'display name',
  created    DATETIME(6)  NOT NULL COMMENT 'UTC',
  created_by BINARY(16)   NOT NULL COMMENT 'request that made it: a replay of it is recognised',
  PRIMARY KEY (id),
  UNIQUE KEY account_login (login_key)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='who has a list';
