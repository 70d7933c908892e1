CREATE TABLE accounts (
    id UUID PRIMARY KEY,
    -- Case folded, and kept after deletion: a name is never given twice.
    username TEXT COLLATE "C" NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    bio TEXT NOT NULL,
    role TEXT NOT NULL CHECK (role IN ('superuser', 'admin', 'moderator', 'user', 'guest')),
    -- Empty once the account is deleted; no password has an empty hash.
    password_hash TEXT NOT NULL,
    avatar TEXT,
    -- A verified address as it was typed, and case folded: unique.
    email TEXT,
    email_key TEXT COLLATE "C" UNIQUE,
    pending_email TEXT,
    dm_policy TEXT NOT NULL CHECK (dm_policy IN ('everyone', 'friends', 'nobody')),
    locale TEXT NOT NULL,
    timezone TEXT NOT NULL,
    suspended_at TIMESTAMPTZ,
    deleted_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX accounts_avatar ON accounts (avatar) WHERE avatar IS NOT NULL;

-- What people are found by: each key is the username, or the display name from one of its words on, case folded.
-- Compared byte by byte, so that a prefix is a range.
CREATE TABLE account_names (
    key TEXT COLLATE "C" NOT NULL,
    account_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (key, account_id)
);

CREATE INDEX account_names_account ON account_names (account_id);

CREATE TABLE sessions (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    ip TEXT,
    user_agent TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    last_used_at TIMESTAMPTZ NOT NULL,
    ended_at TIMESTAMPTZ
);

CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_last_used ON sessions (last_used_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- SHA-256 of each refresh token given out, and of the one that it was spent for.
CREATE TABLE refresh_tokens (
    hash BYTEA PRIMARY KEY CHECK (length(hash) = 32),
    session_id UUID NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    spent_at TIMESTAMPTZ,
    successor BYTEA
);

CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
CREATE INDEX refresh_tokens_spent ON refresh_tokens (spent_at) WHERE spent_at IS NOT NULL;

-- Numbers in the order of commits and without holes, for readers that remember how far they read. A sequence would
-- show a greater number before a smaller one whose transaction commits later.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

INSERT INTO counters (name, value) VALUES ('revocations', 0);

-- A session that ended, or a user of whom every node must forget what it cached.
CREATE TABLE revocations (
    number BIGINT PRIMARY KEY,
    session_id UUID,
    user_id UUID,
    created_at TIMESTAMPTZ NOT NULL,
    CHECK ((session_id IS NULL) <> (user_id IS NULL))
);

CREATE INDEX revocations_created ON revocations (created_at);
