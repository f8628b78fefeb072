ALTER TABLE change_counter
  ADD COLUMN requests VARBINARY(1024) NOT NULL DEFAULT '' COMMENT 'the last 64 requests that no item remembers, 8 bytes and their seq each, newest first'
