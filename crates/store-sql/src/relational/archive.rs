//! Every table as rows of JSON and back, the same for both databases: for backups, and for moving between modes.
//!
//! A dump reads all tables at one moment. A load is one transaction into an empty instance: it happens whole or not at
//! all. A table or a column that a migration adds belongs into the list below; a test compares it with the schema.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use studyhall_domain::{
    Error, Result,
    ports::{BlobId, OutboxFact},
};
use studyhall_wire::{
    AuditOutcome, ConversationKind, DmPolicy, GroupRole, JoinPolicy, NotificationKind, NotifyLevel, ReportAction,
    ReportState, Role, TaskState, Timestamp, Visibility,
};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::{
    DEPENDENCY, SqlStore,
    blobs::BlobSteps as _,
    failure::{Failure, Outcome},
    marks::{IMPORTING, MarkSteps as _},
    transaction::{steps, with_conn},
    types::{Bind, Hex, Json},
};
use crate::schema;

/// Rows read, and handed on, at once.
const CHUNK: u16 = 500;

/// Some rows of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableRows {
    pub table: String,
    /// How many lines there are.
    pub rows: usize,
    /// A JSON object each, with the columns' names as keys.
    pub lines: Vec<u8>,
}

/// What a dump gives, in this order.
#[derive(Debug)]
pub enum Dumped {
    /// This is the moment of which all of it is.
    Begun,
    Rows(TableRows),
    /// Blobs that the rows refer to, each once.
    Blobs(Vec<BlobId>),
}

/// What a load takes.
#[derive(Debug)]
pub enum Loading {
    Rows(TableRows),
    /// To be answered once the rows before it are in.
    Sync(oneshot::Sender<()>),
    /// That was all. A load that does not hear this changes nothing.
    End,
}

/// The tables that are not archived, and why.
pub const NOT_ARCHIVED: &[(&str, &str)] = &[
    ("blob_marks", "of the moment: what held them is in processes, and what is doomed is nobody's"),
    ("marks", "of this instance alone"),
];

/// What migrations and a first start leave in an empty instance. A load replaces it.
const MADE_AT_START: [&str; 3] = ["counters", "audit_head", "tasks"];

/// Rows whose key comes after a row's, in the order of the key.
macro_rules! after {
    ($row:ident, $key:ident) => {
        dsl::$key.gt(Bind($row.$key.clone()))
    };
    // Said so that an index leads to the first of them.
    ($row:ident, $first:ident, $second:ident) => {
        dsl::$first
            .ge(Bind($row.$first.clone()))
            .and(dsl::$first.gt(Bind($row.$first.clone())).or(dsl::$second.gt(Bind($row.$second.clone()))))
    };
}

/// `table by key { column: type, …; nullable: type, … }`, in an order in which a row comes after those it refers to.
/// The columns before the semicolon are never null. What is `numbered` gets its number from the database, in the order
/// of the rows.
macro_rules! tables {
    ($(
        $table:ident by $($key:ident),+ $(numbered ($number:ident: $int:ty))?
        { $($column:ident: $ty:ty),*; $($nullable:ident: $nty:ty),* $(,)? }
    )*) => {
        $(mod $table {
            use super::*;

            /// A row as it stands in an archive. One of a version before may lack columns that can be null.
            #[derive(Deserialize, Serialize)]
            #[serde(deny_unknown_fields)]
            pub(super) struct Row {
                $(pub(super) $number: $int,)?
                $(pub(super) $column: $ty,)*
                $(pub(super) $nullable: Option<$nty>,)*
            }

            pub(super) type Columns = ($($int,)? $($ty,)* $(Option<$nty>,)*);

            impl From<Columns> for Row {
                fn from(($($number,)? $($column,)* $($nullable,)*): Columns) -> Self {
                    Self { $($number,)? $($column,)* $($nullable,)* }
                }
            }
        })*

        /// The tables that are archived, with their columns.
        pub const ARCHIVED: &[(&str, &[&str])] = &[$((
            stringify!($table),
            &[$(stringify!($number),)? $(stringify!($column),)* $(stringify!($nullable),)*],
        ),)*];

        steps! {
            trait ArchiveSteps {
                /// Every row of every table.
                async fn dump_tables(conn, out: &mpsc::Sender<Dumped>) -> Outcome<()> {
                    $({
                        use schema::$table::dsl;
                        let mut last: Option<$table::Row> = None;
                        loop {
                            let mut page = dsl::$table
                                .select(($(dsl::$number,)? $(dsl::$column,)* $(dsl::$nullable,)*))
                                .order(($(dsl::$key,)+))
                                .limit(CHUNK.into())
                                .into_boxed();
                            if let Some(row) = &last {
                                page = page.filter(after!(row, $($key),+));
                            }
                            let rows: Vec<$table::Columns> = page.load(conn).await?;
                            let rows: Vec<_> = rows.into_iter().map($table::Row::from).collect();
                            if !rows.is_empty() {
                                hand_on(out, Dumped::Rows(to_lines(stringify!($table), &rows)?)).await?;
                            }
                            if rows.len() < usize::from(CHUNK) {
                                break;
                            }
                            last = rows.into_iter().last();
                        }
                    })*
                    Ok(())
                }

                /// Inserts what a dump gave.
                async fn insert_rows(conn, some: &TableRows) -> Outcome<()> {
                    let lines = some.lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
                    match some.table.as_str() {
                        $(stringify!($table) => {
                            use schema::$table::dsl;
                            for line in lines {
                                let row: $table::Row = serde_json::from_slice(line).map_err(|error| no_row(some, &error))?;
                                diesel::insert_into(dsl::$table)
                                    .values((
                                        $(dsl::$column.eq(Bind(row.$column)),)*
                                        $(dsl::$nullable.eq(row.$nullable.map(Bind)),)*
                                    ))
                                    .execute(conn)
                                    .await?;
                            }
                        })*
                        _ => return Err(no_row(some, &"this version knows no such table")),
                    }
                    Ok(())
                }

                /// A table that has rows which no start makes.
                async fn first_filled(conn) -> Outcome<Option<&'static str>> {
                    $(if !MADE_AT_START.contains(&stringify!($table)) {
                        let rows: i64 = schema::$table::table.count().get_result(conn).await?;
                        if rows > 0 {
                            return Ok(Some(stringify!($table)));
                        }
                    })*
                    Ok(None)
                }
            }
        }
    };
}

