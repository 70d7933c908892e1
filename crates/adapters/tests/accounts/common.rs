//! Services on the real embedded store, in a directory of their own.

use std::{sync::Arc, time::Duration};

use parking_lot::Mutex;
use secrecy::SecretString;
use studyhall_adapters::{
    blobs::DiskBlobs, fanout::LocalFanout, limits::LocalLimiter, presence::LocalPresence, tasks::LocalQueue,
};
use studyhall_domain::{
    Error,
    accounts::{self, Accounts},
    auth::{Actor, KeyRing, Passwords},
    now,
    people::People,
    ports::{Ending, Fanout, Live, PresenceStore, RateLimiter, Receiver, SessionStore, TaskRunner, TaskStore},
    sessions::{self, Client, Registration, Sessions, SignedIn},
    tasks::{self, LEASE, Tasks, in_future},
};
use studyhall_store_sql::{
    DatabaseUrl, SqlStore,
    log::{SqliteLog, search::SqliteSearch},
};
use studyhall_wire::{Login, Register, SessionId, StreamId, UserId};

pub const PASSWORD: &str = "correct horse";

/// What a hub would hear.
#[derive(Default)]
pub struct Heard(Mutex<Vec<Live>>);

impl Heard {
    pub fn ended(&self) -> Vec<SessionId> {
        self.0
            .lock()
            .iter()
            .filter_map(|live| if let Live::SessionEnded(id) = live { Some(*id) } else { None })
            .collect()
    }

    pub fn profiles(&self) -> Vec<UserId> {
        self.0
            .lock()
            .iter()
            .filter_map(|live| if let Live::Profile { user } = live { Some(*user) } else { None })
            .collect()
    }
}

impl Receiver for Heard {
    fn receive(&self, message: Live) {
        self.0.lock().push(message);
    }

    fn resync(&self) {}

    fn resync_streams(&self, _: &[StreamId]) {}
}

/// One node.
pub struct Node {
    pub store: SqlStore,
    pub people: People,
    pub sessions: Sessions,
    pub accounts: Accounts,
    pub presence: Arc<LocalPresence>,
    pub blobs: DiskBlobs,
    pub heard: Arc<Heard>,
    pub dir: Arc<tempfile::TempDir>,
}

impl Node {
    pub async fn start() -> Self {
        Self::with(Arc::new(LocalLimiter::off()), Registration::Open).await
    }

    pub async fn with(limiter: Arc<dyn RateLimiter>, registration: Registration) -> Self {
        let dir = Arc::new(tempfile::tempdir().expect("a folder"));
        let store = SqlStore::open(&DatabaseUrl::Sqlite(dir.path().join("studyhall.db"))).expect("opened");
        store.migrate().await.expect("migrated");
        let sessions = Arc::new(store.clone());
        Self::on(store, sessions, dir, limiter, registration)
    }

    /// Another node on the same database.
    pub fn beside(&self) -> Self {
        self.beside_with(Arc::new(self.store.clone()))
    }

    /// Another node on the same database, which asks `sessions` for sessions.
    pub fn beside_with(&self, sessions: Arc<dyn SessionStore>) -> Self {
        let limiter = Arc::new(LocalLimiter::off());
        Self::on(self.store.clone(), sessions, self.dir.clone(), limiter, Registration::Open)
    }

    fn on(
        store: SqlStore,
        session_store: Arc<dyn SessionStore>,
        dir: Arc<tempfile::TempDir>,
        limiter: Arc<dyn RateLimiter>,
        registration: Registration,
    ) -> Self {
        let (shared, heard) = (Arc::new(store.clone()), Arc::new(Heard::default()));
        let (fanout, presence) = (Arc::new(LocalFanout::new()), Arc::new(LocalPresence::new()));
        fanout.attach(heard.clone());
        let blobs = DiskBlobs::open(dir.path()).expect("opened");
        let people = People::new(shared.clone(), shared.clone(), presence.clone());
        let passwords = Passwords::with_cost(4);
        let secret = SecretString::from("a secret for tests, long enough for that");
        let sessions = Sessions::new(sessions::Parts {
            accounts: shared.clone(),
            sessions: session_store.clone(),
            limiter,
            fanout: fanout.clone(),
            people: people.clone(),
            passwords: passwords.clone(),
            keys: KeyRing::from_secrets(&[secret]).expect("long enough"),
            registration,
        });
        let ledger = shared.clone();
        let accounts = Accounts::new(accounts::Parts {
            accounts: shared.clone(),
            store: session_store,
            admin: shared,
            blobs: Arc::new(blobs.clone()),
            ledger: ledger.clone(),
            queue: Arc::new(LocalQueue::new(ledger)),
            fanout,
            people: people.clone(),
            passwords,
            sessions: sessions.clone(),
        });
        Self { store, people, sessions, accounts, presence, blobs, heard, dir }
    }

    pub async fn register(&self, username: &str) -> SignedIn {
        let form = Register { username: username.to_owned(), password: PASSWORD.to_owned(), ..Register::default() };
        self.sessions.register(form, &Client::default()).await.expect("registered")
    }

    pub async fn login(&self, username: &str, password: &str) -> Result<SignedIn, Error> {
        let form = Login { username: username.to_owned(), password: password.to_owned() };
        self.sessions.login(form, &Client::default()).await
    }

    pub async fn actor(&self, session: &SignedIn) -> Actor {
        self.sessions.authenticate(&session.access_token).await.expect("signed in")
    }

    /// Forgets who is about to refer to blobs, as time does.
    pub fn forget_holds(&self) {
        let database = rusqlite::Connection::open(self.dir.path().join("studyhall.db")).expect("opened");
        database.busy_timeout(Duration::from_secs(5)).expect("a timeout");
        database.execute("DELETE FROM blob_marks", []).expect("deleted");
    }

    /// Runs the tasks that are due. Gives how many there were.
    pub async fn run_tasks(&self) -> usize {
        let store = Arc::new(self.store.clone());
        let log = SqliteLog::open(self.dir.path()).expect("opened");
        let tasks = Tasks::new(tasks::Parts {
            store: store.clone(),
            queue: Arc::new(LocalQueue::new(store.clone())),
            audit: store.clone(),
            sessions: store.clone(),
            ledger: store.clone(),
            blobs: Arc::new(self.blobs.clone()),
            log: Arc::new(log.clone()),
            search: Arc::new(SqliteSearch::open(self.dir.path(), log).expect("opened")),
        });
        let claims = store.claim_tasks(now(), in_future(LEASE), 100).await.expect("claimed");
        let count = claims.len();
        for claim in claims {
            let ending = TaskRunner::run(&tasks, claim).await.expect("stored");
            assert!(!matches!(ending, Ending::Dead { .. } | Ending::Again { error: Some(_), .. }), "{ending:?}");
        }
        count
    }

    pub async fn set_presence(&self, user: UserId, state: studyhall_wire::Presence) {
        self.presence.set(user, state).await.expect("set");
    }
}

/// The code that a client would see.
pub fn code<T>(result: Result<T, Error>) -> &'static str {
    match result {
        Ok(_) => "ok",
        Err(error) => error.code().as_str(),
    }
}

/// The fields that a client would be told of, with their codes.
pub fn fields<T>(result: Result<T, Error>) -> Vec<String> {
    match result {
        Err(Error::Invalid(errors)) => errors.iter().map(|error| format!("{} {}", error.field, error.code)).collect(),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("passed"),
    }
}

/// Waits until `done` says so, a second at most.
pub async fn within_a_second(done: impl AsyncFn() -> bool) {
    for _ in 0..100 {
        if done().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("not within a second");
}
