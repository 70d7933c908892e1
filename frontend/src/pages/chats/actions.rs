//! What one can do with a message: a small toolbar over its edge.

use std::sync::Arc;

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{ConversationKind, Message, Seq};

use super::chat::ChatContext;
use crate::{
    api::Error,
    parts,
    route::Route,
    state::rights::GroupAction,
    t,
    ui::{ConfirmDialog, Dialog, Icon, IconName, Later, Menu, MenuItem, Popover, Side, Toaster, clipboard, use_toasts},
};

/// React, Reply, Edit, Delete, Pin and more: those that are allowed. They are reached by the arrow keys from the message, not
/// one by one with Tab.
#[component]
pub fn Actions(chat: ChatContext, seq: Seq, message: Memo<Option<Arc<Message>>>, own: bool) -> impl IntoView {
    let toasts = use_toasts();
    let picking = RwSignal::new(false);
    let deleting = RwSignal::new(false);
    let reporting = RwSignal::new(false);
    let ChatContext { desk, id, .. } = chat;
    let direct = Memo::new(move |_| {
        desk.conversations.with(|known| known.get(id).is_some_and(|known| known.kind == ConversationKind::Direct))
    });
    // In an archived group nothing changes any more.
    let open = Memo::new(move |_| !desk.is_archived(id));
    let may_pin = Memo::new(move |_| open.get() && (direct.get() || desk.may_in(id, GroupAction::Moderate)));
    let may_delete = Memo::new(move |_| {
        let author = message.with(|message| message.as_ref().map(|message| message.author_id));
        open.get() && (own || author.is_some_and(|author| desk.may_delete_of(id, author)))
    });
    let pinned = Memo::new(move |_| message.with(|message| message.as_ref().is_some_and(|message| message.pinned)));
    let pick = Callback::new(move |emoji: &'static str| {
        picking.set(false);
        chat.active.set(None);
        react(chat, seq, emoji.to_owned(), true);
    });
    let reply = move || {
        chat.active.set(None);
        chat.replying.set(Some(seq));
        chat.write.update(|wish| *wish += 1);
    };
    let edit = move || {
        chat.active.set(None);
        chat.editing.set(Some(seq));
    };
    let pin = move || {
        chat.active.set(None);
        let on = !pinned.get_untracked();
        chat.trouble.set(None);
        spawn_local(async move {
            if let Err(error) = chat.desk.api.pin(chat.id, seq, on).await {
                chat.trouble.try_set(Some((seq, t!("pin-failed", why = error.text()))));
            }
        });
    };
    let more = Signal::derive(move || {
        let text =
            move || message.with_untracked(|message| message.as_ref().map(|m| m.text.clone()).unwrap_or_default());
        let link = move || {
            let origin = window().location().origin().unwrap_or_default();
            format!("{origin}{}", Route::Chat { id: chat.id, at: Some(seq), panel: None }.href())
        };
        let mut items = vec![
            MenuItem::new(t!("copy-text"), move || copy(chat, toasts, text())).icon(IconName::Copy),
            MenuItem::new(t!("copy-link"), move || copy(chat, toasts, link())).icon(IconName::Link),
        ];
        if !own {
            let report = move || reporting.set(true);
            items.push(MenuItem::new(t!("report"), report).icon(IconName::Flag).group());
        }
        items
    });
    view! {
        <div class="message-actions" role="toolbar" aria-label=t!("message-actions")>
            <Show when=move || open.get()>
                <span class="popover-anchor">
                    <Action
                        icon=IconName::SmilePlus
                        label=t!("react")
                        expanded=Signal::derive(move || Some(picking.get()))
                        on_click=move || picking.set(true)
                    />
                    <Popover open=picking role="dialog" label=t!("react") side=Side::BelowEnd>
                        <Later code=parts::emoji_picker draw=move |draw| draw(pick) />
                    </Popover>
                </span>
                <Action icon=IconName::Reply label=t!("reply") on_click=reply />
            </Show>
            <Show when=move || own && open.get()>
                <Action icon=IconName::Pencil label=t!("edit") on_click=edit />
            </Show>
            <Show when=move || may_delete.get()>
                <Action icon=IconName::Trash2 label=t!("delete") on_click=move || deleting.set(true) />
            </Show>
            <Show when=move || may_pin.get()>
                <Action
                    icon=Signal::derive(move || if pinned.get() { IconName::PinOff } else { IconName::Pin })
                    label=t!("pin")
                    pressed=Signal::derive(move || Some(pinned.get()))
                    on_click=pin
                />
            </Show>
            <Menu label=t!("more") items=more side=Side::BelowEnd size=16 class="icon-btn icon-btn-small" tabindex="-1" />
        </div>
        <DeleteDialog chat seq open=deleting />
        <Dialog open=reporting title=t!("report-title")>
            <Later code=parts::report draw=move |draw| draw(chat, seq, reporting) />
        </Dialog>
    }
}

#[component]
fn Action(
    #[prop(into)] icon: Signal<IconName>,
    label: String,
    /// Makes it a toggle.
    #[prop(optional, into)]
    pressed: Signal<Option<bool>>,
    /// Whether what it opens is open.
    #[prop(optional, into)]
    expanded: Signal<Option<bool>>,
    on_click: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class="icon-btn icon-btn-small"
            tabindex="-1"
            data-tip=label.clone()
            aria-label=label
            aria-pressed=move || pressed.get().map(|on| on.to_string())
            aria-expanded=move || expanded.get().map(|open| open.to_string())
            on:click=move |_| on_click()
        >
            <Icon name=icon size=16 />
        </button>
    }
}

/// Asks before a message is deleted.
#[component]
fn DeleteDialog(chat: ChatContext, seq: Seq, open: RwSignal<bool>) -> impl IntoView {
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let confirm = move |()| {
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = chat.desk.api.delete_message(chat.id, seq).await;
            // The event may have taken the message, and this dialogue with it, before the answer.
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    open.try_set(false);
                    chat.active.try_set(None);
                    chat.back_to_writing();
                }
                Err(problem) => drop(error.try_set(Some(problem))),
            }
        });
    };
    view! {
        <ConfirmDialog
            open
            title=t!("delete-title")
            text=t!("delete-text")
            confirm=t!("delete")
            busy
            error=Signal::derive(move || error.get().map(|error| error.text()))
            on_confirm=confirm
        />
    }
}

fn copy(chat: ChatContext, toasts: Toaster, text: String) {
    chat.active.set(None);
    spawn_local(async move {
        if clipboard::copy(&text).await {
            toasts.info(t!("copied"));
        } else {
            toasts.error(t!("copy-failed"));
        }
    });
}

/// Adds or takes back a reaction. The event that follows shows it.
pub fn react(chat: ChatContext, seq: Seq, emoji: String, on: bool) {
    chat.trouble.set(None);
    spawn_local(async move {
        if let Err(error) = chat.desk.api.react(chat.id, seq, &emoji, on).await {
            chat.trouble.try_set(Some((seq, t!("react-failed", why = error.text()))));
        }
    });
}