tables! {
    accounts by id {
        id: Uuid, username: String, display_name: String, bio: String, role: Role, password_hash: String,
        dm_policy: DmPolicy, locale: String, timezone: String, created_at: Timestamp;
        avatar: String, email: String, email_key: String, pending_email: String, suspended_at: Timestamp,
        deleted_at: Timestamp
    }
    account_names by key, account_id { key: String, account_id: Uuid; }
    sessions by id {
        id: Uuid, user_id: Uuid, created_at: Timestamp, last_used_at: Timestamp;
        ip: String, user_agent: String, ended_at: Timestamp
    }
    refresh_tokens by hash { hash: Hex, session_id: Uuid, created_at: Timestamp; spent_at: Timestamp, successor: Hex }
    counters by name { name: String, value: i64; }
    revocations by number { number: i64, created_at: Timestamp; session_id: Uuid, user_id: Uuid }
    friendships by user_id, friend_id { user_id: Uuid, friend_id: Uuid, created_at: Timestamp; }
    friend_requests by asker_id, asked_id { asker_id: Uuid, asked_id: Uuid, created_at: Timestamp; }
    blocks by blocker_id, blocked_id { blocker_id: Uuid, blocked_id: Uuid, created_at: Timestamp; }
    groups by id {
        id: Uuid, name: String, description: String, visibility: Visibility, join_policy: JoinPolicy, owner_id: Uuid,
        created_at: Timestamp;
        avatar: String, archived_at: Timestamp, deleted_at: Timestamp
    }
    group_names by key, group_id { key: String, group_id: Uuid; }
    join_requests by group_id, user_id { group_id: Uuid, user_id: Uuid, created_at: Timestamp; }
    group_bans by group_id, user_id {
        group_id: Uuid, user_id: Uuid, reason: String, banned_by: Uuid, created_at: Timestamp;
    }
    invites by code {
        code: String, group_id: Uuid, created_by: Uuid, uses: i64, created_at: Timestamp;
        invitee_id: Uuid, max_uses: i64, expires_at: Timestamp
    }
    conversations by id {
        id: Uuid, kind: ConversationKind, created_at: Timestamp, member_count: i64;
        group_id: Uuid, direct_low: Uuid, direct_high: Uuid
    }
    memberships by conversation_id, user_id {
        conversation_id: Uuid, user_id: Uuid, read_seq: i64, announced_seq: i64, notify: NotifyLevel,
        joined_at: Timestamp;
        role: GroupRole
    }
    notifications by id {
        id: Uuid, user_id: Uuid, kind: NotificationKind, data: Json<Value>, created_at: Timestamp; read_at: Timestamp
    }
    audit_log by number {
        number: i64, id: Uuid, at: Timestamp, action: String, detail: String, outcome: AuditOutcome, prev_hash: Hex,
        hash: Hex;
        actor_id: Uuid, target: String
    }
    audit_head by only_one { only_one: i32, number: i64, hash: Hex; }
    password_resets by hash { hash: Hex, user_id: Uuid, created_at: Timestamp, expires_at: Timestamp; }
    reports by id {
        id: Uuid, conversation_id: Uuid, seq: i64, author_id: Uuid, reporter_id: Uuid, reason: String,
        state: ReportState, created_at: Timestamp;
        action: ReportAction, note: String, resolved_by: Uuid, resolved_at: Timestamp
    }
    outbox by number numbered (number: i64) {
        id: Uuid, stream: Uuid, fact: Json<OutboxFact>, created_at: Timestamp; actor: Uuid
    }
    // Whoever ran one has a lease that ends; then it is due again.
    tasks by id {
        id: Uuid, kind: String, payload: Json<Value>, state: TaskState, run_at: Timestamp, attempts: i32,
        created_at: Timestamp;
        lease: Uuid, lease_until: Timestamp, error: String, recurring_kind: String, finished_at: Timestamp
    }
}

