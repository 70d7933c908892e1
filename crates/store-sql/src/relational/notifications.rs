//! Notifications, each made in the transaction of what it tells of.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use studyhall_domain::{
    Result,
    notifications::Notice,
    ports::{InboxFact, NotificationStore, StoredNotification},
};
use studyhall_wire::{NotificationId, NotificationKind, NotificationRead, Timestamp, UserId};

use super::{
    SqlStore,
    conversations::ConversationSteps as _,
    failure::{Failure, Outcome},
    transaction::{steps, with_conn},
    types::{Bind, Json},
};
use crate::schema::notifications;

#[derive(Queryable, Selectable)]
#[diesel(table_name = notifications)]
struct NotificationRow {
    id: NotificationId,
    user_id: UserId,
    kind: NotificationKind,
    data: Json<Value>,
    created_at: Timestamp,
    read_at: Option<Timestamp>,
}

impl TryFrom<NotificationRow> for StoredNotification {
    type Error = Failure;

    fn try_from(row: NotificationRow) -> Outcome<Self> {
        let NotificationRow { id, user_id: user, kind, data, created_at, read_at } = row;
        Ok(Self { id, user, notice: Notice::parse(kind, data.0)?, created_at, read_at })
    }
}

steps! {
    /// What use cases of any kind do to tell somebody.
    pub(super) trait NotificationSteps {
        /// Tells `user` of something that this transaction does, and owes the inbox `notification.created`. The
        /// caller flushes the outbox once it has committed.
        ///
        /// The event's actor is the reader, whatever the notice is about: who did it stands in the notice, as far as
        /// the reader may know, and an event without an actor would have no idempotency key.
        async fn notify(conn, user: UserId, notice: &Notice, now: Timestamp) -> Outcome<NotificationId> {
            let id = NotificationId::new();
            diesel::insert_into(notifications::table)
                .values((
                    notifications::id.eq(Bind(id)),
                    notifications::user_id.eq(Bind(user)),
                    notifications::kind.eq(Bind(notice.kind())),
                    notifications::data.eq(Bind(Json(notice.data()?))),
                    notifications::created_at.eq(Bind(now)),
                ))
                .execute(conn)
                .await?;
            conn.owe(user.into(), Some(user), InboxFact::NotificationCreated { id }, now).await?;
            Ok(id)
        }
    }
}

#[async_trait]
impl NotificationStore for SqlStore {
    async fn notifications(
        &self,
        user: UserId,
        unread: bool,
        before: Option<NotificationId>,
        limit: u32,
    ) -> Result<Vec<StoredNotification>> {
        with_conn!(self, Read, |conn| {
            let mut newest = notifications::table
                .filter(notifications::user_id.eq(Bind(user)))
                .order(notifications::id.desc())
                .limit(i64::from(limit))
                .select(NotificationRow::as_select())
                .into_boxed();
            if unread {
                newest = newest.filter(notifications::read_at.is_null());
            }
            if let Some(before) = before {
                newest = newest.filter(notifications::id.lt(Bind(before)));
            }
            let rows: Vec<NotificationRow> = newest.load(conn).await?;
            rows.into_iter().map(StoredNotification::try_from).collect()
        })
    }

    async fn notification(&self, user: UserId, id: NotificationId) -> Result<Option<StoredNotification>> {
        with_conn!(self, Read, |conn| {
            let row: Option<NotificationRow> = notifications::table
                .find(Bind(id))
                .filter(notifications::user_id.eq(Bind(user)))
                .select(NotificationRow::as_select())
                .first(conn)
                .await
                .optional()?;
            row.map(StoredNotification::try_from).transpose()
        })
    }

    async fn count_unread(&self, user: UserId) -> Result<u64> {
        with_conn!(self, Read, |conn| {
            let count: i64 = notifications::table
                .filter(notifications::user_id.eq(Bind(user)))
                .filter(notifications::read_at.is_null())
                .count()
                .get_result(conn)
                .await?;
            Ok(count.unsigned_abs())
        })
    }

    async fn mark_notification_read(&self, user: UserId, id: NotificationId, now: Timestamp) -> Result<bool> {
        with_conn!(self, Write, |conn| {
            let read: Option<Option<Timestamp>> = notifications::table
                .find(Bind(id))
                .filter(notifications::user_id.eq(Bind(user)))
                .select(notifications::read_at)
                .first(conn)
                .await
                .optional()?;
            let Some(read_at) = read else { return Ok(false) };
            if read_at.is_none() {
                diesel::update(notifications::table.find(Bind(id)))
                    .set(notifications::read_at.eq(Some(Bind(now))))
                    .execute(conn)
                    .await?;
                let fact = InboxFact::NotificationRead(NotificationRead::one(id));
                conn.owe(user.into(), Some(user), fact, now).await?;
            }
            Ok(true)
        })
    }

    async fn mark_notifications_read(&self, user: UserId, now: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            let unread = notifications::table
                .filter(notifications::user_id.eq(Bind(user)))
                .filter(notifications::read_at.is_null());
            let read = diesel::update(unread).set(notifications::read_at.eq(Some(Bind(now)))).execute(conn).await?;
            if read > 0 {
                let fact = InboxFact::NotificationRead(NotificationRead::all());
                conn.owe(user.into(), Some(user), fact, now).await?;
            }
            Ok(())
        })
    }

    async fn notify(&self, user: UserId, notice: &Notice, now: Timestamp) -> Result<NotificationId> {
        let notice = notice.clone();
        with_conn!(self, Write, |conn| { NotificationSteps::notify(conn, user, &notice, now).await })
    }

    async fn prune_notifications(&self, before: Timestamp) -> Result<()> {
        with_conn!(self, Write, |conn| {
            diesel::delete(notifications::table.filter(notifications::created_at.lt(Bind(before))))
                .execute(conn)
                .await?;
            Ok(())
        })
    }
}
