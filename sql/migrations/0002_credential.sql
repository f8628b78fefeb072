CREATE TABLE credential (
  account_id BINARY(16)   NOT NULL COMMENT 'account.id',
  hash       VARCHAR(127) NOT NULL COMMENT 'argon2id in PHC string form',
  changed    DATETIME(6)  NOT NULL COMMENT 'UTC',
  PRIMARY KEY (account_id)
) ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_nopad_bin
  COMMENT='password hashes: apart from account, so that only the program auth may read them';
