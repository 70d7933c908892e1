//! SQL types that each database stores in its own way, and the domain's types that are read from and written to them.
//!
//! | type | SQLite | PostgreSQL |
//! |---|---|---|
//! | [`Id`] | `BLOB`, 16 bytes | `uuid` |
//! | [`Instant`] | `INTEGER`, milliseconds since 1970 | `timestamptz` |
//! | [`Label`] | `TEXT` | `text` |
//! | [`JsonDoc`] | `TEXT` | `jsonb` |

use std::io::Write as _;

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, Queryable},
    expression::{AsExpression, TypedExpressionType},
    internal::derives::as_expression::Bound,
    pg::{Pg, PgValue},
    query_builder::QueryId,
    serialize::{self, IsNull, Output, ToSql},
    sql_types::{BigInt, Binary, SqlType, Text},
    sqlite::{Sqlite, SqliteValue},
};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _},
};
use studyhall_wire::{
    AuditId, AuditOutcome, ConversationId, ConversationKind, DmPolicy, GroupId, GroupRole, JoinPolicy, NotificationId,
    NotificationKind, NotifyLevel, ReportAction, ReportId, ReportState, Role, SessionId, StreamId, TaskId, TaskState,
    Timestamp, UserId, Visibility,
};
use uuid::Uuid;

/// A UUID.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Binary"))]
#[diesel(postgres_type(oid = 2950, array_oid = 2951))]
pub struct Id;

/// A [`Timestamp`].
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Long"))]
#[diesel(postgres_type(oid = 1184, array_oid = 1185))]
pub struct Instant;

/// One word of a closed list.
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 25, array_oid = 1009))]
pub struct Label;

/// A JSON document: see [`Json`].
#[derive(Clone, Copy, Debug, Default, QueryId, SqlType)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 3802, array_oid = 3807))]
pub struct JsonDoc;

/// A value on its way into a query. Diesel takes a type of another crate there only in a type of this one.
#[derive(Clone, Copy, Debug)]
pub struct Bind<T>(pub T);

impl<T, ST: SqlType + TypedExpressionType> AsExpression<ST> for Bind<T> {
    type Expression = Bound<ST, Self>;

    fn as_expression(self) -> Self::Expression {
        Bound::new(self)
    }
}

impl<'a, T, ST: SqlType + TypedExpressionType> AsExpression<ST> for &'a Bind<T> {
    type Expression = Bound<ST, &'a Bind<T>>;

    fn as_expression(self) -> Self::Expression {
        Bound::new(self)
    }
}

impl<T: ToSql<ST, DB>, ST, DB: Backend> ToSql<ST, DB> for Bind<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// Lets a type that has `FromSql` stand in rows: what `derive(FromSqlRow)` writes for types of this crate.
macro_rules! column {
    ($sql:ty: $rust:ty $(, $param:ident)?) => {
        impl<$($param,)? DB: Backend> Queryable<$sql, DB> for $rust
        where
            Self: FromSql<$sql, DB>,
        {
            type Row = Self;

            fn build(row: Self::Row) -> deserialize::Result<Self> {
                Ok(row)
            }
        }
    };
}

macro_rules! ids {
    ($($id:ty),* $(,)?) => {$(
        impl ToSql<Id, Sqlite> for $id {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(self.as_ref_uuid().as_bytes().as_slice());
                Ok(IsNull::No)
            }
        }

        impl ToSql<Id, Pg> for $id {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                out.write_all(self.as_ref_uuid().as_bytes())?;
                Ok(IsNull::No)
            }
        }

        impl FromSql<Id, Sqlite> for $id {
            fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
                Ok(Uuid::from_slice(value.read_blob())?.into())
            }
        }

        impl FromSql<Id, Pg> for $id {
            fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
                Ok(Uuid::from_slice(value.as_bytes())?.into())
            }
        }
    )*};
}

/// The UUID in an id.
trait AsRefUuid {
    fn as_ref_uuid(&self) -> &Uuid;
}

impl AsRefUuid for Uuid {
    fn as_ref_uuid(&self) -> &Uuid {
        self
    }
}

macro_rules! id_newtypes {
    ($($id:ty),* $(,)?) => {
        $(impl AsRefUuid for $id {
            fn as_ref_uuid(&self) -> &Uuid {
                &self.0
            }
        })*
        $(column!(Id: $id);)*
        ids!($($id),*);
    };
}

// Diesel itself lets it stand in rows.
ids!(Uuid);
id_newtypes!(UserId, SessionId, ConversationId, GroupId, StreamId, TaskId, NotificationId, ReportId, AuditId);

column!(Instant: Timestamp);

/// Milliseconds from 1970 to 2000, where PostgreSQL counts from.
const POSTGRES_EPOCH_MS: i64 = 946_684_800_000;

