-- A worker seals each plan it derives, with the key that only workers have. A plan without its seal starts no act: whoever
-- may insert a row can make a plan whose hash fits, but not a seal.

ALTER TABLE response_plans ADD COLUMN seal text;
COMMENT ON COLUMN response_plans.seal IS
  'Of the workers, over incident and hash: which grant and document the plan was derived from. NULL: derived by an earlier version; no act is begun with it.';
