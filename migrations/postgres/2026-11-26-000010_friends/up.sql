-- Each friendship has two rows, one from either side.
CREATE TABLE friendships (
    user_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    friend_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (user_id, friend_id),
    CHECK (user_id <> friend_id)
);

-- Requests that wait for an answer. Two people have one between them at most: the second one makes them friends.
CREATE TABLE friend_requests (
    asker_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    asked_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (asker_id, asked_id),
    CHECK (asker_id <> asked_id)
);

CREATE INDEX friend_requests_asked ON friend_requests (asked_id, created_at);

CREATE TABLE blocks (
    blocker_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    blocked_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (blocker_id, blocked_id),
    CHECK (blocker_id <> blocked_id)
);

CREATE INDEX blocks_blocked ON blocks (blocked_id);

-- Counted here, so that it costs nothing to know whether a conversation is small, or how large a group is.
ALTER TABLE conversations ADD COLUMN member_count BIGINT NOT NULL DEFAULT 2;
