-- Reading accounts back: runs of the check, what they found, and what each has seen so far.

-- The worker that owns the app carries a run on, page by page.
CREATE TABLE drift_run (
  id text COLLATE "C" PRIMARY KEY,             -- drf...
  app_id text COLLATE "C" NOT NULL REFERENCES apps ON DELETE CASCADE,
  repair boolean NOT NULL,
  phase text NOT NULL DEFAULT 'LISTING',       -- provisioning.drift.Phase
  position text,                               -- where the next page begins; while confirming, the last person
  asked timestamptz NOT NULL DEFAULT clock_timestamp(),  -- before the next request is sent
  total bigint,                                -- of accounts, as the app said last
  counts jsonb NOT NULL DEFAULT '{}',          -- provisioning.drift.Tally
  unkept jsonb NOT NULL DEFAULT '{}',          -- by attribute, how many accounts do not keep it as it was sent
  started timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_by text COLLATE "C" NOT NULL,
  cause text COLLATE "C" NOT NULL,             -- its transaction id in the System Log
  finished timestamptz,
  complete boolean,                            -- proven to have seen every account; null while under way
  reason text NOT NULL DEFAULT ''              -- why it is not complete, or failed
);
CREATE INDEX drift_run_of_app ON drift_run (app_id, id);
CREATE UNIQUE INDEX drift_run_open ON drift_run (app_id) WHERE finished IS NULL;

-- What the latest run found; it replaces what the one before had found.
CREATE TABLE drift_finding (
  app_id text COLLATE "C" NOT NULL REFERENCES apps ON DELETE CASCADE,
  account_id text COLLATE "C" NOT NULL,
  run_id text COLLATE "C" NOT NULL,
  user_id text COLLATE "C",                    -- null: nobody of ours
  username text,                               -- as the app has it
  kind text NOT NULL,                          -- provisioning.drift.Kind
  differences jsonb NOT NULL DEFAULT '[]',     -- provisioning.drift.Difference
  repaired boolean NOT NULL DEFAULT false,     -- marked, so that the plan decides about it
  found timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (app_id, account_id)
);
CREATE INDEX drift_finding_by_user ON drift_finding (user_id);

-- The accounts that a run under way has seen.
CREATE TABLE drift_seen (
  run_id text COLLATE "C" NOT NULL REFERENCES drift_run ON DELETE CASCADE,
  account_id text COLLATE "C" NOT NULL,
  PRIMARY KEY (run_id, account_id)
);

-- What happens by itself. No row: nothing.
CREATE TABLE drift_schedule (
  app_id text COLLATE "C" PRIMARY KEY REFERENCES apps ON DELETE CASCADE,
  mode text NOT NULL,                          -- provisioning.drift.Mode
  hours integer NOT NULL                       -- between the beginnings of two runs
);
