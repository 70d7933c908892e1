//! A group's picture.

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::{Group, GroupId, limits::AVATAR_BYTES};

use super::GroupFace;
use crate::{
    api,
    state::use_desk,
    t,
    ui::{AvatarSize, Button, ButtonKind, IconName, use_toasts},
};

/// Chooses and removes the picture.
#[component]
pub fn Picture(id: GroupId, group: Memo<Option<Group>>) -> impl IntoView {
    let desk = use_desk();
    let toasts = use_toasts();
    let input = NodeRef::<html::Input>::new();
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<String>);
    let finish = move |answer: api::Result<()>| {
        spawn_local(async move {
            busy.try_set(false);
            match answer {
                Ok(()) => {
                    if let Ok(group) = desk.api.group(id).await {
                        desk.take_group(group);
                    }
                    toasts.info(t!("saved"));
                }
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
            return;
        }
        busy.set(true);
        error.set(None);
        spawn_local(async move { finish(desk.api.set_group_avatar(id, file).await) });
    };
    let remove = move |()| {
        busy.set(true);
        error.set(None);
        spawn_local(async move { finish(desk.api.remove_group_avatar(id).await) });
    };
    let has_one =
        Memo::new(move |_| group.with(|group| group.as_ref().is_some_and(|group| group.avatar_url.is_some())));
    view! {
        <section class="card" aria-labelledby="group-picture">
            <header class="card-head">
                <h2 id="group-picture">{t!("avatar")}</h2>
                <p class="meta">{t!("avatar-hint")}</p>
            </header>
            <div class="avatar-edit">
                {move || group.get().map(|group| view! { <GroupFace group size=AvatarSize::Large /> })}
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
                        <Button kind=ButtonKind::Ghost busy on_click=remove>
                            {t!("avatar-remove")}
                        </Button>
                    </Show>
                </div>
            </div>
            {move || error.get().map(|error| view! { <p class="form-error" role="alert">{error}</p> })}
        </section>
    }
}
