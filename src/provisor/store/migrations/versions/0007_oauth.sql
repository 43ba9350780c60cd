-- OAuth 2.0 connections: clients, tokens and when they end.

-- What of an OAuth client may be shown: kind of grant, client, addresses, scope. The client's secret is in `secret`.
ALTER TABLE app_connection ADD COLUMN oauth jsonb;
-- When the credentials end, by what they say themselves or the administrator typed; null: nobody said.
ALTER TABLE app_connection ADD COLUMN expires timestamptz;
-- The end that administrators were told of; another one is told anew.
ALTER TABLE app_connection ADD COLUMN announced timestamptz;

-- The tokens of an OAuth connection. A row exists from the day the client was saved, without tokens until it got some.
CREATE TABLE oauth_grant (
  app_id text COLLATE "C" PRIMARY KEY REFERENCES app_connection ON DELETE CASCADE,
  made bigint NOT NULL DEFAULT nextval('generation'),     -- another one for every client and address that was saved
  version bigint NOT NULL DEFAULT nextval('generation'),  -- another one at every change: who writes names the one read
  tokens bytea,                                -- sealed; AAD = "oauth_grant.tokens" + app id + key id
  access_until timestamptz,                    -- null: the server did not say
  expires timestamptz,                         -- when nothing renews it any more; null: the server did not say
  expires_since timestamptz,                   -- when it was given that end
  refused text,                                -- why the server renews it no more; null: it does, for all we know
  authorized timestamptz,                      -- null: no person had to, or has yet
  authorized_by text,
  renewing_until timestamptz NOT NULL DEFAULT '-infinity'  -- a process is asking for new tokens
);

-- An administrator who is away at an authorization server. Taken out when he comes back: a state serves once.
CREATE TABLE oauth_request (
  state bytea PRIMARY KEY,                     -- SHA-256 of what is in the address
  app_id text COLLATE "C" NOT NULL REFERENCES app_connection ON DELETE CASCADE,
  session bytea NOT NULL,                      -- SHA-256 of the session's token: nobody else can come back with it
  verifier bytea NOT NULL,                     -- sealed; RFC 7636 §4.1
  redirect_uri text NOT NULL,
  expires timestamptz NOT NULL
);
CREATE INDEX oauth_request_expires ON oauth_request (expires);
