//! What administrators do to accounts: by the roles that hold at that moment, and recorded whether done or refused.

use studyhall_domain::{
    Error,
    audit::verify,
    ports::{
        Account, AccountChange, AccountFilter, AccountStore, AdminStore, AuditFilter, AuditStore, ChangedAccount,
        ConversationStore, InboxFact, NewAccount, NewResetLink, NotificationStore, OutboxFact, Revoked, SessionStore,
    },
};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{AuditOutcome, ErrorCode, Role, Timestamp, UserId};

use crate::backend::{Backend, new_account, new_session, seconds, someone, token};

/// Somebody with a role, signed in.
pub async fn with_role(store: &SqlStore, username: &str, role: Role) -> UserId {
    let new = NewAccount { role, ..new_account(username, username) };
    let id = new.id;
    let mut token = [0; 32];
    token[..16].copy_from_slice(id.0.as_bytes());
    store.register(new, Some(new_session(id, token))).await.unwrap();
    id
}

fn role(role: Role) -> AccountChange {
    AccountChange { role: Some(role), suspended: None }
}

fn suspended(suspended: bool) -> AccountChange {
    AccountChange { role: None, suspended: Some(suspended) }
}

/// The audit log's words, the oldest first: actor, action, target, outcome and detail.
pub async fn recorded(store: &SqlStore) -> Vec<(Option<UserId>, String, Option<String>, AuditOutcome, String)> {
    let mut records = store.audit(&AuditFilter::default(), 1_000).await.unwrap();
    records.reverse();
    records.into_iter().map(|r| (r.actor, r.action, r.target, r.outcome, r.detail)).collect()
}

fn word<T: std::fmt::Debug>(result: &Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "done",
        Err(error) => error.code().as_str(),
    }
}

pub async fn a_role_is_given_recorded_and_told(backend: &Backend) {
    let store = &backend.store;
    let root = with_role(store, "root-1", Role::Superuser).await;
    let anna = with_role(store, "anna", Role::User).await;
    let changed = store.change_account(root, anna, role(Role::Moderator), seconds(5)).await.unwrap();
    assert_eq!((changed.account.role, changed.ended.len()), (Role::Moderator, 0));
    assert_eq!(store.account(anna).await.unwrap().unwrap().role, Role::Moderator);
    let revocations = store.revocations_after(0).await.unwrap();
    assert_eq!(revocations.iter().map(|r| r.what).collect::<Vec<_>>(), [Revoked::User(anna)]);
    let told = store.notifications(anna, false, None, 10).await.unwrap();
    assert_eq!(told.len(), 1);
    let owed = store.outbox(10).await.unwrap();
    assert_eq!(owed[0].fact, OutboxFact::Inbox(InboxFact::NotificationCreated { id: told[0].id }));
    let expected = (
        Some(root),
        "user.set_role".to_owned(),
        Some(anna.to_string()),
        AuditOutcome::Done,
        r#"{"from":"user","to":"moderator"}"#.to_owned(),
    );
    assert_eq!(recorded(store).await, [expected]);
    // Again, it changes nothing.
    store.change_account(root, anna, role(Role::Moderator), seconds(6)).await.unwrap();
    assert_eq!(recorded(store).await.len(), 1);
}

