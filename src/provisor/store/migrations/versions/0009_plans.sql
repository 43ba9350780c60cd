-- Plans that wait to be applied, changes on trial, and safeguards of single attributes.

-- What a change that has not been made would do to an app, as it was worked out at one moment.
CREATE TABLE change_plan (
  id text COLLATE "C" PRIMARY KEY,             -- pln...
  app_id text COLLATE "C" NOT NULL REFERENCES apps ON DELETE CASCADE,
  change jsonb NOT NULL,                       -- provisioning.pending.PendingChange
  state text NOT NULL,                         -- services.change_plans.PlanState
  base jsonb NOT NULL,                         -- by name, what of the app's set-up it was worked out from
  counts jsonb NOT NULL,                       -- people by step
  overwrites jsonb NOT NULL,                   -- accounts by attribute that would hold something else
  created timestamptz NOT NULL DEFAULT clock_timestamp(),
  created_by text COLLATE "C" NOT NULL,
  expires timestamptz NOT NULL,                -- until then it can be applied, or its trial begun
  ended timestamptz,                           -- when it was applied, taken back, or stopped
  ended_by text COLLATE "C",
  reason text NOT NULL DEFAULT '',             -- why a trial stopped by itself
  -- On trial: whom the changed mapping is for. Everybody else has the present one.
  type_id text COLLATE "C",                    -- people of this type
  properties jsonb,                            -- the whole mapping, as apps.Mapping is stored
  percent smallint NOT NULL DEFAULT 0,         -- those of them whose share is below this, and
  people text[] NOT NULL DEFAULT '{}',         -- those named
  stage_since timestamptz                      -- when the present stage began
);
CREATE INDEX change_plan_of_app ON change_plan (app_id, id);
CREATE UNIQUE INDEX change_plan_trial ON change_plan (app_id) WHERE state = 'TRIAL';
CREATE INDEX change_plan_expires ON change_plan (expires) WHERE state = 'PENDING';

-- Digests, not values: what a person was sent is worked out again when somebody looks.
CREATE TABLE planned_operation (
  plan_id text COLLATE "C" NOT NULL REFERENCES change_plan ON DELETE CASCADE,
  user_id text COLLATE "C" NOT NULL,
  step text NOT NULL,                          -- provisioning.plan.Step
  sent bytea NOT NULL,                         -- of what they would be sent
  held bytea NOT NULL,                         -- of what their account was known to hold
  share smallint NOT NULL,                     -- provisioning.trial.share_of: from 0 to 99
  PRIMARY KEY (plan_id, user_id)
);

-- ---------------------------------------------------------------- safeguards of single attributes

ALTER TABLE hold ADD COLUMN attribute text,    -- of the app, for OVERWRITES
  ADD COLUMN discarded boolean NOT NULL DEFAULT false;  -- ended by not sending what it held
DROP INDEX hold_open;
CREATE UNIQUE INDEX hold_open ON hold (app_id, kind, coalesce(attribute, '')) WHERE released IS NULL;

-- Whom a hold of overwrites keeps back: as long as their mark is still that generation, and parked.
CREATE TABLE held_person (
  hold_id text COLLATE "C" NOT NULL REFERENCES hold ON DELETE CASCADE,
  user_id text COLLATE "C" NOT NULL,
  gen bigint NOT NULL,
  PRIMARY KEY (hold_id, user_id)
);

-- Whose account had an attribute overwritten lately; a repeat is not counted again. Rows outlive their window by little.
CREATE TABLE overwrite (
  app_id text COLLATE "C" NOT NULL REFERENCES apps ON DELETE CASCADE,
  attribute text COLLATE "C" NOT NULL,
  user_id text COLLATE "C" NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (app_id, attribute, user_id)
);
