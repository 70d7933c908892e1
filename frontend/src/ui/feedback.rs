//! States that a view can be in: loading, empty, failed, offline.

use leptos::prelude::*;

use super::{Button, ButtonKind, Icon, IconName};
use crate::t;

/// What a [`Skeleton`] stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SkeletonKind {
    /// Lines of text.
    #[default]
    Lines,
    /// Rows with an avatar and two lines.
    List,
    /// Messages.
    Messages,
}

/// The outlines of what is loading. They appear after 150 ms, so that what is quick does not flicker.
#[component]
pub fn Skeleton(#[prop(optional)] kind: SkeletonKind, #[prop(default = 6)] rows: usize) -> impl IntoView {
    let class = match kind {
        SkeletonKind::Lines => "skeleton skeleton-lines",
        SkeletonKind::List => "skeleton skeleton-list",
        SkeletonKind::Messages => "skeleton skeleton-messages",
    };
    let row = move |_| {
        let head = (kind != SkeletonKind::Lines).then(|| view! { <span class="bone bone-avatar"></span> });
        view! {
            <div class="skeleton-row">
                {head} <div class="skeleton-text">
                    <span class="bone bone-short"></span>
                    <span class="bone"></span>
                </div>
            </div>
        }
    };
    view! {
        <div class=class role="status">
            <span class="visually-hidden">{t!("loading")}</span>
            <div aria-hidden="true">{(0..rows).map(row).collect_view()}</div>
        </div>
    }
    .into_any()
}

/// Says in one sentence what will be here; the children are the one action that fills it.
#[component]
pub fn EmptyState(
    icon: IconName,
    #[prop(into)] text: Signal<String>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-icon">
                <Icon name=icon size=28 />
            </span>
            <p>{move || text.get()}</p>
            {children.map(|children| children())}
        </div>
    }
    .into_any()
}

/// Stands where something failed: what, and what to do.
#[component]
pub fn ErrorState(
    /// What went wrong.
    #[prop(into)]
    title: Signal<String>,
    /// What to do.
    #[prop(optional, into)]
    text: Signal<String>,
    /// Offers "Try again".
    #[prop(optional, into)]
    on_retry: Option<Callback<()>>,
    /// One line inside a list, instead of a block.
    #[prop(optional)]
    inline: bool,
) -> impl IntoView {
    view! {
        <div class="error-state" class:error-state-inline=inline role="alert">
            <Icon name=IconName::CircleAlert size=if inline { 16 } else { 24 } />
            <div class="error-state-text">
                <strong>{move || title.get()}</strong>
                {move || Some(text.get()).filter(|text| !text.is_empty()).map(|text| view! { <p>{text}</p> })}
            </div>
            {on_retry
                .map(|on_retry| {
                    view! {
                        <Button kind=ButtonKind::Secondary icon=IconName::RefreshCw on_click=on_retry>
                            {t!("retry")}
                        </Button>
                    }
                })}
        </div>
    }
    .into_any()
}

/// How the client is connected.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LinkState {
    /// Live, or so shortly not that nobody needs to know.
    #[default]
    Online,
    /// Trying again.
    Reconnecting,
    Offline,
}

/// The slim bar that says when one is offline. Its status "Connection" is always there, so that a change is announced.
#[component]
pub fn OfflineBar(#[prop(into)] state: Signal<LinkState>) -> impl IntoView {
    let text = move || match state.get() {
        LinkState::Online => None,
        LinkState::Reconnecting => Some((IconName::RefreshCw, t!("reconnecting"))),
        LinkState::Offline => Some((IconName::WifiOff, t!("offline"))),
    };
    view! {
        <div class="offline-bar" class:offline-bar-shown=move || text().is_some() role="status" aria-label=t!("connection")>
            {move || {
                text()
                    .map(|(name, text)| {
                        view! {
                            <Icon name size=16 />
                            <span>{text}</span>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}
