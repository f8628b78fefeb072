CREATE TABLE account_removal (
  account_id BINARY(16)  NOT NULL COMMENT 'account.id that is no more: its items are still to be removed',
  since      DATETIME(6) NOT NULL COMMENT 'UTC; when it was deleted',
  PRIMARY KEY (account_id)
) ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_nopad_bin
  COMMENT='deleted accounts whose items go piece by piece'
