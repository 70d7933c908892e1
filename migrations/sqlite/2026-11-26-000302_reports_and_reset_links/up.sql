-- SHA-256 of the token of each link by which somebody sets a new password. A link is deleted when it is spent.
CREATE TABLE password_resets (
    hash BLOB NOT NULL PRIMARY KEY CHECK (length(hash) = 32),
    user_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX password_resets_user ON password_resets (user_id);
CREATE INDEX password_resets_expires ON password_resets (expires_at);

-- Messages that somebody reported; the message itself is in the log.
CREATE TABLE reports (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    conversation_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    author_id BLOB NOT NULL REFERENCES accounts (id),
    reporter_id BLOB NOT NULL REFERENCES accounts (id),
    reason TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'resolved')),
    action TEXT CHECK (action IN ('dismiss', 'delete_message', 'suspend_user')),
    -- For the moderators among themselves.
    note TEXT,
    resolved_by BLOB REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    resolved_at INTEGER,
    CHECK ((state = 'resolved') = (action IS NOT NULL AND resolved_by IS NOT NULL AND resolved_at IS NOT NULL))
) STRICT;

-- One open report of a message by one reporter.
CREATE UNIQUE INDEX reports_open ON reports (conversation_id, seq, reporter_id) WHERE state = 'open';
CREATE INDEX reports_state ON reports (state, id);
