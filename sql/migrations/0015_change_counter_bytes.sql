ALTER TABLE change_counter
  ADD COLUMN bytes   BIGINT NOT NULL DEFAULT 0  COMMENT 'what the items of the account take: 512 each, and their titles and notes as UTF-8',
  ADD COLUMN counted BIGINT NOT NULL DEFAULT -1 COMMENT 'the seq of which bytes is right; another one: to be counted anew'
