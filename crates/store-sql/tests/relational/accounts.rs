//! Accounts: registration, profiles, credentials, deletion.

use studyhall_domain::{
    Error,
    ports::{Account, AccountStore, BlobId, BlobLedger, Doom, Job, ProfileChange, Revoked, SessionStore, TaskStore},
};
use studyhall_store_sql::SqlStore;
use studyhall_wire::{DmPolicy, ErrorCode, Role, UserId};

use crate::backend::{Backend, new_account, new_session, seconds, someone, token};

pub async fn register_gives_the_account_and_its_session(backend: &Backend) {
    let store = &backend.store;
    let mut new = new_account("anna", "Anna Müller");
    new.pending_email = Some("Anna@Example.org".to_owned());
    let id = new.id;
    let session = new_session(id, token(1));
    let account = store.register(new, Some(session.clone())).await.unwrap();
    let expected = Account {
        id,
        username: "anna".to_owned(),
        display_name: "Anna Müller".to_owned(),
        bio: String::new(),
        role: Role::User,
        avatar: None,
        email: None,
        pending_email: Some("Anna@Example.org".to_owned()),
        dm_policy: DmPolicy::Everyone,
        locale: "en".to_owned(),
        timezone: "UTC".to_owned(),
        suspended_at: None,
        deleted_at: None,
        created_at: seconds(0),
    };
    assert_eq!(account, expected);
    assert_eq!(store.account(id).await.unwrap(), Some(expected));
    assert_eq!(store.account(UserId::new()).await.unwrap(), None);
    assert_eq!(store.sessions(id).await.unwrap()[0].id, session.id);
    assert_eq!(store.count_accounts().await.unwrap(), 1);
}

pub async fn a_name_is_given_once(backend: &Backend) {
    let other = backend.another();
    let mut racing = tokio::task::JoinSet::new();
    for n in 0..16 {
        let store = if n % 2 == 0 { backend.store.clone() } else { other.clone() };
        racing.spawn(async move { store.register(new_account("anna", "Anna"), None).await });
    }
    let results = racing.join_all().await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
    assert!(results.iter().all(|result| result.is_ok() || is_taken(result)), "{results:?}");
    assert_eq!(backend.store.count_accounts().await.unwrap(), 1);
}

fn is_taken<T>(result: &Result<T, Error>) -> bool {
    matches!(result, Err(Error::Conflict(ErrorCode::UsernameTaken)))
}

pub async fn a_failed_registration_leaves_nothing(backend: &Backend) {
    let store = &backend.store;
    store.register(new_account("anna", "Anna"), Some(new_session_of_nobody(1))).await.unwrap_err();
    assert_eq!(store.count_accounts().await.unwrap(), 0);
    assert_eq!(store.search_people("anna", None, 10).await.unwrap(), []);
    someone(store, "anna").await;
}

/// A session that refers to no account, so that storing it fails.
fn new_session_of_nobody(n: u8) -> studyhall_domain::ports::NewSession {
    new_session(UserId::new(), token(n))
}

pub async fn a_profile_changes_in_part(backend: &Backend) {
    let store = &backend.store;
    let before = someone(store, "anna").await;
    assert_eq!(store.update_profile(before.id, ProfileChange::default()).await.unwrap(), before);
    let change = ProfileChange {
        bio: Some("Biology, third year 🌱".to_owned()),
        dm_policy: Some(DmPolicy::Nobody),
        timezone: Some("Europe/Berlin".to_owned()),
        ..ProfileChange::default()
    };
    let after = store.update_profile(before.id, change).await.unwrap();
    let expected = Account {
        bio: "Biology, third year 🌱".to_owned(),
        dm_policy: DmPolicy::Nobody,
        timezone: "Europe/Berlin".to_owned(),
        ..before
    };
    assert_eq!(after, expected);
    assert_eq!(store.account(after.id).await.unwrap(), Some(expected));
    let nobody = store.update_profile(UserId::new(), ProfileChange::default()).await;
    assert!(matches!(nobody, Err(Error::NotFound("user"))));
}

async fn verify(backend: &Backend, username: &str, email: &str) {
    let key = email.to_lowercase();
    let sql = format!("UPDATE accounts SET email = '{email}', email_key = '{key}' WHERE username = '{username}'");
    backend.execute(&sql).await;
}

pub async fn taking_the_address_away_takes_both(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await;
    verify(backend, "anna", "Anna@Example.org").await;
    let pending = ProfileChange { pending_email: Some(Some("new@example.org".to_owned())), ..ProfileChange::default() };
    let account = store.update_profile(anna.id, pending).await.unwrap();
    assert_eq!(account.email.as_deref(), Some("Anna@Example.org"), "a new address waits beside the old one");
    assert_eq!(account.pending_email.as_deref(), Some("new@example.org"));
    let nothing = ProfileChange { pending_email: Some(None), ..ProfileChange::default() };
    let account = store.update_profile(anna.id, nothing).await.unwrap();
    assert_eq!((account.email, account.pending_email), (None, None));
    assert!(store.credentials("anna@example.org").await.unwrap().is_none());
}