fn to_lines(table: &str, rows: &[impl Serialize]) -> Result<TableRows> {
    let mut lines = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut lines, row).map_err(Error::internal)?;
        lines.push(b'\n');
    }
    Ok(TableRows { table: table.to_owned(), rows: rows.len(), lines })
}

async fn hand_on(out: &mpsc::Sender<Dumped>, dumped: Dumped) -> Result<()> {
    out.send(dumped).await.map_err(|_| Error::internal("nobody takes the dump"))
}

fn no_row(some: &TableRows, error: &dyn std::fmt::Display) -> Failure {
    Failure::Rule(Error::Malformed(format!("table {}: {error}", some.table).into()))
}

impl SqlStore {
    /// Sends every row of every table, and the blobs that they refer to, to `out`, all of one moment.
    pub async fn dump(&self, out: mpsc::Sender<Dumped>) -> Result<()> {
        with_conn!(self, Snapshot, |conn| {
            hand_on(&out, Dumped::Begun).await?;
            conn.dump_tables(&out).await?;
            let mut last = String::new();
            loop {
                let blobs = conn.referred_after(&last, CHUNK.into()).await?;
                let Some(blob) = blobs.last() else { return Ok(()) };
                last.clone_from(&blob.0);
                hand_on(&out, Dumped::Blobs(blobs)).await?;
            }
        })
    }

    /// Marks an empty instance as one that an archive is being read into, so that it does not serve until that is done.
    /// Gives a table that is not empty, where there is one; then nothing was marked.
    pub async fn begin_import(&self, now: Timestamp) -> Result<Option<&'static str>> {
        with_conn!(self, Write, |conn| {
            let filled = conn.first_filled().await?;
            if filled.is_none() {
                conn.set_instance_mark(IMPORTING, now).await?;
            }
            Ok(filled)
        })
    }

    /// Fills an instance that was [marked](Self::begin_import) with what a dump gave, in its order, in one transaction.
    /// Says `begun` when nobody else can do so any more.
    ///
    /// # Errors
    /// `Malformed` for rows that this version cannot take, and where [`Loading::End`] does not come: then nothing changes.
    pub async fn load(&self, rows: mpsc::Receiver<Loading>, begun: oneshot::Sender<()>) -> Result<()> {
        let given = Mutex::new(Some((rows, begun)));
        with_conn!(self, Load, |conn| {
            // What was taken cannot be taken again: this runs once.
            let given = given.lock().take();
            let (mut rows, begun) =
                given.ok_or_else(|| Error::unavailable(DEPENDENCY, "something else changed the database"))?;
            // Its lock is what another import waits for in vain.
            let mark = schema::marks::table.find(IMPORTING);
            let marked = diesel::update(mark).set(schema::marks::name.eq(IMPORTING)).execute(conn).await?;
            if marked != 1 || conn.first_filled().await?.is_some() {
                return Err(Error::internal("something else filled the database").into());
            }
            diesel::delete(schema::counters::table).execute(conn).await?;
            diesel::delete(schema::audit_head::table).execute(conn).await?;
            diesel::delete(schema::tasks::table).execute(conn).await?;
            // Who does not wait for it does not mind.
            let _ = begun.send(());
            loop {
                match rows.recv().await {
                    Some(Loading::Rows(some)) => conn.insert_rows(&some).await?,
                    Some(Loading::Sync(are_in)) => drop(are_in.send(())),
                    Some(Loading::End) => break,
                    None => return Err(Error::Malformed("the rows ended early".into()).into()),
                }
            }
            diesel::delete(mark).execute(conn).await?;
            Ok(())
        })
    }
}
