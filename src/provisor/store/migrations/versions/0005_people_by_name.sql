-- People by name, as they are looked for in the console; files of people between upload and load.

-- Folded in Python like logins, so that “muller” finds Müller whatever the database's locale.
ALTER TABLE users
  ADD COLUMN name_key text COLLATE "C" NOT NULL DEFAULT '',     -- first name, last name
  ADD COLUMN reversed_key text COLLATE "C" NOT NULL DEFAULT ''; -- last name, first name

-- At most one file per administrator; it is gone when it has expired or the next one comes.
CREATE TABLE people_upload (
  actor_id text COLLATE "C" PRIMARY KEY,
  id text COLLATE "C" NOT NULL UNIQUE,         -- upl...
  file_name text NOT NULL,
  content bytea NOT NULL,
  delimiter text NOT NULL,
  columns jsonb,                               -- attribute: index of its column; null = not chosen yet
  activate boolean NOT NULL DEFAULT true,
  state text NOT NULL,                         -- services.uploads.State
  rows integer,                                -- as the preview counted them
  report jsonb,                                -- of the preview; while and after loading, of the load
  touched timestamptz NOT NULL DEFAULT now(),  -- when the one who loads was last heard of
  created timestamptz NOT NULL DEFAULT now(),
  expires timestamptz NOT NULL
);
CREATE INDEX people_upload_expires ON people_upload (expires);
