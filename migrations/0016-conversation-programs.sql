-- Over which program a worker ended (H2). A host is set aside when workers end over the same one, again: a worker that is killed in every
-- step of an incident by something else must not keep the host from being contained.

ALTER TABLE host_conversations ADD COLUMN program text NOT NULL DEFAULT '';
COMMENT ON COLUMN host_conversations.program IS 'Name of the program that is run there.';
