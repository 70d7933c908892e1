CREATE TABLE conversations (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('direct', 'group')),
    group_id UUID UNIQUE,
    -- The two of a direct conversation, the lower id first, so that there is one conversation for each pair.
    direct_low UUID REFERENCES accounts (id),
    direct_high UUID REFERENCES accounts (id),
    created_at TIMESTAMPTZ NOT NULL,
    UNIQUE (direct_low, direct_high),
    CHECK (
        CASE kind
            WHEN 'direct' THEN group_id IS NULL AND (direct_low < direct_high) IS TRUE
            ELSE group_id IS NOT NULL AND direct_low IS NULL AND direct_high IS NULL
        END
    )
);

CREATE TABLE memberships (
    conversation_id UUID NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- How far the user has read, and how far the user's other devices were told so.
    read_seq BIGINT NOT NULL,
    announced_seq BIGINT NOT NULL,
    notify TEXT NOT NULL CHECK (notify IN ('all', 'mentions', 'none')),
    joined_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
);

CREATE INDEX memberships_user ON memberships (user_id);
CREATE INDEX memberships_unannounced ON memberships (user_id, conversation_id) WHERE read_seq > announced_seq;

-- What relational changes owe to streams, written with the change and removed once it was appended there. Rows of
-- transactions that depend on one another are numbered in their order; rows are never read by a watermark.
CREATE TABLE outbox (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id UUID NOT NULL UNIQUE,
    stream UUID NOT NULL,
    actor UUID,
    fact JSONB NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);
