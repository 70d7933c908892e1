-- What somebody should hear of, written in the transaction of what it tells of. The words are found when it is read.
CREATE TABLE notifications (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    data JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    read_at TIMESTAMPTZ
);

-- Ids are in the order of time: this is a user's list, the newest last.
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at IS NULL;
CREATE INDEX notifications_created ON notifications (created_at);

-- Every administrative act, done or denied: appended to, never changed. No names or texts.
CREATE TABLE audit_log (
    -- In the order of commits and without holes.
    number BIGINT PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    at TIMESTAMPTZ NOT NULL,
    -- None for an operator on the command line. Kept when the account is gone.
    actor_id UUID,
    action TEXT NOT NULL,
    target TEXT,
    -- The JSON that was hashed, to the byte.
    detail TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'denied')),
    prev_hash BYTEA NOT NULL CHECK (length(prev_hash) = 32),
    -- SHA-256 of the entry with prev_hash.
    hash BYTEA NOT NULL CHECK (length(hash) = 32)
);

CREATE INDEX audit_log_actor ON audit_log (actor_id, number);
CREATE INDEX audit_log_action ON audit_log (action, number);

CREATE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'the audit log is appended to, never changed'; END $$;

CREATE TRIGGER audit_log_keeps_entries BEFORE UPDATE OR TRUNCATE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();

CREATE TRIGGER audit_log_loses_none BEFORE DELETE ON audit_log
FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse();

-- The end of the audit log: the one row that every entry's transaction changes, so that they follow one another.
CREATE TABLE audit_head (
    only_one INTEGER PRIMARY KEY CHECK (only_one = 1),
    number BIGINT NOT NULL,
    hash BYTEA NOT NULL CHECK (length(hash) = 32)
);

INSERT INTO audit_head (only_one, number, hash) VALUES (1, 0, decode(repeat('00', 32), 'hex'));
