//! Language and time zone: kept with the account, so that every device agrees.

use js_sys::{Array, Reflect};
use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::UpdateProfile;
use wasm_bindgen::{JsCast, JsValue};

use crate::{
    api::Error,
    i18n::{self, Language},
    state::use_desk,
    t,
    ui::{Button, ButtonKind, Select, use_toasts},
};

/// The page.
#[component]
pub fn LanguagePage() -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let zone_now = desk.me.with_untracked(|me| me.timezone.clone());
    let language = RwSignal::new(untrack(i18n::language).tag().to_owned());
    let zone = RwSignal::new(zone_now.clone());
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let languages = Signal::derive(|| {
        Language::ALL.map(|language| (language.tag().to_owned(), language.name().to_owned())).to_vec()
    });
    let zones = StoredValue::new(zones(&zone_now));
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        let body = UpdateProfile {
            locale: Some(language.get_untracked()),
            timezone: Some(zone.get_untracked()),
            ..UpdateProfile::default()
        };
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = desk.update_me(&body).await;
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    if let Some(chosen) = body.locale.as_deref().and_then(Language::of_locale) {
                        if i18n::fetch(chosen).await.is_err() {
                            return toasts.error(t!("part-failed"));
                        }
                        i18n::set_language(chosen);
                    }
                    toasts.info(t!("saved"));
                }
                Err(problem) => drop(error.try_set(Some(problem))),
            }
        });
    };
    view! {
        <section class="card" aria-labelledby="language-title">
            <header class="card-head">
                <h2 id="language-title">{t!("settings-language")}</h2>
            </header>
            <form class="form" aria-labelledby="language-title" on:submit=submit novalidate>
                <Select label=t!("language") value=language options=languages />
                <Select label=t!("timezone") value=zone options=Signal::derive(move || zones.get_value()) hint=t!("timezone-hint") />
                {move || error.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })}
                <footer class="form-actions">
                    <Button kind=ButtonKind::Primary submit=true busy>
                        {t!("save")}
                    </Button>
                </footer>
            </form>
        </section>
    }
}

/// The zones that the browser knows (`Intl.supportedValuesOf`), and the one that is set.
fn zones(now: &str) -> Vec<(String, String)> {
    let known = || -> Result<Array, JsValue> {
        let intl = Reflect::get(&js_sys::global(), &"Intl".into())?;
        let values: js_sys::Function = Reflect::get(&intl, &"supportedValuesOf".into())?.dyn_into()?;
        values.call1(&intl, &"timeZone".into())?.dyn_into()
    };
    let mut zones: Vec<String> =
        known().map(|known| known.iter().filter_map(|zone| zone.as_string()).collect()).unwrap_or_default();
    for wanted in ["UTC", now] {
        if !wanted.is_empty() && !zones.iter().any(|zone| zone == wanted) {
            zones.push(wanted.to_owned());
        }
    }
    zones.sort_unstable();
    zones.into_iter().map(|zone| (zone.clone(), zone.replace('_', " "))).collect()
}
