//! The words of notifications, in every language there is. A reader whose language is missing reads English.

use studyhall_wire::ReportAction;

use super::notice::{NamedGroup, Notice, SecurityEvent};

/// A language that notifications are written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    English,
    German,
}

impl Language {
    /// The language of a BCP 47 tag (RFC 5646, section 2.2.1): its first subtag.
    #[must_use]
    pub fn of(locale: &str) -> Self {
        match locale.split('-').next() {
            Some("de") => Self::German,
            _ => Self::English,
        }
    }
}

/// Title and body. `name` is that of the notice's [`person`](Notice::person); none for one who has no name any more.
#[must_use]
pub fn render(notice: &Notice, language: Language, name: Option<&str>) -> (String, String) {
    let (title, body) = match language {
        Language::English => english(notice, name.unwrap_or("Somebody")),
        Language::German => german(notice, name.unwrap_or("Jemand")),
    };
    (title.to_owned(), body)
}

fn english(notice: &Notice, name: &str) -> (&'static str, String) {
    match notice {
        Notice::Mention { .. } => ("You were mentioned", format!("{name} mentioned you in a conversation.")),
        Notice::DirectMessage { .. } => ("New message", format!("{name} wrote to you.")),
        Notice::FriendRequest { .. } => ("Friend request", format!("{name} would like to be friends with you.")),
        Notice::FriendAccepted { .. } => ("Friend request accepted", format!("You and {name} are friends now.")),
        Notice::GroupInvite { group_name, .. } => {
            ("Invitation to a group", format!("{name} invites you to {group_name}."))
        }
        Notice::JoinRequest { group_name, .. } => {
            ("Request to join", format!("{name} would like to join {group_name}."))
        }
        Notice::JoinApproved { group_name, .. } => {
            ("Request to join approved", format!("You are a member of {group_name} now."))
        }
        Notice::JoinDenied { group_name, .. } => {
            ("Request to join declined", format!("Your request to join {group_name} was declined."))
        }
        Notice::RoleChanged { role, group } => {
            let place = group.as_ref().map(|group| format!(" in {}", group.group_name)).unwrap_or_default();
            ("Your role has changed", format!("Your role{place} is now: {role}."))
        }
        Notice::FileShared { file_name, .. } => {
            ("File shared with you", format!("{name} shared {file_name} with you."))
        }
        Notice::ReportResolved { action, .. } => {
            let body = match action {
                ReportAction::Dismiss => "A moderator looked at the message that you reported, and left it as it is.",
                ReportAction::DeleteMessage => "The message that you reported was deleted.",
                ReportAction::SuspendUser => "The author of the message that you reported was suspended.",
            };
            ("Your report was resolved", body.to_owned())
        }
        Notice::Security { event: SecurityEvent::PasswordReset } => (
            "Your password was reset",
            "Every session has ended. If this was not you, tell an administrator.".to_owned(),
        ),
        Notice::Security { event: SecurityEvent::Restored } => {
            ("Your account is open again", "An administrator has lifted its suspension.".to_owned())
        }
    }
}

