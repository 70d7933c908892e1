//! A link to hand on: shown whole, and copied by a button.

use leptos::{html, prelude::*, task::spawn_local};

use crate::{
    t,
    ui::{IconButton, IconName, clipboard, use_toasts},
};

/// The link in a field that selects itself, and a button that copies it.
#[component]
pub fn LinkField(
    url: String,
    /// Takes the focus: where the button that made the link is gone.
    #[prop(optional)]
    focused: bool,
) -> impl IntoView {
    let text = url.clone();
    let field = NodeRef::<html::Input>::new();
    Effect::new(move || {
        if let Some(field) = field.get().filter(|_| focused) {
            let _ = field.focus();
        }
    });
    view! {
        <input
            node_ref=field
            class="input invite-url"
            type="text"
            readonly=true
            dir="ltr"
            aria-label=t!("invite-link")
            prop:value=url
            on:focus=select_all
        />
        <CopyButton text label=t!("invite-copy") done=t!("invite-copied") />
    }
}

fn select_all(event: web_sys::FocusEvent) {
    event_target::<web_sys::HtmlInputElement>(&event).select();
}

/// Copies `text`; says so, or says how else to get it.
#[component]
fn CopyButton(
    #[prop(into)] text: Signal<String>,
    #[prop(into)] label: Signal<String>,
    /// What is said once it is copied.
    #[prop(into)]
    done: Signal<String>,
) -> impl IntoView {
    let toasts = use_toasts();
    let copy = move |()| {
        let (text, done) = (text.get_untracked(), done.get_untracked());
        spawn_local(async move {
            if clipboard::copy(&text).await {
                toasts.info(done);
            } else {
                toasts.error(t!("copy-by-hand"));
            }
        });
    };
    view! { <IconButton icon=IconName::Copy label on_click=copy /> }
}
