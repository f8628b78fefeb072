CREATE TABLE todo (
  account_id  BINARY(16)     NOT NULL COMMENT 'account.id: whose it is',
  position    VARCHAR(200)   CHARACTER SET ascii COLLATE ascii_nopad_bin NOT NULL COMMENT 'fractional key: order as bytes',
  id          BINARY(16)     NOT NULL COMMENT 'UUID, made by the client; unique within its account',
  title       VARCHAR(500)   NOT NULL COMMENT 'one line, NFC',
  note        VARCHAR(10000) NOT NULL COMMENT 'many lines, NFC',
  done        TINYINT(1)     NOT NULL COMMENT '0 or 1',
  due_date    DATE           NULL     COMMENT 'day it is due',
  due_time    TIME           NULL     COMMENT 'wall-clock time in due_zone; NULL for the whole day',
  due_zone    VARCHAR(64)    CHARACTER SET ascii COLLATE ascii_nopad_bin NULL COMMENT 'IANA time zone of due_time',
  created     DATETIME(6)    NOT NULL COMMENT 'UTC',
  updated     DATETIME(6)    NOT NULL COMMENT 'UTC',
  completed   DATETIME(6)    NULL     COMMENT 'UTC; NULL while it is not done',
  deleted     DATETIME(6)    NULL     COMMENT 'UTC; in the trash since then, forgotten after 30 days',
  seq         BIGINT         NOT NULL COMMENT 'change_counter.seq of its last write: its ETag',
  writer      BINARY(16)     NOT NULL COMMENT 'request that wrote it last: a replay of it is recognised',
  body_digest BINARY(32)     NULL     COMMENT 'SHA-256 of the body of the POST that made it',
  PRIMARY KEY (account_id, position, id),
  UNIQUE KEY todo_id (account_id, id),
  KEY todo_seq (account_id, seq, id),
  KEY todo_deleted (account_id, deleted)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_nopad_bin
  COMMENT='items; clustered by account and order, so that a list is one range';
