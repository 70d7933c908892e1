//! Form fields: each with a visible label, and with its hint and its error tied to it for assistive technology.

use leptos::{html, prelude::*};

use super::{Icon, IconButton, IconName, element_id};
use crate::t;

/// The ids that tie a field to its label, hint and error.
#[derive(Clone, Copy)]
struct Ids(StoredValue<String>);

impl Ids {
    fn new() -> Self {
        Self(StoredValue::new(element_id("field")))
    }

    fn field(self) -> String {
        self.0.get_value()
    }

    fn hint(self) -> String {
        format!("{}-hint", self.0.get_value())
    }

    fn error(self) -> String {
        format!("{}-error", self.0.get_value())
    }

    /// For `aria-describedby`: the hint and the error, where they are.
    fn described_by(self, hint: Signal<String>, error: Signal<Option<String>>) -> Option<String> {
        let repeated = error.read().as_ref() == Some(&*hint.read());
        let hint = (!hint.read().is_empty() && !repeated).then(|| self.hint());
        let error = error.read().is_some().then(|| self.error());
        match (error, hint) {
            (Some(error), Some(hint)) => Some(format!("{error} {hint}")),
            (one, other) => one.or(other),
        }
    }
}

/// Label, field, error and hint, in this order.
fn frame(
    ids: Ids,
    label: Signal<String>,
    hint: Signal<String>,
    error: Signal<Option<String>>,
    field: impl IntoView + 'static,
) -> AnyView {
    view! {
        <div class="field" class:field-bad=move || error.read().is_some()>
            <label for=ids.field()>{move || label.get()}</label>
            {field.into_view()}
            <div class="field-notes" aria-live="polite">
                {move || {
                    error
                        .get()
                        .map(|error| {
                            view! {
                                <p class="field-error" id=ids.error()>
                                    <Icon name=IconName::CircleAlert size=14 />
                                    {error}
                                </p>
                            }
                        })
                }}
            </div>
            {move || {
                // An error that says the same as the hint takes its place.
                Some(hint.get())
                    .filter(|hint| !hint.is_empty() && error.read().as_ref() != Some(hint))
                    .map(|hint| {
                        view! {
                            <p class="field-hint" id=ids.hint()>
                                {hint}
                            </p>
                        }
                    })
            }}
        </div>
    }
    .into_any()
}

fn focus_when_mounted(input: NodeRef<html::Input>, wanted: bool) {
    if wanted {
        Effect::new(move |_| {
            if let Some(input) = input.get() {
                let _ = input.focus();
            }
        });
    }
}

/// One line of text.
#[component]
pub fn TextField(
    #[prop(into)] label: Signal<String>,
    value: RwSignal<String>,
    /// What helps to fill it in.
    #[prop(optional, into)]
    hint: Signal<String>,
    /// What is wrong with it.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// `text`, `email`, …
    #[prop(default = "text")]
    input_type: &'static str,
    /// HTML's word for what the browser may fill in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// For names and codes: no capitals, no corrections, left to right.
    #[prop(optional)]
    verbatim: bool,
    #[prop(optional)] required: bool,
    /// The most characters that can be typed.
    #[prop(optional)]
    max_chars: Option<usize>,
    /// Takes the focus when it appears.
    #[prop(optional)]
    autofocus: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional)] input_ref: NodeRef<html::Input>,
) -> impl IntoView {
    let ids = Ids::new();
    focus_when_mounted(input_ref, autofocus);
    let field = view! {
        <input
            node_ref=input_ref
            class="input"
            id=ids.field()
            type=input_type
            autocomplete=autocomplete
            autocapitalize=verbatim.then_some("none")
            spellcheck=if verbatim { "false" } else { "true" }
            dir=if verbatim { "ltr" } else { "auto" }
            required=required
            maxlength=max_chars.map(|chars| chars.to_string())
            disabled=move || disabled.get()
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby=move || ids.described_by(hint, error)
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
        />
    };
    frame(ids, label, hint, error, field)
}

/// A password, with a button that shows what was typed.
#[component]
pub fn PasswordField(
    #[prop(into)] label: Signal<String>,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Signal<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// A password that is being chosen, not entered: the browser may suggest one.
    #[prop(optional)]
    fresh: bool,
    #[prop(optional)] required: bool,
    #[prop(optional)] input_ref: NodeRef<html::Input>,
) -> impl IntoView {
    let ids = Ids::new();
    let shown = RwSignal::new(false);
    let field = view! {
        <div class="input-with-button">
            <input
                node_ref=input_ref
                class="input"
                id=ids.field()
                // HTML gives a password no role; it is a textbox by all that one can do with it.
                role="textbox"
                type=move || if shown.get() { "text" } else { "password" }
                autocomplete=if fresh { "new-password" } else { "current-password" }
                autocapitalize="none"
                spellcheck="false"
                dir="ltr"
                required=required
                aria-invalid=move || error.read().is_some().then_some("true")
                aria-describedby=move || ids.described_by(hint, error)
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
            <IconButton
                small=true
                icon=Signal::derive(move || if shown.get() { IconName::EyeOff } else { IconName::Eye })
                label=t!("show-typed")
                pressed=Signal::derive(move || Some(shown.get()))
                on_click=move |()| shown.update(|shown| *shown = !*shown)
            />
        </div>
    };
    frame(ids, label, hint, error, field)
}

