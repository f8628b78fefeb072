CREATE TABLE change_counter (
  account_id BINARY(16)   NOT NULL COMMENT 'account.id',
  seq        BIGINT       NOT NULL DEFAULT 0 COMMENT 'raised by every write of the list; its row lock puts them in order',
  purged     BIGINT       NOT NULL DEFAULT 0 COMMENT 'highest seq of an item that left the trash for good',
  PRIMARY KEY (account_id)
) ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_nopad_bin
  COMMENT='what moved since: one counter an account';
