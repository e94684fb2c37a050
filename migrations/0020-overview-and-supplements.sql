-- The joint overview of a compound trigger: each of its incidents leads to it. And the bags for evidence that came after the seal.

ALTER TABLE security_incidents
  ADD COLUMN overview jsonb,
  ADD COLUMN supplements jsonb NOT NULL DEFAULT '[]';
COMMENT ON COLUMN security_incidents.overview IS 'The joint overview that tells of this incident too: group, incidents, files with SHA-256.';
COMMENT ON COLUMN security_incidents.supplements IS 'Sealed supplement bags, in their order.';
GRANT UPDATE (overview, supplements) ON security_incidents TO firebreak_worker;
