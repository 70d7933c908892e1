//! Reports: one open one for each message and reporter, resolved once.

use studyhall_domain::{
    Error,
    notifications::Notice,
    ports::{
        AccountStore, ConversationStore, ModerationFact, NewReport, NotificationStore, OutboxFact, ReportStore,
        Resolution,
    },
};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{AuditOutcome, ConversationId, ReportAction, ReportId, ReportState, Role, UserId};

use crate::{
    admin::{recorded, with_role},
    backend::{Backend, seconds},
};

struct Scene {
    moderator: UserId,
    admin: UserId,
    author: UserId,
    reporter: UserId,
    conversation: ConversationId,
}

async fn scene(store: &SqlStore) -> Scene {
    let author = with_role(store, "author", Role::User).await;
    let reporter = with_role(store, "reporter", Role::User).await;
    let (conversation, _) = store.open_direct(author, reporter, seconds(0)).await.unwrap();
    let rows: Vec<_> = store.outbox(10).await.unwrap().into_iter().map(|row| row.id).collect();
    store.outbox_done(&rows).await.unwrap();
    Scene {
        moderator: with_role(store, "moderator", Role::Moderator).await,
        admin: with_role(store, "admin", Role::Admin).await,
        author,
        reporter,
        conversation,
    }
}

impl Scene {
    async fn report(&self, store: &SqlStore, seq: i64) -> ReportId {
        let report = NewReport {
            id: ReportId::new(),
            conversation: self.conversation,
            seq,
            author: self.author,
            reporter: self.reporter,
            reason: "rude".to_owned(),
            created_at: seconds(seq),
        };
        store.create_report(report).await.unwrap().0.id
    }
}

fn by(action: ReportAction) -> Resolution {
    Resolution { action, note: Some("seen".to_owned()) }
}

fn word<T: std::fmt::Debug>(result: &Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(error) => error.code().as_str(),
    }
}

pub async fn a_message_is_reported_once_until_it_is_resolved(backend: &Backend) {
    let store = &backend.store;
    let scene = scene(store).await;
    let first = scene.report(store, 1).await;
    assert_eq!(scene.report(store, 1).await, first, "the open one is the one");
    let second = scene.report(store, 2).await;
    let listed = async |state, before, limit| {
        let found = store.reports(state, before, limit).await.unwrap();
        found.into_iter().map(|report| report.id).collect::<Vec<_>>()
    };
    assert_eq!(listed(None, None, 10).await, [second, first], "the newest first");
    assert_eq!(listed(None, Some(second), 10).await, [first]);
    store.resolve_report(scene.moderator, first, by(ReportAction::Dismiss), seconds(9)).await.unwrap();
    assert_eq!(listed(Some(ReportState::Open), None, 10).await, [second]);
    let resolved = store.reports(Some(ReportState::Resolved), None, 10).await.unwrap().remove(0);
    assert_eq!((resolved.id, resolved.action), (first, Some(ReportAction::Dismiss)));
    assert_eq!((resolved.note.as_deref(), resolved.resolved_by), (Some("seen"), Some(scene.moderator)));
    assert_eq!(resolved.resolved_at, Some(seconds(9)));
    let third = scene.report(store, 1).await;
    assert_ne!(third, first, "what was resolved can be reported again");
    let told = store.notifications(scene.reporter, false, None, 10).await.unwrap();
    assert_eq!(told[0].notice, Notice::ReportResolved { report_id: first, action: ReportAction::Dismiss });
    assert_eq!(told.len(), 1);
}

pub async fn who_may_not_resolve_is_refused_and_recorded(backend: &Backend) {
    let store = &backend.store;
    let scene = scene(store).await;
    let report = scene.report(store, 1).await;
    for (actor, action) in [
        (scene.reporter, ReportAction::Dismiss),
        (scene.author, ReportAction::DeleteMessage),
        (UserId::new(), ReportAction::Dismiss),
        (scene.moderator, ReportAction::SuspendUser),
    ] {
        let refused = store.resolve_report(actor, report, by(action), seconds(2)).await;
        assert_eq!(word(&refused), "forbidden", "{action:?}");
    }
    let records = recorded(store).await;
    assert!(records.iter().all(|record| record.3 == AuditOutcome::Denied), "{records:?}");
    let words: Vec<_> = records.iter().map(|record| record.1.as_str()).collect();
    assert_eq!(words, ["report.resolve", "report.resolve", "report.resolve", "user.suspend"]);
    assert_eq!(store.reports(Some(ReportState::Open), None, 10).await.unwrap().len(), 1);
    assert_eq!(store.outbox(10).await.unwrap(), []);
    let nothing = store.resolve_report(scene.admin, ReportId::new(), by(ReportAction::Dismiss), seconds(2)).await;
    assert_eq!(word(&nothing), "not_found");
}

