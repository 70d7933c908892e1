//! How the client looks, and which key sends: kept on this device.

use leptos::prelude::*;

use super::super::shell::theme_name;
use crate::{
    state::prefs::{Theme, use_prefs},
    t,
    ui::Switch,
};

/// The page.
#[component]
pub fn Appearance() -> impl IntoView {
    let prefs = use_prefs();
    let choice = move |theme: Theme| {
        view! {
            <label>
                <input
                    type="radio"
                    name="theme"
                    value=theme.word()
                    prop:checked=move || prefs.get().theme == theme
                    on:change=move |_| prefs.update(|prefs| prefs.theme = theme)
                />
                <span>{theme_name(theme)}</span>
            </label>
        }
    };
    view! {
        <section class="card" aria-labelledby="theme-title">
            <header class="card-head">
                <h2 id="theme-title">{t!("theme")}</h2>
                <p class="meta">{t!("theme-hint")}</p>
            </header>
            <div class="segments" role="radiogroup" aria-labelledby="theme-title">
                {Theme::ALL.map(choice).collect_view()}
            </div>
        </section>
        <section class="card" aria-labelledby="writing-title">
            <header class="card-head">
                <h2 id="writing-title">{t!("writing")}</h2>
            </header>
            <Switch
                label=t!("send-with-modifier")
                hint=t!("send-with-modifier-hint")
                checked=Signal::derive(move || prefs.get().send_with_modifier)
                on_change=move |on: bool| prefs.update(|prefs| prefs.send_with_modifier = on)
            />
        </section>
    }
}
