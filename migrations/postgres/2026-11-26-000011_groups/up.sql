CREATE TABLE groups (
    id UUID PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    visibility TEXT NOT NULL CHECK (visibility IN ('public', 'private')),
    join_policy TEXT NOT NULL CHECK (join_policy IN ('open', 'approval', 'invite')),
    owner_id UUID NOT NULL REFERENCES accounts (id),
    avatar TEXT,
    created_at TIMESTAMPTZ NOT NULL,
    archived_at TIMESTAMPTZ,
    -- The row stays until the conversation's stream was erased.
    deleted_at TIMESTAMPTZ
);

CREATE INDEX groups_owner ON groups (owner_id);
CREATE INDEX groups_avatar ON groups (avatar) WHERE avatar IS NOT NULL;
CREATE INDEX groups_public ON groups (id) WHERE visibility = 'public' AND deleted_at IS NULL;

-- What groups are found by: the name from each of its words on, case folded.
CREATE TABLE group_names (
    key TEXT COLLATE "C" NOT NULL,
    group_id UUID NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (key, group_id)
);

CREATE INDEX group_names_group ON group_names (group_id);

-- Of a member of a group; none in a direct conversation.
ALTER TABLE memberships ADD COLUMN role TEXT CHECK (role IN ('owner', 'admin', 'moderator', 'member'));

CREATE INDEX memberships_role ON memberships (conversation_id, role, user_id) WHERE role IS NOT NULL;

CREATE TABLE join_requests (
    group_id UUID NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (group_id, user_id)
);

CREATE INDEX join_requests_user ON join_requests (user_id);

CREATE TABLE group_bans (
    group_id UUID NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    user_id UUID NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    reason TEXT NOT NULL,
    banned_by UUID NOT NULL REFERENCES accounts (id),
    created_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (group_id, user_id)
);

CREATE INDEX group_bans_user ON group_bans (user_id);
CREATE INDEX group_bans_banned_by ON group_bans (banned_by);

CREATE TABLE invites (
    code TEXT COLLATE "C" PRIMARY KEY,
    group_id UUID NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    created_by UUID NOT NULL REFERENCES accounts (id),
    -- The one person whom it is for; none for whoever has the code.
    invitee_id UUID REFERENCES accounts (id) ON DELETE CASCADE,
    max_uses BIGINT,
    uses BIGINT NOT NULL,
    expires_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX invites_group ON invites (group_id, created_at);
CREATE INDEX invites_created_by ON invites (created_by);
CREATE INDEX invites_invitee ON invites (invitee_id) WHERE invitee_id IS NOT NULL;
