//! Buttons: with words, or with an icon and a name.

use leptos::{html, prelude::*};

use super::{Icon, IconName};

/// How much a button stands out. One primary button a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    /// The action that the view is for.
    Primary,
    #[default]
    Secondary,
    /// Without a border, for toolbars and "Cancel".
    Ghost,
    /// What destroys something.
    Danger,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "btn btn-primary",
            Self::Secondary => "btn btn-secondary",
            Self::Ghost => "btn btn-ghost",
            Self::Danger => "btn btn-danger",
        }
    }
}

/// A button with words. While busy it keeps its focus and its width, says so, and does nothing.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    /// Stands before the words.
    #[prop(optional)]
    icon: Option<IconName>,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// Submits the form that it stands in.
    #[prop(optional)]
    submit: bool,
    /// As wide as its container.
    #[prop(optional)]
    wide: bool,
    /// Given nothing; not called while busy.
    #[prop(optional, into)]
    on_click: Option<Callback<()>>,
    #[prop(optional)] button_ref: NodeRef<html::Button>,
    children: Children,
) -> impl IntoView {
    view! {
        <button
            node_ref=button_ref
            type=if submit { "submit" } else { "button" }
            class=kind.class()
            class:btn-wide=wide
            disabled=move || disabled.get()
            aria-busy=move || busy.get().then_some("true")
            aria-disabled=move || busy.get().then_some("true")
            on:click=move |event| {
                if busy.get_untracked() {
                    event.prevent_default();
                } else if let Some(on_click) = on_click {
                    on_click.run(());
                }
            }
        >
            {icon.map(|name| view! { <Icon name=name size=16 /> })}
            <span class="btn-label">{children()}</span>
        </button>
    }
    .into_any()
}

/// A button with an icon; `label` is its accessible name and its tooltip.
#[component]
pub fn IconButton(
    #[prop(into)] icon: Signal<IconName>,
    #[prop(into)] label: Signal<String>,
    /// Makes it a toggle.
    #[prop(optional, into)]
    pressed: Signal<Option<bool>>,
    #[prop(optional, into)] disabled: Signal<bool>,
    /// 28 px instead of 36.
    #[prop(optional)]
    small: bool,
    /// Whether the tooltip is shown.
    #[prop(default = true)]
    tip: bool,
    #[prop(optional, into)] on_click: Option<Callback<()>>,
    #[prop(optional)] button_ref: NodeRef<html::Button>,
) -> impl IntoView {
    view! {
        <button
            node_ref=button_ref
            type="button"
            class="icon-btn"
            class:icon-btn-small=small
            aria-label=move || label.get()
            aria-pressed=move || pressed.get().map(|on| on.to_string())
            data-tip=move || tip.then(|| label.get())
            disabled=move || disabled.get()
            on:click=move |_| {
                if let Some(on_click) = on_click {
                    on_click.run(());
                }
            }
        >
            <Icon name=icon size=if small { 16 } else { 20 } />
        </button>
    }
    .into_any()
}