fn german(notice: &Notice, name: &str) -> (&'static str, String) {
    match notice {
        Notice::Mention { .. } => ("Du wurdest erwähnt", format!("{name} hat dich in einer Unterhaltung erwähnt.")),
        Notice::DirectMessage { .. } => ("Neue Nachricht", format!("{name} hat dir geschrieben.")),
        Notice::FriendRequest { .. } => ("Freundschaftsanfrage", format!("{name} möchte mit dir befreundet sein.")),
        Notice::FriendAccepted { .. } => {
            ("Freundschaftsanfrage angenommen", format!("Du und {name} seid jetzt befreundet."))
        }
        Notice::GroupInvite { group_name, .. } => {
            ("Einladung in eine Gruppe", format!("{name} lädt dich in die Gruppe {group_name} ein."))
        }
        Notice::JoinRequest { group_name, .. } => {
            ("Beitrittsanfrage", format!("{name} möchte der Gruppe {group_name} beitreten."))
        }
        Notice::JoinApproved { group_name, .. } => {
            ("Beitrittsanfrage angenommen", format!("Du bist jetzt Mitglied der Gruppe {group_name}."))
        }
        Notice::JoinDenied { group_name, .. } => {
            ("Beitrittsanfrage abgelehnt", format!("Deine Anfrage an die Gruppe {group_name} wurde abgelehnt."))
        }
        Notice::RoleChanged { role, group } => {
            let place = group.as_ref().map(|NamedGroup { group_name, .. }| format!(" in der Gruppe {group_name}"));
            let (place, role) = (place.unwrap_or_default(), german_role(role));
            ("Deine Rolle hat sich geändert", format!("Deine Rolle{place} ist jetzt: {role}."))
        }
        Notice::FileShared { file_name, .. } => {
            ("Datei für dich freigegeben", format!("{name} hat {file_name} für dich freigegeben."))
        }
        Notice::ReportResolved { action, .. } => {
            let body = match action {
                ReportAction::Dismiss => {
                    "Die Moderation hat sich die gemeldete Nachricht angesehen und lässt sie stehen."
                }
                ReportAction::DeleteMessage => "Die Nachricht, die du gemeldet hast, wurde gelöscht.",
                ReportAction::SuspendUser => "Das Konto hinter der gemeldeten Nachricht wurde gesperrt.",
            };
            ("Deine Meldung wurde bearbeitet", body.to_owned())
        }
        Notice::Security { event: SecurityEvent::PasswordReset } => (
            "Dein Passwort wurde zurückgesetzt",
            "Alle Sitzungen wurden beendet. Wenn du das nicht warst, sag der Verwaltung Bescheid.".to_owned(),
        ),
        Notice::Security { event: SecurityEvent::Restored } => {
            ("Dein Konto ist wieder offen", "Die Verwaltung hat die Sperre aufgehoben.".to_owned())
        }
    }
}

/// A global role, or one in a group; what is not known stays as it is.
fn german_role(role: &str) -> &str {
    match role {
        "superuser" => "Superuser",
        "admin" => "Verwaltung",
        "moderator" => "Moderation",
        "user" | "member" => "Mitglied",
        "guest" => "Gast",
        "owner" => "Leitung",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use studyhall_wire::{GroupId, ReportId, UserId};

    use super::*;

    #[test]
    fn the_language_is_that_of_the_locale() {
        for locale in ["de", "de-AT", "de-Latn-CH-1996"] {
            assert_eq!(Language::of(locale), Language::German, "{locale}");
        }
        for locale in ["en", "en-GB", "fr", "den", "", "DE-x"] {
            assert_eq!(Language::of(locale), Language::English, "{locale}");
        }
    }

    #[test]
    fn names_stand_as_they_are_and_who_has_none_is_somebody() {
        let group_name = "{name}s of {thing}".to_owned();
        let notice = Notice::JoinRequest { group_id: GroupId::new(), group_name, user_id: UserId::new() };
        let body = |language, name| render(&notice, language, name).1;
        assert_eq!(body(Language::English, Some("Anna {role}")), "Anna {role} would like to join {name}s of {thing}.");
        assert_eq!(body(Language::German, None), "Jemand möchte der Gruppe {name}s of {thing} beitreten.");
    }

    #[test]
    fn a_role_is_named_with_its_place() {
        let mut notice = Notice::RoleChanged { role: "moderator".to_owned(), group: None };
        assert_eq!(render(&notice, Language::English, None).1, "Your role is now: moderator.");
        let named = NamedGroup { group_id: GroupId::new(), group_name: "Algebra".to_owned() };
        notice = Notice::RoleChanged { role: "owner".to_owned(), group: Some(named) };
        assert_eq!(render(&notice, Language::German, None).1, "Deine Rolle in der Gruppe Algebra ist jetzt: Leitung.");
    }

    #[test]
    fn each_outcome_of_a_report_is_told_in_its_own_words() {
        let body = |action, language| {
            let notice = Notice::ReportResolved { report_id: ReportId::new(), action };
            render(&notice, language, None).1
        };
        for language in [Language::English, Language::German] {
            let mut bodies = ReportAction::ALL.map(|action| body(action, language)).to_vec();
            bodies.dedup();
            assert_eq!(bodies.len(), 3, "{bodies:?}");
        }
    }
}