pub async fn credentials_are_found_by_name_and_verified_address(backend: &Backend) {
    let store = &backend.store;
    let mut new = new_account("anna", "Anna");
    new.pending_email = Some("anna@example.org".to_owned());
    let anna = store.register(new, None).await.unwrap();
    assert!(store.credentials("anna@example.org").await.unwrap().is_none(), "it counts once it is verified");
    verify(backend, "anna", "Anna@Example.org").await;
    for login in ["anna", "ANNA", "anna@example.org", "ANNA@example.ORG"] {
        let found = store.credentials(login).await.unwrap().expect(login);
        assert_eq!((found.account.id, found.password_hash.as_str()), (anna.id, "hash of anna"));
    }
    for login in ["ann", "anna@example", "%", ""] {
        assert!(store.credentials(login).await.unwrap().is_none(), "{login}");
    }
    assert_eq!(store.credentials_of(anna.id).await.unwrap().unwrap().password_hash, "hash of anna");
}

pub async fn a_password_ends_every_other_session(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await;
    let bert = someone(store, "bert").await;
    let (kept, ended) = (new_session(anna.id, token(1)), new_session(anna.id, token(2)));
    for session in [&kept, &ended, &new_session(bert.id, token(3))] {
        store.create_session(session.clone()).await.unwrap();
    }
    store.set_password(anna.id, "new", Some(kept.id), seconds(9)).await.unwrap();
    assert_eq!(store.credentials_of(anna.id).await.unwrap().unwrap().password_hash, "new");
    assert_eq!(ids(store, anna.id).await, [kept.id]);
    assert_eq!(store.sessions(bert.id).await.unwrap().len(), 1);
    assert_eq!(revoked(store).await, [Revoked::Session(ended.id)]);
    store.set_password(anna.id, "newer", None, seconds(9)).await.unwrap();
    assert_eq!(ids(store, anna.id).await, []);
    let nobody = store.set_password(UserId::new(), "new", None, seconds(9)).await;
    assert!(matches!(nobody, Err(Error::NotFound("user"))));
}

async fn ids(store: &SqlStore, user: UserId) -> Vec<studyhall_wire::SessionId> {
    store.sessions(user).await.unwrap().into_iter().map(|session| session.id).collect()
}

async fn revoked(store: &SqlStore) -> Vec<Revoked> {
    store.revocations_after(0).await.unwrap().into_iter().map(|revocation| revocation.what).collect()
}

pub async fn a_role_is_followed_by_a_revocation(backend: &Backend) {
    let store = &backend.store;
    let anna = someone(store, "anna").await;
    // Another superuser, so that Anna may step down.
    crate::admin::with_role(store, "root-1", Role::Superuser).await;
    for role in Role::ALL {
        assert_eq!(store.set_role(anna.id, role).await.unwrap().role, role);
    }
    assert_eq!(revoked(store).await, [Revoked::User(anna.id); 5]);
    assert!(matches!(store.set_role(UserId::new(), Role::User).await, Err(Error::NotFound("user"))));
}

fn blob(name: &str) -> BlobId {
    BlobId(name.to_owned())
}

fn erase(name: &str) -> Job {
    Job::EraseBlob { blob: blob(name) }
}

/// What is owed, the newest first.
async fn owed(store: &SqlStore) -> Vec<Job> {
    let tasks = store.tasks(None, None, 100).await.unwrap();
    tasks.iter().map(|task| Job::read(&task.kind, &task.payload).unwrap()).collect()
}

pub async fn a_blob_is_doomed_or_held(backend: &Backend) {
    let (store, other) = (&backend.store, backend.another());
    let anna = someone(store, "anna").await;
    assert!(store.hold_blob(&blob("one"), seconds(60), seconds(0)).await.unwrap());
    assert!(other.hold_blob(&blob("one"), seconds(30), seconds(1)).await.unwrap());
    assert_eq!(store.doom_blob(&blob("one"), seconds(99), seconds(59)).await.unwrap(), Doom::Held(seconds(60)));
    store.blob_erased(&blob("one")).await.unwrap();
    assert_eq!(store.doom_blob(&blob("one"), seconds(99), seconds(59)).await.unwrap(), Doom::Held(seconds(60)));
    assert_eq!(store.doom_blob(&blob("one"), seconds(99), seconds(60)).await.unwrap(), Doom::Doomed);
    assert_eq!(other.doom_blob(&blob("one"), seconds(99), seconds(61)).await.unwrap(), Doom::Doomed, "tried again");
    assert!(!other.hold_blob(&blob("one"), seconds(120), seconds(98)).await.unwrap());
    store.blob_erased(&blob("one")).await.unwrap();
    assert!(other.hold_blob(&blob("one"), seconds(120), seconds(98)).await.unwrap());
    store.set_avatar(anna.id, Some(blob("one")), seconds(99)).await.unwrap();
    assert_eq!(other.doom_blob(&blob("one"), seconds(500), seconds(400)).await.unwrap(), Doom::Referred);
    assert_eq!(other.doom_blob(&blob("two"), seconds(500), seconds(400)).await.unwrap(), Doom::Doomed);
    assert!(store.hold_blob(&blob("two"), seconds(600), seconds(500)).await.unwrap(), "whoever doomed it is gone");
}

