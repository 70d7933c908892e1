CREATE TABLE conversations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT NOT NULL CHECK (kind IN ('direct', 'group')),
    group_id BLOB UNIQUE,
    -- The two of a direct conversation, the lower id first, so that there is one conversation for each pair.
    direct_low BLOB REFERENCES accounts (id),
    direct_high BLOB REFERENCES accounts (id),
    created_at INTEGER NOT NULL,
    UNIQUE (direct_low, direct_high),
    CHECK (
        CASE kind
            WHEN 'direct' THEN group_id IS NULL AND (direct_low < direct_high) IS TRUE
            ELSE group_id IS NOT NULL AND direct_low IS NULL AND direct_high IS NULL
        END
    )
) STRICT;

CREATE TABLE memberships (
    conversation_id BLOB NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    user_id BLOB NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- How far the user has read, and how far the user's other devices were told so.
    read_seq INTEGER NOT NULL,
    announced_seq INTEGER NOT NULL,
    notify TEXT NOT NULL CHECK (notify IN ('all', 'mentions', 'none')),
    joined_at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX memberships_user ON memberships (user_id);
CREATE INDEX memberships_unannounced ON memberships (user_id, conversation_id) WHERE read_seq > announced_seq;

-- What relational changes owe to streams, written with the change and removed once it was appended there.
CREATE TABLE outbox (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    stream BLOB NOT NULL CHECK (length(stream) = 16),
    actor BLOB,
    fact TEXT NOT NULL CHECK (json_valid(fact)),
    created_at INTEGER NOT NULL
) STRICT;
