-- What pages of the console ask again and again, on a log of millions.

CREATE INDEX event_by_user ON event (user_id, published, seq) WHERE user_id IS NOT NULL;
CREATE INDEX event_by_app ON event (app_id, published, seq) WHERE app_id IS NOT NULL;
CREATE INDEX event_by_group ON event (group_id, published, seq) WHERE group_id IS NOT NULL;
CREATE INDEX event_by_transaction ON event (transaction_id);
CREATE INDEX event_unsuccessful ON event (published, seq) WHERE outcome <> 'SUCCESS';

-- How many people have which status, without reading their profiles.
CREATE INDEX users_status ON users (status) WHERE deleted IS NULL;

CREATE INDEX task_resolved ON task (resolved) WHERE resolved IS NOT NULL;
CREATE INDEX task_waiting ON task (id) WHERE resolved IS NULL;