/// Whoever refers to a blob holds it first: one of the two always sees the other.
pub async fn holding_and_dooming_at_once_never_both_succeed(backend: &Backend) {
    let other = backend.another();
    for n in 0..20 {
        let id = blob(&format!("blob {n}"));
        let (held, doomed) = tokio::join!(
            backend.store.hold_blob(&id, seconds(60), seconds(0)),
            other.doom_blob(&id, seconds(60), seconds(0))
        );
        assert_ne!(held.unwrap(), doomed.unwrap() == Doom::Doomed);
    }
}

pub async fn an_avatar_is_erased_once_nobody_has_it(backend: &Backend) {
    let store = &backend.store;
    let (anna, bert) = (someone(store, "anna").await, someone(store, "bert").await);
    let account = store.set_avatar(anna.id, Some(blob("one")), seconds(1)).await.unwrap();
    assert_eq!(account.avatar, Some(blob("one")));
    store.set_avatar(bert.id, Some(blob("one")), seconds(1)).await.unwrap();
    assert_eq!(owed(store).await, []);
    store.set_avatar(anna.id, Some(blob("two")), seconds(1)).await.unwrap();
    assert_eq!(owed(store).await, [erase("one")]);
    assert_eq!(store.doom_blob(&blob("one"), seconds(9), seconds(1)).await.unwrap(), Doom::Referred);
    store.set_avatar(anna.id, Some(blob("two")), seconds(1)).await.unwrap();
    assert_eq!(owed(store).await.len(), 1, "it is the same");
    store.set_avatar(bert.id, None, seconds(1)).await.unwrap();
    store.delete_account(anna.id, seconds(1)).await.unwrap();
    assert_eq!(owed(store).await, [erase("two"), erase("one"), erase("one")]);
    for name in ["one", "two"] {
        assert_eq!(store.doom_blob(&blob(name), seconds(9), seconds(1)).await.unwrap(), Doom::Doomed);
    }
}

pub async fn deletion_erases_and_keeps_the_name(backend: &Backend) {
    let store = &backend.store;
    let mut new = new_account("anna", "Anna Müller");
    new.pending_email = Some("new@example.org".to_owned());
    let id = new.id;
    let session = new_session(id, token(1));
    store.register(new, Some(session.clone())).await.unwrap();
    verify(backend, "anna", "anna@example.org").await;
    store.delete_account(id, seconds(5)).await.unwrap();

    let account = store.account(id).await.unwrap().unwrap();
    assert_eq!(account.deleted_at, Some(seconds(5)));
    assert_eq!((account.display_name.as_str(), account.bio.as_str()), ("", ""));
    assert_eq!((account.email, account.pending_email, account.avatar), (None, None, None));
    for login in ["anna", "anna@example.org"] {
        assert!(store.credentials(login).await.unwrap().is_none());
    }
    assert!(store.credentials_of(id).await.unwrap().is_none());
    assert_eq!(store.accounts_named(&["anna".to_owned()]).await.unwrap(), []);
    assert_eq!(store.search_people("ann", None, 10).await.unwrap(), []);
    assert_eq!(store.sessions(id).await.unwrap(), []);
    assert!(store.standing(session.id).await.unwrap().unwrap().ended);
    assert_eq!(revoked(store).await, [Revoked::Session(session.id), Revoked::User(id)]);
    assert_eq!(store.count_accounts().await.unwrap(), 0);

    assert!(is_taken(&store.register(new_account("anna", "Another"), None).await), "a name is never given again");
    assert!(matches!(store.delete_account(id, seconds(6)).await, Err(Error::NotFound("user"))));
    assert!(matches!(store.update_profile(id, ProfileChange::default()).await, Err(Error::NotFound("user"))));
    if let Some(path) = backend.path() {
        backend.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
        let bytes = std::fs::read(path).unwrap();
        let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(holds("anna"), "the name stays");
        assert!(!holds("example.org") && !holds("Müller") && !holds("müller"), "nothing else stays in the file");
    }
}

pub async fn many_ids_at_once(backend: &Backend) {
    let store = &backend.store;
    let mut ids: Vec<UserId> = Vec::new();
    for name in ["anna", "bert", "cleo"] {
        ids.push(someone(store, name).await.id);
    }
    let mut asked = ids.clone();
    asked.extend((0..1_200).map(|_| UserId::new()));
    let mut found: Vec<UserId> = store.accounts(&asked).await.unwrap().into_iter().map(|account| account.id).collect();
    found.sort_unstable();
    assert_eq!(found, ids, "ids are in the order of time");
    assert_eq!(store.accounts(&[]).await.unwrap(), []);
    let named = store.accounts_named(&["bert".to_owned(), "nobody".to_owned()]).await.unwrap();
    assert_eq!(named.into_iter().map(|account| account.id).collect::<Vec<_>>(), [ids[1]]);
}
