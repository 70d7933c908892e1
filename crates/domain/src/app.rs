//! The domain put together: one service per aggregate over one set of ports.

use std::sync::Arc;

use studyhall_wire::{Seq, StreamId, UserId};

use crate::{
    accounts::Accounts,
    admin::Admin,
    appender::Appender,
    conversations::Conversations,
    friends::Friends,
    groups::Groups,
    messages::Messages,
    notifications::{Letters, Notifications},
    outbox::Outbox,
    people::People,
    ports::{
        AccountStore, AdminStore, AuditStore, BlobLedger, BlobStore, ConversationStore, EventLog, Fanout, FriendStore,
        GroupStore, Health, LiveEvent, NotificationStore, PresenceStore, RateLimiter, Receiver, ReportStore,
        SearchIndex, SessionStore, TaskQueue, TaskStore,
    },
    reads::Reads,
    reports::Reports,
    search::Search,
    sessions::Sessions,
    tasks::{self, Tasks},
    views::Views,
};

/// Every port, each with the implementation that the mode calls for.
#[derive(Clone)]
pub struct Ports {
    pub accounts: Arc<dyn AccountStore>,
    pub sessions: Arc<dyn SessionStore>,
    pub conversations: Arc<dyn ConversationStore>,
    pub notifications: Arc<dyn NotificationStore>,
    pub audit: Arc<dyn AuditStore>,
    pub friends: Arc<dyn FriendStore>,
    pub groups: Arc<dyn GroupStore>,
    pub admin: Arc<dyn AdminStore>,
    pub reports: Arc<dyn ReportStore>,
    pub log: Arc<dyn EventLog>,
    pub search: Arc<dyn SearchIndex>,
    pub blobs: Arc<dyn BlobStore>,
    pub ledger: Arc<dyn BlobLedger>,
    pub tasks: Arc<dyn TaskStore>,
    pub queue: Arc<dyn TaskQueue>,
    pub fanout: Arc<dyn Fanout>,
    pub presence: Arc<dyn PresenceStore>,
    pub limiter: Arc<dyn RateLimiter>,
    /// What `/readyz` asks.
    pub health: Vec<Arc<dyn Health>>,
}

impl std::fmt::Debug for Ports {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}

/// The services that handlers and sockets call.
#[derive(Debug)]
pub struct App {
    pub ports: Ports,
    pub people: Arc<People>,
    pub accounts: Accounts,
    pub sessions: Sessions,
    pub conversations: Conversations,
    pub friends: Friends,
    pub groups: Groups,
    pub messages: Messages,
    pub notifications: Notifications,
    pub admin: Admin,
    pub reports: Reports,
    pub search: Search,
    pub tasks: Tasks,
    pub views: Arc<Views>,
    appender: Arc<Appender>,
    outbox: Arc<Outbox>,
    reads: Arc<Reads>,
}

impl App {
    /// Puts the services together. `accounts` and `sessions` come made, since they carry keys and configuration.
    pub fn new(ports: Ports, people: Arc<People>, accounts: Accounts, sessions: Sessions) -> Arc<Self> {
        let p = ports.clone();
        let letters = Letters::new(p.notifications.clone(), p.accounts.clone());
        let views = Views::new(p.conversations.clone(), p.log.clone(), people.clone(), letters.clone());
        let appender =
            Appender::new(p.log.clone(), p.fanout.clone(), p.search.clone(), p.conversations.clone(), views.clone());
        let outbox = Outbox::new(p.conversations.clone(), appender.clone());
        let reads = Reads::new(p.conversations.clone(), appender.clone());
        let conversations = Conversations {
            store: p.conversations.clone(),
            accounts: p.accounts.clone(),
            friends: p.friends.clone(),
            log: p.log.clone(),
            outbox: outbox.clone(),
            reads: reads.clone(),
            views: views.clone(),
        };
        let friends = Friends {
            store: p.friends,
            people: people.clone(),
            limiter: p.limiter.clone(),
            outbox: outbox.clone(),
            appender: appender.clone(),
            fanout: p.fanout.clone(),
        };
        let groups = Groups {
            store: p.groups,
            audit: p.audit.clone(),
            people: people.clone(),
            accounts: accounts.clone(),
            limiter: p.limiter.clone(),
            outbox: outbox.clone(),
        };
        let messages = Messages {
            log: p.log.clone(),
            appender: appender.clone(),
            accounts: p.accounts,
            conversations: p.conversations.clone(),
            limiter: p.limiter.clone(),
            views: views.clone(),
        };
        let notifications = Notifications { store: p.notifications, letters, outbox: outbox.clone() };
        let tasks = Tasks::new(tasks::Parts {
            store: p.tasks,
            audit: p.audit.clone(),
            queue: p.queue,
            sessions: p.sessions,
            ledger: p.ledger,
            blobs: p.blobs,
            log: p.log.clone(),
            search: p.search.clone(),
        });
        let admin = Admin {
            store: p.admin,
            log: p.audit,
            people: people.clone(),
            sessions: sessions.clone(),
            fanout: p.fanout,
            outbox: outbox.clone(),
        };
        let reports = Reports {
            store: p.reports,
            log: p.log.clone(),
            people: people.clone(),
            sessions: sessions.clone(),
            outbox: outbox.clone(),
        };
        let search = Search { index: p.search, log: p.log, store: p.conversations, limiter: p.limiter };
        Arc::new(Self {
            ports,
            people,
            accounts,
            sessions,
            conversations,
            friends,
            groups,
            messages,
            notifications,
            admin,
            reports,
            search,
            tasks,
            views,
            appender,
            outbox,
            reads,
        })
    }

    /// What this user may do somewhere has changed: what was remembered of it here is not asked any more.
    pub fn recheck(&self, user: UserId) {
        self.appender.recheck(user);
    }

    /// These events are in the log, from `first` on, written by whichever node.
    pub fn heard(&self, stream: StreamId, first: Seq, events: &[LiveEvent]) {
        self.appender.heard(stream, first, events);
    }

    /// What goes on beside requests, for ever: sweeping the outbox and read cursors, following revocations, tasks.
    pub async fn run(self: Arc<Self>, receiver: Arc<dyn Receiver>) {
        let tidy = async {
            loop {
                tokio::time::sleep(std::time::Duration::from_mins(1)).await;
                self.appender.tidy();
            }
        };
        tokio::join!(
            self.outbox.sweep(),
            self.reads.sweep(),
            self.sessions.follow_revocations(receiver),
            self.notifications.tidy(),
            self.tasks.run(),
            self.admin.keep(),
            tidy
        );
    }
}
