-- A worker seals each mark that it talks to a host, with the key that only workers have. Whoever may insert a row could else set a
-- host aside, and keep every worker from containing it.

ALTER TABLE host_conversations ADD COLUMN seal text;
COMMENT ON COLUMN host_conversations.seal IS
  'Of the worker, over host, worker, alone and when it was made. A mark without it, or of long ago, says nothing of its host.';