/// Several lines of text.
#[component]
pub fn TextArea(
    #[prop(into)] label: Signal<String>,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Signal<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(default = 3)] rows: u32,
    #[prop(optional)] max_chars: Option<usize>,
) -> impl IntoView {
    let ids = Ids::new();
    let field = view! {
        <textarea
            class="input"
            id=ids.field()
            rows=rows
            dir="auto"
            maxlength=max_chars.map(|chars| chars.to_string())
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby=move || ids.described_by(hint, error)
            prop:value=move || value.get()
            on:input=move |event| value.set(event_target_value(&event))
        ></textarea>
    };
    frame(ids, label, hint, error, field)
}

/// One of a list.
#[component]
pub fn Select(
    #[prop(into)] label: Signal<String>,
    value: RwSignal<String>,
    /// Pairs of a value and what is shown for it.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    #[prop(optional, into)] hint: Signal<String>,
    #[prop(optional, into)] error: Signal<Option<String>>,
) -> impl IntoView {
    let ids = Ids::new();
    let option = move |(key, shown): (String, String)| {
        let selected = key == value.get_untracked();
        view! {
            <option value=key selected=selected>
                {shown}
            </option>
        }
    };
    let field = view! {
        <div class="select">
            <select
                class="input"
                id=ids.field()
                aria-invalid=move || error.read().is_some().then_some("true")
                aria-describedby=move || ids.described_by(hint, error)
                prop:value=move || value.get()
                on:change=move |event| value.set(event_target_value(&event))
            >
                {move || options.get().into_iter().map(option).collect_view()}
            </select>
            <Icon name=IconName::ChevronDown size=16 />
        </div>
    };
    frame(ids, label, hint, error, field)
}

/// On or off, at once. The caller keeps the state: a change that fails simply does not arrive in `checked`.
#[component]
pub fn Switch(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] checked: Signal<bool>,
    #[prop(into)] on_change: Callback<bool>,
    #[prop(optional, into)] hint: Signal<String>,
    #[prop(optional, into)] disabled: Signal<bool>,
) -> impl IntoView {
    let ids = Ids::new();
    view! {
        <div class="switch-row">
            <div class="switch-text">
                <label for=ids.field()>{move || label.get()}</label>
                {move || {
                    Some(hint.get())
                        .filter(|hint| !hint.is_empty())
                        .map(|hint| {
                            view! {
                                <p class="field-hint" id=ids.hint()>
                                    {hint}
                                </p>
                            }
                        })
                }}
            </div>
            <button
                type="button"
                role="switch"
                class="switch"
                id=ids.field()
                aria-checked=move || checked.get().to_string()
                aria-describedby=move || (!hint.read().is_empty()).then(|| ids.hint())
                disabled=move || disabled.get()
                on:click=move |_| on_change.run(!checked.get_untracked())
            >
                <span class="switch-knob"></span>
            </button>
        </div>
    }
    .into_any()
}

/// A searchbox: its name is read, not shown; Esc empties it first.
#[component]
pub fn SearchField(
    /// The accessible name, such as "Find people".
    #[prop(into)]
    label: Signal<String>,
    value: RwSignal<String>,
    /// Shown while empty; the label unless given.
    #[prop(optional, into)]
    placeholder: Signal<String>,
    #[prop(optional)] autofocus: bool,
    #[prop(optional)] input_ref: NodeRef<html::Input>,
) -> impl IntoView {
    focus_when_mounted(input_ref, autofocus);
    let clear = move || {
        value.set(String::new());
        if let Some(input) = input_ref.get_untracked() {
            let _ = input.focus();
        }
    };
    view! {
        <div class="search-field">
            <Icon name=IconName::Search size=16 />
            <input
                node_ref=input_ref
                class="input"
                type="search"
                role="searchbox"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                dir="auto"
                aria-label=move || label.get()
                placeholder=move || Some(placeholder.get()).filter(|text| !text.is_empty()).unwrap_or_else(|| label.get())
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
                on:keydown=move |event| {
                    if event.key() == "Escape" && !value.read_untracked().is_empty() {
                        event.prevent_default();
                        event.stop_propagation();
                        clear();
                    }
                }
            />
            <Show when=move || !value.read().is_empty()>
                <IconButton icon=IconName::X label=t!("clear") small=true tip=false on_click=move |()| clear() />
            </Show>
        </div>
    }
    .into_any()
}
