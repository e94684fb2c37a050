-- Operators and the grants they give (B15).

CREATE TABLE operators (
  name         text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9._-]{0,31}$'),
  public_key   text NOT NULL UNIQUE,
  roles        text[] NOT NULL
                 CHECK (cardinality(roles) > 0 AND roles <@ ARRAY['respond', 'approve', 'admin', 'detector']),
  enrolment    uuid NOT NULL,
  key_id       text NOT NULL,
  sealed       text NOT NULL,
  misses       integer NOT NULL DEFAULT 0 CHECK (misses >= 0),
  locked_at    timestamptz,
  first_of_all boolean NOT NULL DEFAULT false,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by   text NOT NULL
);
COMMENT ON TABLE operators IS 'People and detectors who may give orders, with their SSH key and sealed TOTP secret.';
COMMENT ON COLUMN operators.public_key IS 'Type and key without comment; one person''s key under two names would let them approve their own request.';
COMMENT ON COLUMN operators.sealed IS 'AES-256-GCM under the worker-only key key_id, bound to name, key, roles and enrolment: a row changed by hand opens no more.';
COMMENT ON COLUMN operators.enrolment IS 'New with every enrolment; TOTP steps are used up per enrolment.';
CREATE UNIQUE INDEX operators_one_first ON operators (first_of_all) WHERE first_of_all;

CREATE TABLE operator_totp_steps (
  operator  text NOT NULL REFERENCES operators,
  enrolment uuid NOT NULL,
  step      bigint NOT NULL,
  PRIMARY KEY (operator, enrolment, step)
);
COMMENT ON TABLE operator_totp_steps IS 'TOTP time steps whose code was accepted: a code works once (RFC 6238 section 5.2).';

CREATE TABLE grants (
  id             uuid PRIMARY KEY,
  signed_text    text NOT NULL CHECK (octet_length(signed_text) <= 65536),
  signature      text NOT NULL CHECK (octet_length(signature) <= 16384),
  otp            text CHECK (otp ~ '^[0-9]{6}$'),
  created_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
  verdict        text,
  judged_at      timestamptz,
  request_sha256 text,
  verdict_seal   text,
  CHECK (verdict IS NULL OR otp IS NULL)
);
COMMENT ON TABLE grants IS 'Orders as they were signed, with the worker''s verdict on them.';
COMMENT ON COLUMN grants.otp IS 'In clear until the verdict, null afterwards: it works for one time step and only together with the signature beside it, and the command line that deposits it has no key to seal it with.';
COMMENT ON COLUMN grants.verdict IS 'null until judged, then valid or the error code.';
COMMENT ON COLUMN grants.request_sha256 IS 'SHA-256 of a signed text that was accepted: the same text is not accepted from another grant.';
COMMENT ON COLUMN grants.verdict_seal IS 'Made with the worker-only key: a verdict written into the table by hand lets nothing pass.';
CREATE UNIQUE INDEX grants_accepted_once ON grants (request_sha256);

CREATE TABLE grant_uses (
  grant_id uuid NOT NULL REFERENCES grants,
  use      text NOT NULL,
  used_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (grant_id, use)
);
COMMENT ON TABLE grant_uses IS 'What a grant was used up for; a retry finds its own use again.';

-- created_at and used_at are the database's clock: the application cannot name another time.
GRANT SELECT ON operators, operator_totp_steps, grants, grant_uses TO firebreak_app;
GRANT INSERT (name, public_key, roles, enrolment, key_id, sealed, first_of_all, created_by) ON operators TO firebreak_app;
GRANT UPDATE (public_key, roles, enrolment, key_id, sealed, misses, locked_at, created_at, created_by)
  ON operators TO firebreak_app;
GRANT INSERT ON operator_totp_steps TO firebreak_app;
GRANT INSERT (id, signed_text, signature, otp) ON grants TO firebreak_app;
GRANT UPDATE (otp, verdict, judged_at, request_sha256, verdict_seal) ON grants TO firebreak_app;
GRANT INSERT (grant_id, use) ON grant_uses TO firebreak_app;