pub async fn a_deletion_is_owed_to_the_stream_and_recorded(backend: &Backend) {
    let store = &backend.store;
    let scene = scene(store).await;
    let report = scene.report(store, 7).await;
    store.resolve_report(scene.moderator, report, by(ReportAction::DeleteMessage), seconds(8)).await.unwrap();
    let owed = store.outbox(10).await.unwrap();
    assert_eq!((owed[0].stream, owed[0].actor), (scene.conversation.into(), Some(scene.moderator)));
    assert_eq!(owed[0].fact, OutboxFact::Moderation(ModerationFact::MessageDeleted { seq: 7 }));
    let records: Vec<_> = recorded(store).await.into_iter().map(|r| (r.0, r.1, r.2, r.4)).collect();
    let expected = [
        ("message.delete", format!("{}/7", scene.conversation), format!(r#"{{"report_id":"{report}"}}"#)),
        ("report.resolve", report.to_string(), r#"{"resolution":"delete_message"}"#.to_owned()),
    ];
    let expected =
        expected.map(|(word, target, detail)| (Some(scene.moderator), word.to_owned(), Some(target), detail));
    assert_eq!(records, expected);
}

pub async fn suspending_the_author_goes_by_rank(backend: &Backend) {
    let store = &backend.store;
    let scene = scene(store).await;
    let report = scene.report(store, 1).await;
    backend.execute("UPDATE accounts SET role = 'admin' WHERE username = 'author'").await;
    let refused = store.resolve_report(scene.admin, report, by(ReportAction::SuspendUser), seconds(2)).await;
    assert_eq!(word(&refused), "forbidden");
    backend.execute("UPDATE accounts SET role = 'user' WHERE username = 'author'").await;
    let done = store.resolve_report(scene.admin, report, by(ReportAction::SuspendUser), seconds(3)).await.unwrap();
    assert_eq!((done.author, done.ended.len()), (scene.author, 1));
    assert_eq!(store.account(scene.author).await.unwrap().unwrap().suspended_at, Some(seconds(3)));
    // Who is suspended already is not suspended again.
    let second = scene.report(store, 2).await;
    let again = store.resolve_report(scene.admin, second, by(ReportAction::SuspendUser), seconds(4)).await.unwrap();
    assert_eq!(again.ended, []);
    assert_eq!(store.account(scene.author).await.unwrap().unwrap().suspended_at, Some(seconds(3)));
}

/// Many moderators at once: one of them resolves it, and only what that one chose happens.
pub async fn simultaneous_resolutions_are_one(backend: &Backend) {
    let store = &backend.store;
    let scene = scene(store).await;
    let report = scene.report(store, 1).await;
    let mut racing = tokio::task::JoinSet::new();
    let (moderator, admin) = (scene.moderator, scene.admin);
    for n in 0..12 {
        let store = if n % 2 == 0 { store.clone() } else { backend.another() };
        let (actor, action) = match n % 3 {
            0 => (moderator, ReportAction::Dismiss),
            1 => (moderator, ReportAction::DeleteMessage),
            _ => (admin, ReportAction::SuspendUser),
        };
        racing.spawn(async move { (action, store.resolve_report(actor, report, by(action), seconds(n)).await) });
    }
    let results = racing.join_all().await;
    let done: Vec<_> = results.iter().filter(|(_, result)| result.is_ok()).map(|(action, _)| *action).collect();
    assert_eq!(done.len(), 1, "{results:?}");
    assert!(results.iter().all(|(_, result)| matches!(word(result), "done" | "report_resolved")), "{results:?}");
    let stored = store.reports(None, None, 10).await.unwrap().remove(0);
    assert_eq!(stored.action, Some(done[0]));
    let deleted = store.outbox(100).await.unwrap().iter().any(|row| matches!(row.fact, OutboxFact::Moderation(_)));
    assert_eq!(deleted, done[0] == ReportAction::DeleteMessage);
    let suspended = store.account(scene.author).await.unwrap().unwrap().suspended_at.is_some();
    assert_eq!(suspended, done[0] == ReportAction::SuspendUser);
    assert_eq!(store.notifications(scene.reporter, false, None, 100).await.unwrap().len(), 1, "told once");
}
