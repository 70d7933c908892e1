//! What stands in for a page: before it is known who is here, without a server, and at a URL that leads nowhere.

use leptos::prelude::*;

use crate::{
    t,
    ui::{EmptyState, ErrorState, IconName, Logo, Skeleton, SkeletonKind},
};

/// Before it is known who is here.
#[component]
pub fn Loading() -> impl IntoView {
    view! {
        <div class="app app-loading" data-pane="list">
            <div class="places">
                <div class="rail">
                    <span class="rail-logo">
                        <Logo />
                    </span>
                </div>
                <div class="pane pane-list">
                    <Skeleton kind=SkeletonKind::List rows=8 />
                </div>
                <main class="pane pane-main" aria-busy="true"></main>
            </div>
        </div>
    }
}

/// The server cannot be reached. Attempts go on by themselves.
#[component]
pub fn Unreachable() -> impl IntoView {
    view! {
        <main class="not-found">
            <ErrorState title=t!("unreachable-title") text=t!("unreachable-text") />
        </main>
    }
}

/// A URL that leads nowhere.
#[component]
pub fn NotFound() -> impl IntoView {
    view! {
        <main class="pane pane-main" id="main" tabindex="-1">
            <h1 class="visually-hidden">{t!("not-found-title")}</h1>
            <EmptyState icon=IconName::FileText text=t!("not-found")>
                <a class="btn btn-secondary" href="/chats">
                    {t!("not-found-back")}
                </a>
            </EmptyState>
        </main>
    }
}
