ALTER TABLE todo
  ADD KEY todo_created (account_id, created, id)
