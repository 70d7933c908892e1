//! Modal dialogues, on the browser's own `<dialog>`: what is behind is inert, Esc closes.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;

use super::{Button, ButtonKind, IconButton, IconName, element_id, focus};
use crate::t;

/// Whether a modal dialogue is open: global keys then have to wait.
#[must_use]
pub fn modal_is_open() -> bool {
    document().query_selector("dialog[open]").ok().flatten().is_some()
}

/// A modal dialogue, named by its title. Its content is made when it opens and dropped when it closes. The focus goes
/// to the element with `data-autofocus`, else to the first field, else to the first button, stays inside, and returns
/// to where it was. Closed by Esc, by its close button, and by pressing beside it.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// Without a visible title and close button, such as the jump palette.
    #[prop(optional)]
    plain: bool,
    /// 640 px instead of 440.
    #[prop(optional)]
    wide: bool,
    /// `alertdialog` for questions that have to be answered.
    #[prop(default = "dialog")]
    role: &'static str,
    /// Called when the person closes it.
    #[prop(optional, into)]
    on_close: Option<Callback<()>>,
    children: ChildrenFn,
) -> impl IntoView {
    let close = Callback::new(move |()| {
        open.set(false);
        if let Some(on_close) = on_close {
            on_close.run(());
        }
    });
    view! {
        <Show when=move || open.get()>
            {
                let children = children.clone();
                view! {
                    <DialogBody title plain wide role close>
                        {children()}
                    </DialogBody>
                }
            }
        </Show>
    }
    .into_any()
}

#[component]
fn DialogBody(
    title: Signal<String>,
    plain: bool,
    wide: bool,
    role: &'static str,
    close: Callback<()>,
    children: Children,
) -> impl IntoView {
    let body = NodeRef::<html::Dialog>::new();
    let title_id = element_id("dialog");
    focus::give_back_on_cleanup();
    Effect::new(move |_| {
        let Some(body) = body.get() else { return };
        let _ = body.show_modal();
        let wanted = ["[data-autofocus]", "input,textarea", ".dialog-content button,.dialog-content a"];
        if let Some(first) = wanted.iter().find_map(|wanted| focus::matching(&body, wanted).into_iter().next()) {
            let _ = first.focus();
        }
    });
    let head = view! {
        <header class="dialog-head" class:visually-hidden=plain>
            <h2 id=title_id.clone()>{move || title.get()}</h2>
            {(!plain)
                .then(|| view! { <IconButton icon=IconName::X label=t!("close") tip=false on_click=close /> })}
        </header>
    };
    view! {
        <dialog
            node_ref=body
            class="dialog"
            class:dialog-wide=wide
            class:dialog-plain=plain
            role=role
            aria-labelledby=title_id
            on:cancel=move |event: web_sys::Event| {
                event.prevent_default();
                close.run(());
            }
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.prevent_default();
                    event.stop_propagation();
                    close.run(());
                } else if let Some(body) = body.get_untracked() {
                    focus::trap(&event, &body);
                }
            }
            on:pointerdown=move |event| {
                let target = event.target().and_then(|target| target.dyn_into::<web_sys::HtmlDialogElement>().ok());
                let on_backdrop = target.is_some() && target == body.get_untracked();
                if on_backdrop {
                    close.run(());
                }
            }
        >
            <div class="dialog-frame">
                {head}
                <div class="dialog-content">{children()}</div>
            </div>
        </dialog>
    }
    .into_any()
}

/// Asks before something that cannot be undone. The focus starts on "Cancel".
#[component]
pub fn ConfirmDialog(
    open: RwSignal<bool>,
    #[prop(into)] title: Signal<String>,
    /// What will happen, in a sentence.
    #[prop(into)]
    text: Signal<String>,
    /// What the button does: "Delete", not "OK".
    #[prop(into)]
    confirm: Signal<String>,
    #[prop(default = true)] danger: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    /// Why it did not work; the dialogue stays open.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The caller closes the dialogue when it is done.
    #[prop(into)]
    on_confirm: Callback<()>,
) -> impl IntoView {
    let kind = if danger { ButtonKind::Danger } else { ButtonKind::Primary };
    view! {
        <Dialog open title role="alertdialog">
            <p class="dialog-text">{move || text.get()}</p>
            {move || error.get().map(|error| view! { <p class="form-error" role="alert">{error}</p> })}
            <footer class="dialog-actions">
                <Button kind=ButtonKind::Ghost on_click=move |()| open.set(false) attr:data-autofocus="">
                    {t!("cancel")}
                </Button>
                <Button kind busy on_click=on_confirm>
                    {move || confirm.get()}
                </Button>
            </footer>
        </Dialog>
    }
    .into_any()
}
