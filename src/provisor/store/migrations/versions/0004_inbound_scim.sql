-- People and groups that come in over SCIM (ADR 0019).

ALTER TABLE users
  ADD COLUMN external_id text COLLATE "C",              -- what the client that pushes calls this person
  ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;  -- DELETEd over SCIM: deactivated, and not shown there again
ALTER TABLE groups ADD COLUMN external_id text COLLATE "C";

CREATE INDEX users_external_id ON users (external_id) WHERE external_id IS NOT NULL;
CREATE INDEX groups_external_id ON groups (external_id) WHERE external_id IS NOT NULL;

-- Pages and counts read this alone.
CREATE INDEX users_shown ON users (id) WHERE deleted IS NULL AND NOT withdrawn;

CREATE INDEX users_second_email ON users (lower(profile ->> 'secondEmail') text_pattern_ops)
  WHERE deleted IS NULL AND profile ->> 'secondEmail' IS NOT NULL;
CREATE INDEX users_display_name ON users (lower(profile ->> 'displayName') text_pattern_ops)
  WHERE deleted IS NULL AND profile ->> 'displayName' IS NOT NULL;
-- How case is folded beyond ASCII is decided in Python, so these names are looked through.
CREATE INDEX users_display_name_beyond_ascii ON users (id)
  WHERE deleted IS NULL AND profile ->> 'displayName' ~ '[^ -~]';
