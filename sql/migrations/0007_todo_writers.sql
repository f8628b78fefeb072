ALTER TABLE todo
  ADD COLUMN writers VARBINARY(512) NOT NULL DEFAULT '' COMMENT 'the last 64 requests that wrote it, 8 bytes each, newest first: a late copy of one is recognised'
