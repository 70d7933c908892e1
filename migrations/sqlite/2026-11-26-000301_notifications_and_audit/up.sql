-- What somebody should hear of, written in the transaction of what it tells of. The words are found when it is read.
CREATE TABLE notifications (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    user_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    data TEXT NOT NULL CHECK (json_valid(data)),
    created_at INTEGER NOT NULL,
    read_at INTEGER
) STRICT;

-- Ids are in the order of time: this is a user's list, the newest last.
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_unread ON notifications (user_id, id) WHERE read_at IS NULL;
CREATE INDEX notifications_created ON notifications (created_at);

-- Every administrative act, done or denied: appended to, never changed. No names or texts.
CREATE TABLE audit_log (
    -- In the order of commits and without holes.
    number INTEGER NOT NULL PRIMARY KEY,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    at INTEGER NOT NULL,
    -- None for an operator on the command line. Kept when the account is gone.
    actor_id BLOB,
    action TEXT NOT NULL,
    target TEXT,
    -- The JSON that was hashed, to the byte.
    detail TEXT NOT NULL CHECK (json_valid(detail)),
    outcome TEXT NOT NULL CHECK (outcome IN ('done', 'denied')),
    prev_hash BLOB NOT NULL CHECK (length(prev_hash) = 32),
    -- SHA-256 of the entry with prev_hash.
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE INDEX audit_log_actor ON audit_log (actor_id, number);
CREATE INDEX audit_log_action ON audit_log (action, number);

CREATE TRIGGER audit_log_keeps_entries BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE (ABORT, 'the audit log is appended to, never changed'); END;

CREATE TRIGGER audit_log_loses_none BEFORE DELETE ON audit_log
BEGIN SELECT RAISE (ABORT, 'the audit log is appended to, never changed'); END;

-- The end of the audit log: the one row that every entry's transaction changes, so that they follow one another.
CREATE TABLE audit_head (
    only_one INTEGER NOT NULL PRIMARY KEY CHECK (only_one = 1),
    number INTEGER NOT NULL,
    hash BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

INSERT INTO audit_head (only_one, number, hash) VALUES (1, 0, zeroblob(32));
