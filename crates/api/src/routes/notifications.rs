//! One's own notifications.

use actix_web::{Responder, web::Data};
use serde::Deserialize;
use studyhall_domain::Error;
use studyhall_wire::{Count, Notification, NotificationId, Page};
use utoipa::IntoParams;

use crate::{
    Api, Result,
    endpoint::Endpoint,
    extract::{Caller, Limit, Path, Query},
    respond::{Json, NoContent},
};

pub fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::at("/notifications").get(list),
        Endpoint::at("/notifications/unread-count").get(count_unread),
        Endpoint::at("/notifications/read-all").post(read_all),
        Endpoint::at("/notifications/{id}/read").post(read),
    ]
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListNotifications {
    /// Only those that were not read.
    #[serde(default)]
    unread: bool,
    cursor: Option<String>,
    #[serde(default)]
    #[param(value_type = Option<u32>, minimum = 1, maximum = 200)]
    limit: Limit,
}

impl ListNotifications {
    fn before(&self) -> Result<Option<NotificationId>> {
        let before = self.cursor.as_deref().map(str::parse).transpose();
        let wrong = || Error::invalid("cursor", "invalid", "Use the next_cursor of the page before.");
        before.map_err(|_| wrong().into())
    }
}

/// One's notifications, the newest first, in the language of one's locale.
#[utoipa::path(
    get, path = "/api/v1/notifications", tag = "notifications", params(ListNotifications),
    responses((status = 200, body = Page<Notification>))
)]
pub async fn list(
    Caller(actor): Caller,
    api: Data<Api>,
    Query(query): Query<ListNotifications>,
) -> Result<impl Responder> {
    let limit = query.limit.get()?;
    Ok(Json(api.app.notifications.list(&actor, query.unread, query.before()?, limit).await?))
}

/// How many were not read.
#[utoipa::path(
    get, path = "/api/v1/notifications/unread-count", tag = "notifications", responses((status = 200, body = Count))
)]
pub async fn count_unread(Caller(actor): Caller, api: Data<Api>) -> Result<impl Responder> {
    Ok(Json(api.app.notifications.count_unread(&actor).await?))
}

/// Marks one as read, on all of one's devices.
#[utoipa::path(
    post, path = "/api/v1/notifications/{id}/read", tag = "notifications", params(("id" = NotificationId, Path)),
    responses((status = 204), (status = 404))
)]
pub async fn read(Caller(actor): Caller, api: Data<Api>, Path(id): Path<NotificationId>) -> Result<impl Responder> {
    api.app.notifications.read(&actor, id).await?;
    Ok(NoContent)
}

/// Marks all as read, on all of one's devices.
#[utoipa::path(post, path = "/api/v1/notifications/read-all", tag = "notifications", responses((status = 204)))]
pub async fn read_all(Caller(actor): Caller, api: Data<Api>) -> Result<impl Responder> {
    api.app.notifications.read_all(&actor).await?;
    Ok(NoContent)
}
