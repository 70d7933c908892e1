//! The settings: one's profile, how the client looks and speaks, password, sessions, and leaving for good.

mod account;
mod appearance;
mod language;
mod password;
mod profile;
mod sessions;

use leptos::prelude::*;

use self::{
    account::Account, appearance::Appearance, language::LanguagePage, password::Password, profile::Profile,
    sessions::Sessions,
};
use crate::{
    route::{Route, Section, use_router},
    t,
    ui::{Icon, IconName, use_narrow},
};

fn name(section: Section) -> String {
    match section {
        Section::Profile => t!("settings-profile"),
        Section::Appearance => t!("settings-appearance"),
        Section::Language => t!("settings-language"),
        Section::Password => t!("settings-password"),
        Section::Sessions => t!("settings-sessions"),
        Section::Account => t!("settings-account"),
    }
}

const fn icon(section: Section) -> IconName {
    match section {
        Section::Profile => IconName::User,
        Section::Appearance => IconName::Palette,
        Section::Language => IconName::Globe,
        Section::Password => IconName::KeyRound,
        Section::Sessions => IconName::Laptop,
        Section::Account => IconName::Shield,
    }
}

/// The list of sections, and the one that is open: the first, where there is room for both.
#[component]
pub fn Settings() -> impl IntoView {
    let router = use_router();
    let open = Memo::new(move |_| match router.route() {
        Route::Settings(section) => section.unwrap_or_default(),
        _ => Section::default(),
    });
    let narrow = use_narrow();
    // Where the list stands alone, none is open.
    let shown =
        Memo::new(move |_| Some(open.get()).filter(|_| !narrow.get() || router.route() != Route::Settings(None)));
    let link = move |section: Section| {
        view! {
            <li>
                <a
                    class="row"
                    href=Route::Settings(Some(section)).href()
                    aria-current=move || (shown.get() == Some(section)).then_some("page")
                >
                    <Icon name=icon(section) size=20 />
                    <span class="row-title">{name(section)}</span>
                </a>
            </li>
        }
    };
    view! {
        <section
            class="pane pane-list"
            role=move || narrow.get().then_some("main")
            aria-label=t!("settings")
            tabindex="-1"
        >
            <header class="pane-head">
                <h1>{t!("settings")}</h1>
            </header>
            <nav class="pane-body scroll" aria-label=t!("settings-sections")>
                <ul class="rows plain-list">{Section::ALL.map(link).collect_view()}</ul>
            </nav>
        </section>
        <main class="pane pane-main pane-page" id="main" tabindex="-1">
            <header class="pane-head">
                <span class="back flip">
                    <a class="icon-btn" href="/settings" aria-label=t!("back")>
                        <Icon name=IconName::ArrowLeft size=20 />
                    </a>
                </span>
                <h1>{move || name(open.get())}</h1>
            </header>
            <div class="pane-body scroll">
                <div class="page">
                    {move || match open.get() {
                        Section::Profile => view! { <Profile /> }.into_any(),
                        Section::Appearance => view! { <Appearance /> }.into_any(),
                        Section::Language => view! { <LanguagePage /> }.into_any(),
                        Section::Password => view! { <Password /> }.into_any(),
                        Section::Sessions => view! { <Sessions /> }.into_any(),
                        Section::Account => view! { <Account /> }.into_any(),
                    }}
                </div>
            </div>
        </main>
    }
}