pub async fn a_refusal_changes_nothing_and_is_recorded(backend: &Backend) {
    let store = &backend.store;
    let root = with_role(store, "root-1", Role::Superuser).await;
    let admin = with_role(store, "admin", Role::Admin).await;
    let user = with_role(store, "anna", Role::User).await;
    for (actor, target, change) in [
        (user, admin, role(Role::Guest)),
        (user, UserId::new(), suspended(true)),
        (admin, root, suspended(true)),
        (admin, user, role(Role::Admin)),
        (admin, admin, suspended(true)),
        (UserId::new(), user, role(Role::Guest)),
    ] {
        let refused = store.change_account(actor, target, change, seconds(1)).await;
        assert_eq!(word(&refused), "forbidden", "{change:?}");
    }
    let records = recorded(store).await;
    assert!(records.iter().all(|record| record.3 == AuditOutcome::Denied));
    let words: Vec<_> = records.iter().map(|record| record.1.as_str()).collect();
    let (set_role, suspend) = ("user.set_role", "user.suspend");
    assert_eq!(words, [set_role, suspend, suspend, set_role, suspend, set_role]);
    assert_eq!((records[3].0, &*records[3].4), (Some(admin), r#"{"to":"admin"}"#));
    for (id, expected) in [(root, Role::Superuser), (admin, Role::Admin), (user, Role::User)] {
        let account = store.account(id).await.unwrap().unwrap();
        assert_eq!((account.role, account.suspended_at), (expected, None));
    }
    assert_eq!(store.revocations_after(0).await.unwrap(), []);
    assert_eq!(word(&store.change_account(root, UserId::new(), suspended(true), seconds(2)).await), "not_found");
    assert_eq!(verify(store, None).await.unwrap().fault, None);
}

pub async fn a_part_that_is_refused_refuses_the_whole(backend: &Backend) {
    let store = &backend.store;
    let admin = with_role(store, "admin", Role::Admin).await;
    let user = with_role(store, "anna", Role::User).await;
    let change = AccountChange { role: Some(Role::Admin), suspended: Some(true) };
    assert_eq!(word(&store.change_account(admin, user, change, seconds(1)).await), "forbidden");
    let account = store.account(user).await.unwrap().unwrap();
    assert_eq!((account.role, account.suspended_at), (Role::User, None));
}

pub async fn suspending_ends_every_session_and_restoring_begins_none(backend: &Backend) {
    let store = &backend.store;
    let admin = with_role(store, "admin", Role::Admin).await;
    let anna = with_role(store, "anna", Role::User).await;
    let second = new_session(anna, token(77));
    store.create_session(second.clone()).await.unwrap();
    let ChangedAccount { account, ended } =
        store.change_account(admin, anna, suspended(true), seconds(9)).await.unwrap();
    assert_eq!((account.suspended_at, ended.len()), (Some(seconds(9)), 2));
    assert_eq!(store.sessions(anna).await.unwrap(), []);
    let revoked: Vec<_> = store.revocations_after(0).await.unwrap().into_iter().map(|r| r.what).collect();
    assert!(revoked.contains(&Revoked::Session(second.id)) && revoked.contains(&Revoked::User(anna)), "{revoked:?}");
    let begun = store.create_session(new_session(anna, token(78))).await;
    assert_eq!(word(&begun), "account_suspended", "no session begins, whoever was about to sign in");
    // Suspended again, nothing changes.
    let again = store.change_account(admin, anna, suspended(true), seconds(10)).await.unwrap();
    assert_eq!((again.account.suspended_at, again.ended.len()), (Some(seconds(9)), 0));
    let open = store.change_account(admin, anna, suspended(false), seconds(11)).await.unwrap();
    assert_eq!(open.account.suspended_at, None);
    assert_eq!(store.sessions(anna).await.unwrap(), []);
    store.create_session(new_session(anna, token(79))).await.unwrap();
    let words: Vec<_> = recorded(store).await.into_iter().map(|record| record.1).collect();
    assert_eq!(words, ["user.suspend", "user.restore"]);
}

pub async fn the_last_superuser_stays(backend: &Backend) {
    let store = &backend.store;
    let root = with_role(store, "root-1", Role::Superuser).await;
    let other = with_role(store, "root-2", Role::Superuser).await;
    store.change_account(root, other, suspended(true), seconds(1)).await.unwrap();
    // One who is suspended is no other superuser.
    assert_eq!(word(&store.change_account(root, root, role(Role::Admin), seconds(2)).await), "last_superuser");
    assert_eq!(word(&store.delete_account(root, seconds(2)).await), "last_superuser");
    assert_eq!(word(&store.set_role(root, Role::User).await), "last_superuser", "not for an operator either");
    let records = recorded(store).await;
    assert_eq!(records[1].3, AuditOutcome::Denied);
    store.change_account(root, other, suspended(false), seconds(3)).await.unwrap();
    store.change_account(root, root, role(Role::Admin), seconds(4)).await.unwrap();
    assert_eq!(word(&store.change_account(root, other, role(Role::User), seconds(5)).await), "forbidden");
    assert_eq!(word(&store.delete_account(other, seconds(6)).await), "last_superuser");
    store.delete_account(root, seconds(7)).await.unwrap();
}

/// Two superusers who demote or suspend each other at once: one of them does it.
pub async fn simultaneous_demotions_leave_a_superuser(backend: &Backend) {
    let other = backend.another();
    for round in 0..8 {
        let a = with_role(&backend.store, &format!("anna{round}"), Role::Superuser).await;
        let b = with_role(&backend.store, &format!("ben{round}"), Role::Superuser).await;
        let (one, two) = (backend.store.clone(), other.clone());
        let change = if round % 2 == 0 { role(Role::User) } else { suspended(true) };
        let (first, second) = tokio::join!(
            tokio::spawn(async move { one.change_account(a, b, change, seconds(1)).await }),
            tokio::spawn(async move { two.change_account(b, a, change, seconds(1)).await }),
        );
        let mut words = [word(&first.unwrap()), word(&second.unwrap())];
        words.sort_unstable();
        assert_eq!(words, ["done", "forbidden"], "round {round}");
        let superusers = AccountFilter { role: Some(Role::Superuser), ..AccountFilter::default() };
        let left = backend.store.list_accounts(&superusers, 10).await.unwrap();
        assert_eq!(left.iter().filter(|listed| listed.account.suspended_at.is_none()).count(), 1);
        backend.execute("UPDATE accounts SET role = 'user'").await;
    }
    assert_eq!(verify(&backend.store, None).await.unwrap().fault, None);
}

/// All superusers step down at once: one of them does not get away.
pub async fn simultaneous_resignations_leave_a_superuser(backend: &Backend) {
    let store = &backend.store;
    let mut racing = tokio::task::JoinSet::new();
    let mut all = Vec::new();
    for n in 0..6 {
        all.push(with_role(store, &format!("root-{n}"), Role::Superuser).await);
    }
    for id in all.clone() {
        let store = backend.another();
        racing.spawn(async move { store.change_account(id, id, role(Role::User), seconds(1)).await });
    }
    let results = racing.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 5, "{results:?}");
    assert_eq!(results.iter().filter(|result| word(result) == "last_superuser").count(), 1);
    let left: Vec<Account> = store.accounts(&all).await.unwrap();
    assert_eq!(left.iter().filter(|account| account.role == Role::Superuser).count(), 1);
}

pub async fn simultaneous_suspensions_end_a_session_once(backend: &Backend) {
    let store = &backend.store;
    let admin = with_role(store, "admin", Role::Admin).await;
    let anna = with_role(store, "anna", Role::User).await;
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..12 {
        let store = if n % 2 == 0 { store.clone() } else { backend.another() };
        racing.spawn(async move { store.change_account(admin, anna, suspended(true), seconds(n)).await.unwrap() });
    }
    let ended: usize = racing.join_all().await.into_iter().map(|changed| changed.ended.len()).sum();
    assert_eq!(ended, 1);
    assert_eq!(recorded(store).await.len(), 1, "done once, recorded once");
    let sessions = store.revocations_after(0).await.unwrap();
    assert_eq!(sessions.iter().filter(|r| matches!(r.what, Revoked::Session(_))).count(), 1);
}

pub async fn accounts_are_listed_by_name_and_role(backend: &Backend) {
    let store = &backend.store;
    let root = with_role(store, "root-1", Role::Superuser).await;
    let anna = with_role(store, "anna", Role::User).await;
    let annika = with_role(store, "annika", Role::Moderator).await;
    let gone = someone(store, "annegret").await.id;
    store.delete_account(gone, seconds(1)).await.unwrap();
    store.change_account(root, anna, suspended(true), seconds(2)).await.unwrap();
    let listed = async |filter: AccountFilter, limit| {
        let found = store.list_accounts(&filter, limit).await.unwrap();
        found.into_iter().map(|listed| (listed.account.id, listed.last_used_at)).collect::<Vec<_>>()
    };
    let used = Some(seconds(0));
    let all = [(anna, None), (annika, used), (root, used)];
    assert_eq!(listed(AccountFilter::default(), 10).await, all, "suspended ones, too, without their sessions");
    let prefix = |prefix: &str| AccountFilter { prefix: Some(prefix.to_owned()), ..AccountFilter::default() };
    assert_eq!(listed(prefix("ANN"), 10).await, all[..2]);
    assert_eq!(listed(prefix("a_"), 10).await, []);
    assert_eq!(listed(AccountFilter { role: Some(Role::Moderator), ..AccountFilter::default() }, 10).await, all[1..2]);
    let after = AccountFilter { after: Some("anna".to_owned()), ..AccountFilter::default() };
    assert_eq!(listed(after, 1).await, all[1..2]);
}

fn link(n: u8, expires_s: i64) -> NewResetLink {
    NewResetLink { token: token(n), expires_at: seconds(expires_s) }
}

pub async fn a_reset_link_is_spent_once(backend: &Backend) {
    let store = &backend.store;
    let admin = with_role(store, "admin", Role::Admin).await;
    let anna = with_role(store, "anna", Role::User).await;
    assert_eq!(word(&store.make_reset_link(anna, admin, link(1, 60), seconds(1)).await), "forbidden");
    assert_eq!(store.reset_link(token(1), seconds(1)).await.unwrap(), None);
    store.make_reset_link(admin, anna, link(2, 60), seconds(1)).await.unwrap();
    store.make_reset_link(admin, anna, link(3, 60), seconds(2)).await.unwrap();
    assert_eq!(store.reset_link(token(2), seconds(3)).await.unwrap(), None, "the later one is the one");
    assert_eq!(store.reset_link(token(3), seconds(3)).await.unwrap(), Some(anna));
    assert_eq!(store.reset_link(token(3), seconds(60)).await.unwrap(), None, "expired");
    assert_eq!(store.spend_reset_link(token(3), "new hash", seconds(60)).await.unwrap(), None);

    let mut racing = tokio::task::JoinSet::new();
    for n in 0..8 {
        let store = if n % 2 == 0 { store.clone() } else { backend.another() };
        racing.spawn(async move { store.spend_reset_link(token(3), &format!("hash {n}"), seconds(4)).await.unwrap() });
    }
    let spent: Vec<_> = racing.join_all().await.into_iter().flatten().collect();
    assert_eq!(spent.iter().map(Vec::len).collect::<Vec<_>>(), [1], "once, and it ended the session");
    assert_eq!(store.sessions(anna).await.unwrap(), []);
    let hash = store.credentials_of(anna).await.unwrap().unwrap().password_hash;
    assert!(hash.starts_with("hash "), "{hash}");
    let words: Vec<_> = recorded(store).await.into_iter().map(|record| (record.1, record.3)).collect();
    let (made, done) = ("user.reset_link".to_owned(), AuditOutcome::Done);
    let expected = [
        (made.clone(), AuditOutcome::Denied),
        (made.clone(), done),
        (made, done),
        ("user.reset_password".to_owned(), done),
    ];
    assert_eq!(words, expected);
}

pub async fn a_reset_link_does_not_outlive_its_reasons(backend: &Backend) {
    let store = &backend.store;
    let root = with_role(store, "root-1", Role::Superuser).await;
    let admin = with_role(store, "admin", Role::Admin).await;
    let anna = with_role(store, "anna", Role::User).await;
    // Whoever was raised is not opened by a link from before.
    store.make_reset_link(admin, anna, link(1, 60), seconds(1)).await.unwrap();
    store.change_account(root, anna, role(Role::Superuser), seconds(2)).await.unwrap();
    assert_eq!(store.reset_link(token(1), seconds(3)).await.unwrap(), None);
    // Nor is one who has set a password in the meantime, or is gone.
    store.make_reset_link(root, anna, link(2, 60), seconds(3)).await.unwrap();
    store.set_password(anna, "a hash", None, seconds(4)).await.unwrap();
    assert_eq!(store.reset_link(token(2), seconds(5)).await.unwrap(), None);
    store.make_reset_link(root, anna, link(3, 60), seconds(5)).await.unwrap();
    store.delete_account(anna, seconds(6)).await.unwrap();
    assert_eq!(store.spend_reset_link(token(3), "hash", seconds(7)).await.unwrap(), None);
    store.make_reset_link(root, admin, link(4, 60), seconds(7)).await.unwrap();
    store.prune_reset_links(seconds(60)).await.unwrap();
    assert_eq!(store.reset_link(token(4), seconds(8)).await.unwrap(), Some(admin));
    store.prune_reset_links(seconds(61)).await.unwrap();
    assert_eq!(store.reset_link(token(4), seconds(8)).await.unwrap(), None);
}

pub async fn what_an_operator_does_is_recorded_without_an_actor(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await.id;
    store.set_role(anna, Role::Superuser).await.unwrap();
    store.reset_password(anna, "another hash", seconds(1)).await.unwrap();
    let records: Vec<_> = recorded(store).await.into_iter().map(|r| (r.0, r.1, r.2, r.3)).collect();
    let words = ["user.create", "user.set_role", "user.reset_password"];
    assert_eq!(records, words.map(|word| (None, word.to_owned(), Some(anna.to_string()), AuditOutcome::Done)));
    let told = store.notifications(anna, true, None, 10).await.unwrap();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_eq!(word(&store.reset_password(UserId::new(), "hash", seconds(1)).await), ErrorCode::NotFound.as_str());
}

pub async fn figures_count_what_is_there(backend: &Backend) {
    let store = &backend.store;
    let root = with_role(store, "root-1", Role::Superuser).await;
    let anna = with_role(store, "anna", Role::User).await;
    let ben = with_role(store, "ben", Role::User).await;
    let gone = someone(store, "gone").await.id;
    store.delete_account(gone, seconds(1)).await.unwrap();
    store.open_direct(anna, ben, seconds(1)).await.unwrap();
    store.change_account(root, ben, suspended(true), seconds(2)).await.unwrap();
    let stats = store.stats(seconds(3)).await.unwrap();
    assert_eq!((stats.users, stats.suspended_users, stats.sessions, stats.active_users), (3, 1, 2, 2));
    assert_eq!((stats.direct_conversations, stats.group_conversations, stats.open_reports), (1, 0, 0));
    let by_role: Vec<_> = stats.users_by_role.iter().map(|count| (count.role, count.count)).collect();
    let [superuser, admin, moderator, user, guest] = Role::ALL;
    assert_eq!(by_role, [(superuser, 1), (admin, 0), (moderator, 0), (user, 2), (guest, 0)]);
    let later = Timestamp::from_millis(seconds(0).as_millis() + 24 * 60 * 60 * 1_000 + 1);
    assert_eq!(store.stats(later).await.unwrap().active_users, 0);
}
