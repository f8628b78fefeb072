ALTER TABLE change_counter
  ADD COLUMN paced BIGINT NOT NULL DEFAULT 0 COMMENT 'when the writes so far would be done at the pace of an account: microseconds since 1970 of the database'
