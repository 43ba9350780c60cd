-- How each app's server is treated, what drifted, and how it is doing.

-- The peer policy that administrators decided on, and what the last probe found. No row: as the dialect ships.
CREATE TABLE app_policy (
  app_id text COLLATE "C" PRIMARY KEY REFERENCES apps ON DELETE CASCADE,
  changes jsonb NOT NULL DEFAULT '{}',         -- fields that differ from the dialect's
  version bigint NOT NULL DEFAULT 0,           -- rises with every change
  last_updated timestamptz,                    -- of the changes
  last_updated_by text COLLATE "C",
  probed timestamptz,
  findings jsonb NOT NULL DEFAULT '[]',        -- connector.Finding
  remains text NOT NULL DEFAULT ''             -- what a scratch account left in the app, in words
);

-- An administrator has stopped what is sent to an app. No row: nobody has.
CREATE TABLE app_pause (
  app_id text COLLATE "C" PRIMARY KEY REFERENCES apps ON DELETE CASCADE,
  since timestamptz NOT NULL DEFAULT clock_timestamp(),
  paused_by text COLLATE "C" NOT NULL,
  reason text NOT NULL DEFAULT ''
);

ALTER TABLE app_lease
  ADD COLUMN failing_since timestamptz,        -- in quarantine since; null = not
  ADD COLUMN failing_reason text,
  ADD COLUMN failing_tries integer NOT NULL DEFAULT 0,         -- since then, in vain
  ADD COLUMN resumed timestamptz NOT NULL DEFAULT '-infinity', -- when a person last ended a rest
  ADD COLUMN throughput double precision,      -- people settled in a second of work, lately
  ADD COLUMN measured timestamptz;
