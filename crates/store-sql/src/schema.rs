//! The tables of the relational database, as diesel sees them on both databases. `migrations/` has the same in SQL,
//! with what each column is for.

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::relational::types::{Id, Instant, Label};

    accounts (id) {
        id -> Id,
        username -> Text,
        display_name -> Text,
        bio -> Text,
        role -> Label,
        password_hash -> Text,
        avatar -> Nullable<Text>,
        email -> Nullable<Text>,
        email_key -> Nullable<Text>,
        pending_email -> Nullable<Text>,
        dm_policy -> Label,
        locale -> Text,
        timezone -> Text,
        suspended_at -> Nullable<Instant>,
        deleted_at -> Nullable<Instant>,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::relational::types::Id;

    account_names (key, account_id) {
        key -> Text,
        account_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::relational::types::{Id, Instant};

    sessions (id) {
        id -> Id,
        user_id -> Id,
        ip -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        created_at -> Instant,
        last_used_at -> Instant,
        ended_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{Binary, Nullable};
    use crate::relational::types::{Id, Instant};

    refresh_tokens (hash) {
        hash -> Binary,
        session_id -> Id,
        created_at -> Instant,
        spent_at -> Nullable<Instant>,
        successor -> Nullable<Binary>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Text};

    counters (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::relational::types::{Id, Instant};

    revocations (number) {
        number -> BigInt,
        session_id -> Nullable<Id>,
        user_id -> Nullable<Id>,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::relational::types::{Id, Instant, Label};

    conversations (id) {
        id -> Id,
        kind -> Label,
        group_id -> Nullable<Id>,
        direct_low -> Nullable<Id>,
        direct_high -> Nullable<Id>,
        created_at -> Instant,
        member_count -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::relational::types::{Id, Instant, Label};

    memberships (conversation_id, user_id) {
        conversation_id -> Id,
        user_id -> Id,
        read_seq -> BigInt,
        announced_seq -> BigInt,
        notify -> Label,
        joined_at -> Instant,
        role -> Nullable<Label>,
    }
}

diesel::table! {
    use crate::relational::types::{Id, Instant};

    friendships (user_id, friend_id) {
        user_id -> Id,
        friend_id -> Id,
        created_at -> Instant,
    }
}

diesel::table! {
    use crate::relational::types::{Id, Instant};

    friend_requests (asker_id, asked_id) {
        asker_id -> Id,
        asked_id -> Id,
        created_at -> Instant,
    }
}

diesel::table! {
    use crate::relational::types::{Id, Instant};

    blocks (blocker_id, blocked_id) {
        blocker_id -> Id,
        blocked_id -> Id,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Nullable, Text};
    use crate::relational::types::{Id, Instant, Label};

    groups (id) {
        id -> Id,
        name -> Text,
        description -> Text,
        visibility -> Label,
        join_policy -> Label,
        owner_id -> Id,
        avatar -> Nullable<Text>,
        created_at -> Instant,
        archived_at -> Nullable<Instant>,
        deleted_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::relational::types::Id;

    group_names (key, group_id) {
        key -> Text,
        group_id -> Id,
    }
}

diesel::table! {
    use crate::relational::types::{Id, Instant};

    join_requests (group_id, user_id) {
        group_id -> Id,
        user_id -> Id,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::relational::types::{Id, Instant};

    group_bans (group_id, user_id) {
        group_id -> Id,
        user_id -> Id,
        reason -> Text,
        banned_by -> Id,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::relational::types::{Id, Instant};

    invites (code) {
        code -> Text,
        group_id -> Id,
        created_by -> Id,
        invitee_id -> Nullable<Id>,
        max_uses -> Nullable<BigInt>,
        uses -> BigInt,
        expires_at -> Nullable<Instant>,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable};
    use crate::relational::types::{Id, Instant, JsonDoc};

    outbox (number) {
        number -> BigInt,
        id -> Id,
        stream -> Id,
        actor -> Nullable<Id>,
        fact -> JsonDoc,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{Integer, Nullable, Text};
    use crate::relational::types::{Id, Instant, JsonDoc, Label};

    tasks (id) {
        id -> Id,
        kind -> Text,
        payload -> JsonDoc,
        state -> Label,
        run_at -> Instant,
        attempts -> Integer,
        lease -> Nullable<Id>,
        lease_until -> Nullable<Instant>,
        error -> Nullable<Text>,
        recurring_kind -> Nullable<Text>,
        created_at -> Instant,
        finished_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::Nullable;
    use crate::relational::types::{Id, Instant, JsonDoc, Label};

    notifications (id) {
        id -> Id,
        user_id -> Id,
        kind -> Label,
        data -> JsonDoc,
        created_at -> Instant,
        read_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Nullable, Text};
    use crate::relational::types::{Id, Instant, Label};

    audit_log (number) {
        number -> BigInt,
        id -> Id,
        at -> Instant,
        actor_id -> Nullable<Id>,
        action -> Text,
        target -> Nullable<Text>,
        detail -> Text,
        outcome -> Label,
        prev_hash -> Binary,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Binary, Integer};

    audit_head (only_one) {
        only_one -> Integer,
        number -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::{Bool, Text};
    use crate::relational::types::Instant;

    blob_marks (blob) {
        blob -> Text,
        doomed -> Bool,
        until -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::Text;
    use crate::relational::types::Instant;

    marks (name) {
        name -> Text,
        at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::Binary;
    use crate::relational::types::{Id, Instant};

    password_resets (hash) {
        hash -> Binary,
        user_id -> Id,
        created_at -> Instant,
        expires_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::{BigInt, Nullable, Text};
    use crate::relational::types::{Id, Instant, Label};

    reports (id) {
        id -> Id,
        conversation_id -> Id,
        seq -> BigInt,
        author_id -> Id,
        reporter_id -> Id,
        reason -> Text,
        state -> Label,
        action -> Nullable<Label>,
        note -> Nullable<Text>,
        resolved_by -> Nullable<Id>,
        created_at -> Instant,
        resolved_at -> Nullable<Instant>,
    }
}

diesel::joinable!(account_names -> accounts (account_id));
diesel::joinable!(sessions -> accounts (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::joinable!(memberships -> conversations (conversation_id));
diesel::joinable!(friendships -> accounts (friend_id));
diesel::joinable!(friend_requests -> accounts (asker_id));
diesel::joinable!(blocks -> accounts (blocked_id));
diesel::joinable!(memberships -> accounts (user_id));
diesel::joinable!(join_requests -> accounts (user_id));
diesel::joinable!(group_bans -> accounts (user_id));
diesel::joinable!(invites -> groups (group_id));

diesel::allow_tables_to_appear_in_same_query!(
    account_names,
    accounts,
    blocks,
    conversations,
    friend_requests,
    friendships,
    group_bans,
    group_names,
    groups,
    invites,
    join_requests,
    memberships,
    refresh_tokens,
    sessions,
);
