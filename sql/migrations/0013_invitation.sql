CREATE TABLE invitation (
  code    BINARY(32)  NOT NULL COMMENT 'SHA-256 of the code that was given out, in small letters and digits',
  created DATETIME(6) NOT NULL COMMENT 'UTC',
  expires DATETIME(6) NOT NULL COMMENT 'UTC',
  PRIMARY KEY (code),
  KEY invitation_expires (expires)
) ENGINE=InnoDB DEFAULT CHARSET=ascii COLLATE=ascii_nopad_bin
  COMMENT='who may sign up where that needs an invitation: each once, then its row is gone';
