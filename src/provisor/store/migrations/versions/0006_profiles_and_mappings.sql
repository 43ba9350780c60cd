-- Types of people, profile schemas, mappings both ways, values that are set by hand, unique attributes.

CREATE TABLE user_type (
  id text COLLATE "C" PRIMARY KEY,             -- oty...
  name text NOT NULL,                          -- for programs; never changes
  display_name text NOT NULL,
  description text NOT NULL DEFAULT '',
  created timestamptz NOT NULL DEFAULT now(),
  created_by text COLLATE "C" NOT NULL DEFAULT 'provisor',
  last_updated timestamptz NOT NULL DEFAULT now(),
  last_updated_by text COLLATE "C" NOT NULL DEFAULT 'provisor'
);
CREATE UNIQUE INDEX user_type_name ON user_type (lower(name));
INSERT INTO user_type (id, name, display_name, description)
VALUES ('oty00000000default00', 'user', 'User', 'The people of this organization');

ALTER TABLE users ADD COLUMN type_id text COLLATE "C" NOT NULL DEFAULT 'oty00000000default00';
CREATE INDEX users_type ON users (type_id, id) WHERE deleted IS NULL AND type_id <> 'oty00000000default00';

-- No row: the attributes that come with Provisor, unchanged.
CREATE TABLE profile_schema (
  owner text COLLATE "C" PRIMARY KEY,          -- a user type's id, an app's id, or 'group'
  attributes jsonb NOT NULL,                   -- a list in the schema API's form, each with its name; people and groups:
                                               -- what was added or differs from the base; an app: everything it has
  version bigint NOT NULL DEFAULT 1,
  last_updated timestamptz NOT NULL DEFAULT now()
);

-- Who has which value of an attribute that is unique; null and absent are exempt.
CREATE TABLE unique_value (
  owner text COLLATE "C" NOT NULL,             -- 'user' (one namespace across all types) or 'group'
  attribute text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,             -- as canonical JSON
  holder text COLLATE "C" NOT NULL,            -- the person's or the group's id
  PRIMARY KEY (owner, attribute, value)
);
CREATE INDEX unique_value_holder ON unique_value (holder);

-- Work through all profiles that a change of a schema calls for, in stretches.
CREATE TABLE profile_sweep (
  id text COLLATE "C" PRIMARY KEY,             -- swp...
  owner text COLLATE "C" NOT NULL,             -- a user type's id, or 'group'
  attribute text COLLATE "C" NOT NULL,
  kind text NOT NULL,                          -- store.profile_sweeps.ProfileSweepKind
  after_id text COLLATE "C" NOT NULL DEFAULT '',
  checked bigint NOT NULL DEFAULT 0,
  duplicates bigint NOT NULL DEFAULT 0,
  examples jsonb NOT NULL DEFAULT '[]',        -- the first duplicates: pairs of ids
  started timestamptz NOT NULL DEFAULT clock_timestamp(),
  cause text COLLATE "C" NOT NULL,
  actor_id text COLLATE "C" NOT NULL,
  UNIQUE (owner, attribute)
);

-- One for each app, type of people and direction.
CREATE TABLE mapping (
  id text COLLATE "C" PRIMARY KEY,             -- prm...
  app_id text COLLATE "C" NOT NULL REFERENCES apps ON DELETE CASCADE,
  type_id text COLLATE "C" NOT NULL REFERENCES user_type,
  direction text NOT NULL,                     -- apps.Direction
  properties jsonb,                            -- apps.Mapping, in their order; null = what comes with Provisor
  examples jsonb NOT NULL DEFAULT '[]',        -- profiles with the values expected of them
  version bigint NOT NULL DEFAULT 1,
  last_updated timestamptz NOT NULL DEFAULT now(),
  UNIQUE (app_id, type_id, direction)
);

-- Kept in `mapping` now. Nothing could be stored in it so far.
ALTER TABLE apps DROP COLUMN mapping,
  ADD COLUMN reads_groups boolean NOT NULL DEFAULT false;  -- a change of somebody's groups may change their account

-- Values that administrators typed for one person in one app; rows exist only for those who have some.
CREATE TABLE app_user_value (
  app_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  overrides jsonb NOT NULL DEFAULT '{}',       -- win over group, mapping and default; null = no value
  given jsonb NOT NULL DEFAULT '{}',           -- for attributes that no mapping fills
  PRIMARY KEY (app_id, user_id)
);
INSERT INTO app_user_value (app_id, user_id, given)
SELECT app_id, user_id, given FROM app_user_state WHERE given IS NOT NULL AND given <> '{}';
ALTER TABLE app_user_state DROP COLUMN given;
