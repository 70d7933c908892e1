//! One notification, and the place that it leads to.

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use studyhall_wire::{Notification, NotificationId, NotificationKind};

use crate::{
    route::{FriendsTab, GroupTab, Route, Section},
    state::use_desk,
    t,
    ui::{Icon, IconName, RelativeTime, VisuallyHidden, element_id},
};

/// A line of the panel. Following it marks it as read.
#[component]
pub fn Line(id: NotificationId, open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    // The line goes with its notification; until it has gone, it shows what it last was.
    let item = Memo::new(move |before: Option<&Option<Notification>>| {
        let now = desk.notices.with(|notices| notices.items().iter().find(|item| item.id == id).cloned());
        now.or_else(|| before.cloned().flatten())
    });
    let unread = Memo::new(move |_| item.with(|item| item.as_ref().is_some_and(|item| item.read_at.is_none())));
    let fixed = item.get_untracked();
    let below = StoredValue::new(element_id("notice"));
    let read = move || {
        if unread.get_untracked() {
            desk.read_notice(id);
        }
    };
    fixed.map(|item| {
        let title = item.title.clone();
        let words = match place(&item) {
            Some(place) => view! {
                <a
                    class="notice-link"
                    href=place.href()
                    aria-describedby=below.get_value()
                    on:click=move |_| {
                        read();
                        open.set(false);
                    }
                >
                    <bdi>{title}</bdi>
                </a>
            }
            .into_any(),
            None => view! {
                <button type="button" class="notice-link" aria-describedby=below.get_value() on:click=move |_| read()>
                    <bdi>{title}</bdi>
                </button>
            }
            .into_any(),
        };
        let body = (!item.body.is_empty()).then(|| view! { <span class="notice-text">{item.body.clone()}</span> });
        view! {
            <li class="notice" data-unread=move || unread.get().then_some("")>
                <span class="notice-icon">
                    <Icon name=icon(item.kind) size=18 />
                </span>
                <span class="notice-words">
                    {words}
                    <span class="notice-below" id=below.get_value()>
                        {body} <span class="notice-time">
                            <RelativeTime at=item.created_at />
                        </span>
                        {move || unread.get().then(|| view! { <VisuallyHidden>{t!("notification-unread")}</VisuallyHidden> })}
                    </span>
                </span>
            </li>
        }
    })
}

const fn icon(kind: NotificationKind) -> IconName {
    match kind {
        NotificationKind::Mention => IconName::AtSign,
        NotificationKind::DirectMessage => IconName::MessageSquare,
        NotificationKind::FriendRequest => IconName::UserPlus,
        NotificationKind::FriendAccepted => IconName::UserCheck,
        NotificationKind::GroupInvite => IconName::Link,
        NotificationKind::JoinRequest | NotificationKind::JoinApproved | NotificationKind::JoinDenied => {
            IconName::UsersRound
        }
        NotificationKind::RoleChanged | NotificationKind::Security => IconName::Shield,
        NotificationKind::FileShared => IconName::FileText,
        NotificationKind::ReportResolved => IconName::Flag,
        NotificationKind::Reminder => IconName::AlarmClock,
    }
}

/// One of the ids or words that a notification carries.
fn part<T: DeserializeOwned>(item: &Notification, name: &str) -> Option<T> {
    serde_json::from_value(item.data.get(name)?.clone()).ok()
}

/// Where a notification leads; none where there is nothing more to see.
fn place(item: &Notification) -> Option<Route> {
    match item.kind {
        NotificationKind::Mention | NotificationKind::DirectMessage => {
            Some(Route::message(part(item, "conversation_id")?, part(item, "seq")))
        }
        NotificationKind::FriendRequest => Some(Route::Friends(FriendsTab::Requests)),
        NotificationKind::FriendAccepted => Some(Route::Friends(FriendsTab::Friends)),
        NotificationKind::GroupInvite => Some(Route::Invite { code: part(item, "code")?, join: false }),
        NotificationKind::JoinRequest => Some(Route::Group { id: part(item, "group_id")?, tab: GroupTab::Requests }),
        NotificationKind::JoinApproved | NotificationKind::RoleChanged => Some(Route::group(part(item, "group_id")?)),
        NotificationKind::Security => Some(Route::Settings(Some(Section::Sessions))),
        NotificationKind::JoinDenied
        | NotificationKind::FileShared
        | NotificationKind::ReportResolved
        | NotificationKind::Reminder => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use studyhall_wire::{ConversationId, GroupId, Timestamp};

    use super::*;

    fn item(kind: NotificationKind, data: serde_json::Value) -> Notification {
        Notification {
            id: NotificationId::new(),
            kind,
            title: String::new(),
            body: String::new(),
            data,
            created_at: Timestamp::from_millis(0),
            read_at: None,
        }
    }

    #[test]
    fn a_notification_leads_to_what_it_is_about() {
        let (conversation, group) = (ConversationId::new(), GroupId::new());
        let mention = item(NotificationKind::Mention, json!({ "conversation_id": conversation, "seq": 7 }));
        assert_eq!(place(&mention), Some(Route::message(conversation, Some(7))));
        let invite = item(NotificationKind::GroupInvite, json!({ "group_id": group, "code": "abc" }));
        assert_eq!(place(&invite), Some(Route::Invite { code: "abc".into(), join: false }));
        let global = item(NotificationKind::RoleChanged, json!({ "role": "moderator" }));
        assert_eq!(place(&global), None);
    }
}
