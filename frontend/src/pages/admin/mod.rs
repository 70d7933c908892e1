//! The administration: reports for moderators, and for administrators people, the audit log and figures.

mod audit;
mod paged;
mod report;
mod reports;
mod stats;
mod user;
mod users;

use leptos::prelude::*;
use studyhall_wire::Role;

use self::{audit::Audit, reports::Reports, stats::Figures, users::Users};
use crate::{
    pages::states::NotFound,
    route::{AdminPage, Route, use_router},
    state::{rights, use_desk},
    t,
    ui::{Icon, IconName, use_narrow},
};

fn name(page: AdminPage) -> String {
    match page {
        AdminPage::Reports => t!("admin-reports"),
        AdminPage::Users => t!("admin-users"),
        AdminPage::Audit => t!("admin-audit"),
        AdminPage::Stats => t!("admin-stats"),
    }
}

const fn icon(page: AdminPage) -> IconName {
    match page {
        AdminPage::Reports => IconName::Flag,
        AdminPage::Users => IconName::Users,
        AdminPage::Audit => IconName::History,
        AdminPage::Stats => IconName::Info,
    }
}

/// The pages that a role may see.
fn pages(role: Role) -> impl Iterator<Item = AdminPage> {
    AdminPage::ALL.into_iter().filter(move |page| match page {
        AdminPage::Reports => rights::sees_reports(role),
        AdminPage::Users | AdminPage::Audit | AdminPage::Stats => rights::administers(role),
    })
}

/// The list of pages, and the one that is open: the first, where there is room for both. To who may see none of them
/// there is nothing here.
#[component]
pub fn Admin() -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let narrow = use_narrow();
    let role = Memo::new(move |_| desk.me.with(|me| me.user.role));
    let open = Memo::new(move |_| {
        let wanted = match router.route() {
            Route::Admin(page) => page,
            _ => None,
        };
        match wanted {
            Some(page) => pages(role.get()).find(|known| *known == page),
            None => pages(role.get()).next(),
        }
    });
    // Where the list stands alone, none is open.
    let shown = Memo::new(move |_| open.get().filter(|_| !narrow.get() || router.route() != Route::Admin(None)));
    let link = move |page: AdminPage| {
        view! {
            <li>
                <a
                    class="row"
                    href=Route::Admin(Some(page)).href()
                    aria-current=move || (shown.get() == Some(page)).then_some("page")
                >
                    <Icon name=icon(page) size=20 />
                    <span class="row-title">{name(page)}</span>
                </a>
            </li>
        }
    };
    let there = Memo::new(move |_| open.get().is_some());
    move || {
        if !there.get() {
            return view! { <NotFound /> }.into_any();
        }
        view! {
            <section
                class="pane pane-list"
                role=move || narrow.get().then_some("main")
                aria-label=t!("place-admin")
                tabindex="-1"
            >
                <header class="pane-head">
                    <h1>{t!("place-admin")}</h1>
                </header>
                <nav class="pane-body scroll" aria-label=t!("settings-sections")>
                    <ul class="rows plain-list">{move || pages(role.get()).map(link).collect_view()}</ul>
                </nav>
            </section>
            <main class="pane pane-main pane-page" id="main" tabindex="-1">
                <header class="pane-head">
                    <span class="back flip">
                        <a class="icon-btn" href="/admin" aria-label=t!("back")>
                            <Icon name=IconName::ArrowLeft size=20 />
                        </a>
                    </span>
                    <h1>{move || open.get().map(name)}</h1>
                </header>
                <div class="pane-body scroll">
                    <div class="page page-wide">
                        {move || match open.get() {
                            Some(AdminPage::Reports) => view! { <Reports /> }.into_any(),
                            Some(AdminPage::Users) => view! { <Users /> }.into_any(),
                            Some(AdminPage::Audit) => view! { <Audit /> }.into_any(),
                            Some(AdminPage::Stats) => view! { <Figures /> }.into_any(),
                            None => ().into_any(),
                        }}
                    </div>
                </div>
            </main>
        }
        .into_any()
    }
}

/// How a global role is called.
pub fn role_name(role: Role) -> String {
    match role {
        Role::Superuser => t!("global-superuser"),
        Role::Admin => t!("global-admin"),
        Role::Moderator => t!("global-moderator"),
        Role::User => t!("global-user"),
        Role::Guest => t!("global-guest"),
    }
}
