CREATE TABLE auth_request (
  id   BINARY(16)  NOT NULL COMMENT 'request of the program auth that was done: a late copy of it is recognised',
  done DATETIME(6) NOT NULL COMMENT 'UTC; forgotten a day later',
  PRIMARY KEY (id),
  KEY auth_request_done (done)
) ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_nopad_bin
  COMMENT='what must not be done to accounts and sessions twice'
