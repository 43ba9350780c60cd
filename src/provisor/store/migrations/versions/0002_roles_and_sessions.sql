-- Who administers, who is signed in, and how often a password was guessed wrong.

CREATE TABLE admin_role (
  user_id text COLLATE "C" NOT NULL,
  role text NOT NULL,                          -- services.actor.Role
  assigned timestamptz NOT NULL DEFAULT now(),
  assigned_by text COLLATE "C" NOT NULL,       -- the actor's id
  PRIMARY KEY (user_id, role)
);

-- A session ends by itself: at `expires`, or when nothing was heard for `idle`.
CREATE TABLE session (
  id_hash bytea PRIMARY KEY,                   -- SHA-256 of the cookie's token
  user_id text COLLATE "C" NOT NULL,
  created timestamptz NOT NULL DEFAULT now(),
  last_seen timestamptz NOT NULL DEFAULT now(),
  expires timestamptz NOT NULL,
  idle interval NOT NULL,
  user_agent text,
  ip text
);
CREATE INDEX session_by_user ON session (user_id);
CREATE INDEX session_expires ON session (expires);

-- Attempts that have not succeeded, in a window that begins with the first of them.
CREATE TABLE sign_in_failure (
  key bytea PRIMARY KEY,                       -- SHA-256 of the folded login or of the address
  failures integer NOT NULL,
  since timestamptz NOT NULL
);
CREATE INDEX sign_in_failure_since ON sign_in_failure (since);

-- Every start before the set-up prints a link of its own; all of them serve until the set-up is done.
CREATE TABLE set_up_token (
  hash bytea PRIMARY KEY,                      -- SHA-256 of the token
  created timestamptz NOT NULL DEFAULT now()
);
