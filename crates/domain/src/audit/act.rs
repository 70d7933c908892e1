//! What is recorded.

use serde_json::Value;
use studyhall_wire::{AuditOutcome, UserId};

macro_rules! actions {
    ($($(#[$doc:meta])* $variant:ident = $word:literal,)*) => {
        /// What somebody did, or was not allowed to do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Action { $($(#[$doc])* $variant,)* }

        impl Action {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)* }
            }
        }
    };
}

actions! {
    /// Make an account, on the command line.
    CreateUser = "user.create",
    /// Give another global role: `detail` has `from` and `to`.
    SetRole = "user.set_role",
    SuspendUser = "user.suspend",
    RestoreUser = "user.restore",
    /// Make a link by which somebody sets a new password.
    MakeResetLink = "user.reset_link",
    /// Set another password, by such a link or on the command line.
    ResetPassword = "user.reset_password",
    /// Change a group's settings, add somebody, answer who wants to join, make or withdraw an invitation. Only refusals
    /// are recorded.
    UpdateGroup = "group.update",
    AddMember = "group.add_member",
    AnswerJoinRequest = "group.answer_join_request",
    InviteToGroup = "group.invite",
    DeleteGroup = "group.delete",
    /// Give another role in a group, ownership included: `detail` has the `group_id`, and the role as `to`.
    SetGroupRole = "group.set_role",
    RemoveMember = "group.remove_member",
    BanMember = "group.ban",
    UnbanMember = "group.unban",
    /// Delete somebody else's message.
    DeleteMessage = "message.delete",
    /// Resolve a report: `detail` has the `resolution`.
    ResolveReport = "report.resolve",
    /// Have a task that failed tried again.
    RetryTask = "task.retry",
    /// Look at the accounts, the figures, the tasks, the reports or this log. Only refusals are recorded.
    ListUsers = "users.list",
    ReadStats = "stats.read",
    ListTasks = "tasks.list",
    ListReports = "reports.list",
    ReadAudit = "audit.read",
}

/// One thing to record. It holds ids and stable words, no names and no texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// None for an operator on the command line.
    pub actor: Option<UserId>,
    pub action: Action,
    /// The id of what it was done to.
    pub target: Option<String>,
    /// An object that says more.
    pub detail: Value,
    pub outcome: AuditOutcome,
}

impl Act {
    #[expect(clippy::needless_pass_by_value, reason = "targets are ids, which callers pass as they are")]
    pub fn done(actor: Option<UserId>, action: Action, target: impl ToString) -> Self {
        Self { actor, action, target: Some(target.to_string()), detail: no_more(), outcome: AuditOutcome::Done }
    }

    pub fn denied(actor: Option<UserId>, action: Action, target: impl ToString) -> Self {
        Self { outcome: AuditOutcome::Denied, ..Self::done(actor, action, target) }
    }

    /// Refused before it came to what it would have been done to.
    #[must_use]
    pub fn refused(actor: UserId, action: Action) -> Self {
        let outcome = AuditOutcome::Denied;
        Self { actor: Some(actor), action, target: None, detail: no_more(), outcome }
    }

    /// With more to say: `detail` is an object of ids and stable words.
    #[must_use]
    pub fn with(self, detail: Value) -> Self {
        Self { detail, ..self }
    }
}

fn no_more() -> Value {
    Value::Object(serde_json::Map::new())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_action_has_a_word_of_its_own() {
        let words: HashSet<_> = Action::ALL.iter().map(|action| action.as_str()).collect();
        assert_eq!(words.len(), Action::ALL.len());
    }
}