impl ToSql<Instant, Sqlite> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.as_millis());
        Ok(IsNull::No)
    }
}

impl ToSql<Instant, Pg> for Timestamp {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let micros = (self.as_millis() - POSTGRES_EPOCH_MS) * 1_000;
        ToSql::<BigInt, Pg>::to_sql(&micros, &mut out.reborrow())
    }
}

impl FromSql<Instant, Sqlite> for Timestamp {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self::from_millis(value.read_long()))
    }
}

impl FromSql<Instant, Pg> for Timestamp {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let micros = <i64 as FromSql<BigInt, Pg>>::from_sql(value)?;
        Ok(Self::from_millis(micros.div_euclid(1_000) + POSTGRES_EPOCH_MS))
    }
}

/// The words of closed lists.
macro_rules! labels {
    ($($label:ident { $($variant:ident = $word:literal),* $(,)? })*) => {$(
        column!(Label: $label);

        impl ToSql<Label, Sqlite> for $label {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
                out.set_value(match self { $(Self::$variant => $word,)* });
                Ok(IsNull::No)
            }
        }

        impl ToSql<Label, Pg> for $label {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
                out.write_all(match self { $(Self::$variant => $word,)* }.as_bytes())?;
                Ok(IsNull::No)
            }
        }

        impl<DB: Backend> FromSql<Label, DB> for $label
        where
            String: FromSql<Text, DB>,
        {
            fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
                match String::from_sql(value)?.as_str() {
                    $($word => Ok(Self::$variant),)*
                    other => Err(format!("{other:?} is no {}", stringify!($label)).into()),
                }
            }
        }
    )*};
}

labels! {
    Role { Superuser = "superuser", Admin = "admin", Moderator = "moderator", User = "user", Guest = "guest" }
    DmPolicy { Everyone = "everyone", Friends = "friends", Nobody = "nobody" }
    ConversationKind { Direct = "direct", Group = "group" }
    AuditOutcome { Done = "done", Denied = "denied" }
    NotificationKind {
        Mention = "mention", DirectMessage = "direct_message", FriendRequest = "friend_request",
        FriendAccepted = "friend_accepted", GroupInvite = "group_invite", JoinRequest = "join_request",
        JoinApproved = "join_approved", JoinDenied = "join_denied", RoleChanged = "role_changed",
        FileShared = "file_shared", ReportResolved = "report_resolved", Reminder = "reminder", Security = "security",
    }
    GroupRole { Owner = "owner", Admin = "admin", Moderator = "moderator", Member = "member" }
    Visibility { Public = "public", Private = "private" }
    JoinPolicy { Open = "open", Approval = "approval", Invite = "invite" }
    ReportState { Open = "open", Resolved = "resolved" }
    ReportAction { Dismiss = "dismiss", DeleteMessage = "delete_message", SuspendUser = "suspend_user" }
    NotifyLevel { All = "all", Mentions = "mentions", None = "none" }
    TaskState { Queued = "queued", Running = "running", Done = "done", Dead = "dead" }
}

/// Bytes, in an archive as lower-case hex.
#[derive(Clone, Debug)]
pub struct Hex(pub Vec<u8>);

column!(Binary: Hex);

impl<DB: Backend> ToSql<Binary, DB> for Hex
where
    Vec<u8>: ToSql<Binary, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

impl<DB: Backend> FromSql<Binary, DB> for Hex
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Vec::from_sql(value).map(Self)
    }
}

impl Serialize for Hex {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&hex::encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        hex::decode(String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

/// A value that is stored as its JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

column!(JsonDoc: Json<T>, T);

/// PostgreSQL's binary `jsonb` opens with the number of its format.
const JSONB_VERSION: u8 = 1;

impl<T: std::fmt::Debug + Serialize> ToSql<JsonDoc, Sqlite> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(serde_json::to_string(&self.0)?);
        Ok(IsNull::No)
    }
}

impl<T: std::fmt::Debug + Serialize> ToSql<JsonDoc, Pg> for Json<T> {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        out.write_all(&[JSONB_VERSION])?;
        serde_json::to_writer(out, &self.0)?;
        Ok(IsNull::No)
    }
}

impl<T: DeserializeOwned> FromSql<JsonDoc, Sqlite> for Json<T> {
    fn from_sql(mut value: SqliteValue<'_, '_, '_>) -> deserialize::Result<Self> {
        Ok(Self(serde_json::from_str(value.read_text())?))
    }
}

impl<T: DeserializeOwned> FromSql<JsonDoc, Pg> for Json<T> {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        match value.as_bytes() {
            [JSONB_VERSION, json @ ..] => Ok(Self(serde_json::from_slice(json)?)),
            _ => Err("an unknown format of jsonb".into()),
        }
    }
}
