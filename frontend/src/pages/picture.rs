//! The card of a picture: one's own, or a group's.

use std::future::Future;

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::limits::AVATAR_BYTES;

use crate::{
    api, t,
    ui::{Button, ButtonKind, IconName, element_id, use_toasts},
};

/// Chooses and removes the picture that its children show.
#[component]
pub fn Picture<S, F>(
    /// Whether there is one to remove.
    has_one: Memo<bool>,
    /// Makes this the picture, or none, and fetches what changed by it.
    save: S,
    children: Children,
) -> impl IntoView
where
    S: Fn(Option<web_sys::File>) -> F + Copy + Send + Sync + 'static,
    F: Future<Output = api::Result<()>> + 'static,
{
    let toasts = use_toasts();
    let input = NodeRef::<html::Input>::new();
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    let change = move |file: Option<web_sys::File>| {
        busy.set(true);
        error.set(None);
        spawn_local(async move {
            let answer = save(file).await;
            busy.try_set(false);
            match answer {
                Ok(()) => toasts.info(t!("saved")),
                Err(problem) => drop(error.try_set(Some(problem.text()))),
            }
        });
    };
    let upload = move |_| {
        let Some(input) = input.get_untracked() else { return };
        let Some(file) = input.files().and_then(|files| files.get(0)) else { return };
        // The same file may be chosen again.
        input.set_value("");
        #[expect(clippy::cast_precision_loss, reason = "a few megabytes")]
        let too_large = file.size() > AVATAR_BYTES as f64;
        if too_large {
            error.set(Some(t!("avatar-too-large", mb = AVATAR_BYTES / (1024 * 1024))));
        } else {
            change(Some(file));
        }
    };
    let title = element_id("picture");
    view! {
        <section class="card" aria-labelledby=title.clone()>
            <header class="card-head">
                <h2 id=title.clone()>{t!("avatar")}</h2>
                <p class="meta">{t!("avatar-hint")}</p>
            </header>
            <div class="avatar-edit">
                {children()}
                <input
                    node_ref=input
                    class="visually-hidden"
                    type="file"
                    accept="image/png,image/jpeg,image/gif,image/webp"
                    aria-label=t!("avatar-choose")
                    tabindex="-1"
                    on:change=upload
                />
                <div class="btn-row">
                    <Button
                        icon=IconName::Upload
                        busy
                        on_click=move |()| {
                            if let Some(input) = input.get_untracked() {
                                input.click();
                            }
                        }
                    >
                        {t!("avatar-choose")}
                    </Button>
                    <Show when=move || has_one.get()>
                        <Button kind=ButtonKind::Ghost busy on_click=move |()| change(None)>
                            {t!("avatar-remove")}
                        </Button>
                    </Show>
                </div>
            </div>
            {move || error.get().map(|error| view! { <p class="form-error" role="alert">{error}</p> })}
        </section>
    }
}
