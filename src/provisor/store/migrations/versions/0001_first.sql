-- The first schema: directory, apps, assignments, work queue, System Log.
-- One organisation per installation (ADR 0004): no table carries an organisation column.
-- Every id is prefix + 17 base62 characters, ordered by time, compared byte by byte.

CREATE TABLE installation (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  org_id text NOT NULL,
  key_fingerprint text,                        -- of the key that seals secrets; another key is refused
  created timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE api_token (
  id text COLLATE "C" PRIMARY KEY,             -- 00T...
  name text NOT NULL,
  hash bytea NOT NULL UNIQUE,                  -- SHA-256 of the token
  scopes text[] NOT NULL,
  created timestamptz NOT NULL DEFAULT now(),
  expires timestamptz,
  last_used timestamptz
);

-- ---------------------------------------------------------------- directory

CREATE TABLE users (
  id text COLLATE "C" PRIMARY KEY,             -- 00u...
  status text NOT NULL,
  login_key text COLLATE "C" NOT NULL,         -- the login folded in Python: case and diacritics ignored
  fold_version smallint NOT NULL,
  profile jsonb NOT NULL,
  version bigint NOT NULL DEFAULT 1,           -- rises with every profile change
  provider jsonb,                              -- {"type": ..., "name": ...}; null = OKTA: the password is ours
  password_hash text,
  recovery jsonb,                              -- {"question": ..., "answer_hash": ...}
  created timestamptz NOT NULL DEFAULT now(),
  activated timestamptz,
  status_changed timestamptz,
  last_login timestamptz,
  last_updated timestamptz NOT NULL DEFAULT now(),
  password_changed timestamptz,
  deleted timestamptz                          -- a tombstone: profile erased, id and log kept
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX users_login_key ON users (login_key) WHERE deleted IS NULL;
CREATE INDEX users_email ON users (lower(profile ->> 'email') text_pattern_ops) WHERE deleted IS NULL;
CREATE INDEX users_last_updated ON users (last_updated);

CREATE TABLE profile_change (
  user_id text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  at timestamptz NOT NULL DEFAULT now(),
  event_type text NOT NULL,
  transaction_id text COLLATE "C" NOT NULL,
  actor_id text COLLATE "C" NOT NULL,
  before jsonb NOT NULL,                       -- only the attributes that changed; absent = had no value
  after jsonb NOT NULL,
  PRIMARY KEY (user_id, version)
);

CREATE TABLE groups (
  id text COLLATE "C" PRIMARY KEY,             -- 00g...
  type text NOT NULL,                          -- OKTA_GROUP | BUILT_IN | APP_GROUP
  name text NOT NULL,
  profile jsonb NOT NULL,
  created timestamptz NOT NULL DEFAULT now(),
  last_updated timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX groups_name ON groups (name) WHERE type <> 'APP_GROUP';
INSERT INTO groups (id, type, name, profile) VALUES ('00g00000000everyone0', 'BUILT_IN', 'Everyone',
  '{"name": "Everyone", "description": "All users in your organization"}');

-- Apart from the group row, so that a member joining does not touch (or lock) the group.
CREATE TABLE group_clock (
  group_id text COLLATE "C" PRIMARY KEY,
  last_membership_updated timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE membership (
  group_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  direct boolean NOT NULL DEFAULT true,
  rule_ids text[] NOT NULL DEFAULT '{}',
  since timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (group_id, user_id)
);
CREATE INDEX membership_by_user ON membership (user_id, group_id);

-- ---------------------------------------------------------------- apps

CREATE TABLE apps (
  id text COLLATE "C" PRIMARY KEY,             -- 0oa...
  name text NOT NULL,                          -- the catalogue entry: scim2_bearer_token ...
  label text NOT NULL,
  status text NOT NULL,                        -- ACTIVE | INACTIVE
  settings jsonb NOT NULL DEFAULT '{}',        -- what the API caller set: signOnMode, visibility, ... echoed
  features jsonb NOT NULL DEFAULT '{}',        -- apps.Features
  limits jsonb NOT NULL DEFAULT '{}',          -- apps.Limits: concurrency, rate, safeguard
  mapping jsonb,                               -- null = the catalogue's default mapping
  username_template text NOT NULL DEFAULT '${source.login}',
  epoch bigint NOT NULL DEFAULT 0,             -- rises with mapping changes and Force Sync
  created timestamptz NOT NULL DEFAULT now(),
  last_updated timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE app_connection (
  app_id text COLLATE "C" PRIMARY KEY REFERENCES apps ON DELETE CASCADE,
  status text NOT NULL,                        -- ENABLED | DISABLED
  base_url text NOT NULL,
  auth_scheme text NOT NULL,                   -- TOKEN | BASIC | HEADER
  secret bytea NOT NULL,                       -- sealed; AAD = "app_connection.secret" + app id + key id
  last_updated timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE app_group (
  app_id text COLLATE "C" NOT NULL REFERENCES apps ON DELETE CASCADE,
  group_id text COLLATE "C" NOT NULL REFERENCES groups ON DELETE CASCADE,
  priority integer NOT NULL DEFAULT 0,
  profile jsonb NOT NULL DEFAULT '{}',
  last_updated timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (app_id, group_id)
);
CREATE INDEX app_group_by_group ON app_group (group_id);

-- One row per (app, person) for as long as either exists: the link outlives the assignment.
CREATE TABLE app_user (
  app_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  direct boolean NOT NULL,                     -- assigned by itself; group assignment is computed
  assigned boolean NOT NULL,                   -- as last announced and listed; the worker computes it afresh
  wanted boolean NOT NULL,                     -- provisioning was on when the assignment was made
  active boolean,                              -- last confirmed state of the account; null = never confirmed
  external_id text COLLATE "C",                -- the account's own id: the link
  username text,                               -- as last confirmed, else as given
  digest bytea,                                -- of what was last confirmed there
  intent_at timestamptz,                       -- a write was begun and has not been answered
  created timestamptz NOT NULL DEFAULT now(),
  status_changed timestamptz,
  last_updated timestamptz NOT NULL DEFAULT now(),
  last_push timestamptz,
  PRIMARY KEY (app_id, user_id)
) WITH (fillfactor = 80);
CREATE INDEX app_user_by_user ON app_user (user_id, app_id);
CREATE UNIQUE INDEX app_user_link ON app_user (app_id, external_id) WHERE external_id IS NOT NULL;

-- Wide and rarely read: what was last confirmed at the app, and values typed at assignment.
CREATE TABLE app_user_state (
  app_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  pushed json,                                 -- only ever read whole
  given jsonb,
  PRIMARY KEY (app_id, user_id)
);

-- ---------------------------------------------------------------- work

CREATE SEQUENCE generation CACHE 1;

-- A row here means: look at this person in this app again. It never says what to do.
CREATE TABLE dirty (
  app_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  gen bigint NOT NULL,                         -- of the latest mark; settling names the one it saw
  lane smallint NOT NULL,                      -- 0 leaving, 1 people's changes, 2 bulk
  due timestamptz NOT NULL,                    -- 'infinity' = parked until a person acts
  since timestamptz NOT NULL,                  -- of the oldest unserved mark
  attempts smallint NOT NULL DEFAULT 0,
  cause text COLLATE "C" NOT NULL,             -- transaction id of the latest mark
  PRIMARY KEY (app_id, user_id)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0, fillfactor = 90);
CREATE INDEX dirty_next ON dirty (app_id, lane, due, user_id);

-- A walk over many people that goes on in small transactions and is taken up again after a crash.
CREATE TABLE sweep (
  id text COLLATE "C" PRIMARY KEY,             -- swp...
  app_id text COLLATE "C" NOT NULL REFERENCES apps ON DELETE CASCADE,
  kind text NOT NULL,                          -- store.sweeps.SweepKind
  group_id text COLLATE "C",
  after_user text COLLATE "C" NOT NULL DEFAULT '',
  cause text COLLATE "C" NOT NULL,
  actor_id text COLLATE "C" NOT NULL
);
CREATE INDEX sweep_by_app ON sweep (app_id);

CREATE TABLE app_lease (
  app_id text COLLATE "C" PRIMARY KEY REFERENCES apps ON DELETE CASCADE,
  owner text,
  epoch bigint NOT NULL DEFAULT 0,
  alive_until timestamptz NOT NULL DEFAULT '-infinity',
  paused_until timestamptz NOT NULL DEFAULT '-infinity',  -- 'infinity' = until a person acts
  pause_reason text
);

-- Something that waits for an administrator. One per (kind, app, user) while open.
CREATE TABLE task (
  id text COLLATE "C" PRIMARY KEY,             -- tsk...
  kind text NOT NULL,
  app_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C",                    -- null: concerns the whole app
  summary text NOT NULL,
  detail text NOT NULL,                        -- what to do
  count integer NOT NULL DEFAULT 1,
  created timestamptz NOT NULL DEFAULT now(),
  last_seen timestamptz NOT NULL DEFAULT now(),
  resolved timestamptz
);
CREATE UNIQUE INDEX task_open ON task (app_id, kind, coalesce(user_id, '')) WHERE resolved IS NULL;
CREATE INDEX task_by_user ON task (app_id, user_id) WHERE resolved IS NULL;

-- A safeguard that tripped. Its people are the app's dirty rows of lane 0 up to `gen`.
CREATE TABLE hold (
  id text COLLATE "C" PRIMARY KEY,             -- hld...
  app_id text COLLATE "C" NOT NULL REFERENCES apps ON DELETE CASCADE,
  kind text NOT NULL,                          -- DEACTIVATIONS
  waiting bigint NOT NULL,
  allowed bigint NOT NULL,
  created timestamptz NOT NULL DEFAULT now(),
  released timestamptz,
  released_by text,
  released_gen bigint                          -- deactivations marked up to here may go
);
CREATE UNIQUE INDEX hold_open ON hold (app_id, kind) WHERE released IS NULL;
CREATE INDEX hold_released ON hold (app_id, kind, released_gen);

-- ---------------------------------------------------------------- System Log

CREATE TABLE event (
  published timestamptz NOT NULL DEFAULT now(),
  seq bigint GENERATED ALWAYS AS IDENTITY (CACHE 1),
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),  -- polling stays behind open transactions
  type text NOT NULL,
  outcome text NOT NULL DEFAULT 'SUCCESS',
  reason text,
  transaction_id text COLLATE "C" NOT NULL,
  actor_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C",
  group_id text COLLATE "C",
  app_id text COLLATE "C",
  detail jsonb                                 -- debugData, names of things that no longer exist, client
) PARTITION BY RANGE (published);
CREATE INDEX event_published ON event (published, seq);
CREATE INDEX event_polling ON event (xid, seq);

-- Where the transactions of the API came from; an event's transaction that is not here was a job of our own.
CREATE TABLE web_request (
  transaction_id text COLLATE "C" PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  path text NOT NULL,
  ip text,
  user_agent text
);

-- Makes the monthly partitions from last month to `ahead` months on; safe to repeat and to race.
CREATE FUNCTION make_event_partitions(ahead integer) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  start timestamptz;
BEGIN
  PERFORM pg_advisory_xact_lock(7215301);
  FOR i IN -1 .. ahead LOOP
    start := (date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => i)) AT TIME ZONE 'UTC';
    EXECUTE format('CREATE TABLE IF NOT EXISTS %I PARTITION OF event FOR VALUES FROM (%L) TO (%L)',
      'event_' || to_char(start AT TIME ZONE 'UTC', 'YYYY_MM'), start,
      ((start AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC');
  END LOOP;
END $$;
SELECT make_event_partitions(3);
-- Nothing is ever refused for want of a partition.
CREATE TABLE event_other PARTITION OF event DEFAULT;
