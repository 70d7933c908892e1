//! Everybody who has an account: search, and what an administrator does about them.

use leptos::prelude::*;
use studyhall_wire::{AdminUser, Role};

use super::{paged::Paged, role_name, user::Line};
use crate::{
    state::use_desk,
    t,
    ui::{SearchField, Select},
};

/// The page.
#[component]
pub fn Users() -> impl IntoView {
    let desk = use_desk();
    let query = RwSignal::new(String::new());
    let role = RwSignal::new(String::new());
    let list = Paged::<AdminUser>::new();
    let wanted = Memo::new(move |_| {
        let role = role.with(|word| Role::ALL.into_iter().find(|role| role.as_str() == word));
        (query.with(|query| query.trim().to_owned()), role)
    });
    let fetch = move |cursor: Option<String>| {
        let (query, role) = wanted.get_untracked();
        async move { desk.api.admin_users(&query, role, cursor.as_deref()).await }
    };
    let ask = Callback::new(move |()| list.ask(fetch));
    Effect::new(move || {
        wanted.track();
        ask.run(());
    });
    let roles = Signal::derive(|| {
        let any = (String::new(), t!("admin-any-role"));
        std::iter::once(any)
            .chain(Role::ALL.map(|role| (role.as_str().to_owned(), role_name(role))))
            .collect::<Vec<_>>()
    });
    let rows = move || {
        view! {
            <ul class="plain-list admin-list" aria-label=t!("admin-users")>
                <For each=move || list.items() key=|user| user.user.id children=move |user| view! { <Line user list /> } />
            </ul>
        }
        .into_any()
    };
    let more = Callback::new(move |()| list.more(fetch));
    view! {
        <div class="admin-tools">
            <SearchField label=t!("admin-find-users") value=query />
            <Select label=t!("admin-role") value=role options=roles />
        </div>
        {list.show(|| t!("admin-no-users"), ask, more, rows)}
    }
}
