//! The parts of the client. What who is signed in sees first is one module of WebAssembly; the rest is cut off into modules
//! that are fetched when they are first needed, or shortly after the start. What several of them use is cut off as well.
//!
//! A part is named by the functions here. Each gives, once its code is here, a function that draws; [`crate::ui::Later`]
//! shows it. On the host, where the tests run, nothing is cut off.

#![expect(clippy::unnecessary_wraps, reason = "to fetch code may fail, to run it may not")]

use leptos::{
    prelude::*,
    wasm_split::{SplitLoaderError, wasm_split},
};
use studyhall_wire::{ConversationId, Seq};

use crate::{
    clock, emoji,
    markdown::{self, Reader},
    pages::{self, ChatContext},
    route::Panel,
    ui,
};

/// A part's code, or none: it could not be fetched. The reason is on the browser's console; to ask again is to try again.
pub type Code<D> = Result<D, SplitLoaderError>;

/// Between attempts to fetch what will be wanted, in milliseconds.
const AGAIN_MS: u32 = 10_000;

macro_rules! part {
    ($(#[$doc:meta])* $module:ident: $name:ident($($prop:ident: $type:ty),*) $view:block) => {
        $(#[$doc])*
        #[wasm_split($module, wasm_split_path = leptos::wasm_split, fallible)]
        pub fn $name() -> Code<fn($($type),*) -> AnyView> {
            Ok(|$($prop),*| $view.into_any())
        }
    };
}

part! {
    /// The form to sign in.
    door: sign_in(next: Option<String>, ended: bool) { view! { <pages::SignIn next ended /> } }
}
part! {
    /// The form to register.
    door: register(next: Option<String>) { view! { <pages::Register next /> } }
}
part! {
    /// The form to set a new password.
    door: reset(token: String) { view! { <pages::Reset token /> } }
}
part! {
    /// An invitation, for who is not signed in.
    door: invite_door(code: String) { view! { <pages::InviteDoor code /> } }
}
part! {
    /// An invitation, for who is.
    rest: invite(code: String, join: bool) { view! { <pages::InvitePage code join /> } }
}
part! {
    /// Friends, requests, people to find.
    rest: friends() { view! { <pages::Friends /> } }
}
part! {
    /// Groups, and the page of each.
    rest: groups() { view! { <pages::Groups /> } }
}
part! {
    /// The settings.
    rest: settings() { view! { <pages::Settings /> } }
}
part! {
    /// The administration.
    rest: admin() { view! { <pages::Admin /> } }
}
part! {
    /// The jump palette's content.
    rest: palette(open: RwSignal<bool>) { view! { <pages::Palette open /> } }
}
part! {
    /// The content of the panel of notifications.
    rest: notifications(open: RwSignal<bool>) { view! { <pages::Notifications open /> } }
}
part! {
    /// The pane beside a conversation.
    rest: details(chat: ChatContext, panel: Memo<Option<Panel>>) { view! { <pages::Details chat panel /> } }
}
part! {
    /// What a search for messages finds.
    rest: results(query: RwSignal<String>, conversation: Option<ConversationId>) {
        view! { <pages::Results query conversation /> }
    }
}
part! {
    /// The content of the dialogue "New chat".
    rest: new_chat(open: RwSignal<bool>) { view! { <pages::NewChat open /> } }
}
part! {
    /// The form to report a message.
    rest: report(chat: ChatContext, seq: Seq, open: RwSignal<bool>) { view! { <pages::ReportForm chat seq open /> } }
}
part! {
    /// The list of keys.
    rest: shortcuts(send_with_modifier: Signal<bool>) { view! { <ui::Shortcuts send_with_modifier /> } }
}
part! {
    /// The picker of emoji.
    rest: emoji_picker(on_pick: Callback<&'static str>) { view! { <ui::EmojiPicker on_pick /> } }
}

/// The texts in German.
#[wasm_split(german, wasm_split_path = leptos::wasm_split, fallible)]
pub fn german() -> Code<&'static str> {
    Ok(include_str!("../locales/de.ftl"))
}

/// What reads Markdown.
#[wasm_split(markdown, wasm_split_path = leptos::wasm_split, fallible)]
pub fn markdown() -> Code<Reader> {
    Ok(Reader::default())
}

/// The names of the emoji.
#[wasm_split(rest, wasm_split_path = leptos::wasm_split, fallible)]
pub fn emoji_names() -> Code<&'static str> {
    Ok(include_str!("emoji.txt"))
}

/// Fetches what is likely to be wanted, so that it is there, also without a network.
pub async fn fetch_ahead() {
    while fetch_all().await.is_err() {
        clock::sleep(AGAIN_MS).await;
    }
}

async fn fetch_all() -> Code<()> {
    markdown::fetch().await?;
    emoji::fetch().await
}
