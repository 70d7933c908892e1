//! Figures of this instance.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::Stats;

use super::role_name;
use crate::{
    api::Error,
    state::use_desk,
    t,
    ui::{ErrorState, Skeleton},
};

/// How the figures stand.
#[derive(Clone)]
enum State {
    Loading,
    There(Stats),
    Failed(Error),
}

/// The page.
#[component]
pub fn Figures() -> impl IntoView {
    let desk = use_desk();
    let state = RwSignal::new(State::Loading);
    let load = move || {
        spawn_local(async move {
            let now = match desk.api.stats().await {
                Ok(stats) => State::There(stats),
                Err(error) => State::Failed(error),
            };
            state.try_set(now);
        });
    };
    load();
    move || match state.get() {
        State::Loading => view! { <Skeleton rows=4 /> }.into_any(),
        State::Failed(error) => {
            view! { <ErrorState title=t!("stats-failed") text=error.text() on_retry=move |()| load() /> }.into_any()
        }
        State::There(stats) => view! { <Numbers stats /> }.into_any(),
    }
}

#[component]
fn Numbers(stats: Stats) -> impl IntoView {
    let figure = |name: String, count: u64| {
        view! {
            <div class="card figure">
                <dt>{name}</dt>
                <dd>{t!("number", count = count)}</dd>
            </div>
        }
    };
    let roles = stats.users_by_role.into_iter().map(|entry| {
        view! {
            <div>
                <dt>{role_name(entry.role)}</dt>
                <dd class="tabular">{t!("number", count = entry.count)}</dd>
            </div>
        }
    });
    view! {
        <dl class="figures">
            {figure(t!("stats-users"), stats.users)}
            {figure(t!("stats-active"), stats.active_users)}
            {figure(t!("stats-suspended"), stats.suspended_users)}
            {figure(t!("stats-sessions"), stats.sessions)}
            {figure(t!("stats-direct"), stats.direct_conversations)}
            {figure(t!("stats-groups"), stats.group_conversations)}
            {figure(t!("stats-reports"), stats.open_reports)}
        </dl>
        <section class="card" aria-labelledby="stats-roles">
            <header class="card-head">
                <h2 id="stats-roles">{t!("stats-by-role")}</h2>
            </header>
            <dl class="figure-list">{roles.collect_view()}</dl>
        </section>
    }
}
