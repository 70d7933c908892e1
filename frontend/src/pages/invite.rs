//! The page behind an invitation: what one is invited to, for everybody who has the link, and the way in.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::InvitedGroup;

use crate::{
    api::{Api, Error},
    app::Entrance,
    route::{Route, use_router},
    state::use_desk,
    t,
    ui::{AvatarSize, Button, ButtonKind, EmptyState, ErrorState, IconName, Monogram, Skeleton},
};

/// How the preview stands.
#[derive(Clone)]
enum Preview {
    Loading,
    There(InvitedGroup),
    Failed(Error),
}

fn preview(api: Api, code: String) -> (RwSignal<Preview>, Callback<()>) {
    let now = RwSignal::new(Preview::Loading);
    let load = Callback::new(move |()| {
        let code = code.clone();
        spawn_local(async move {
            let answer = match api.invite_preview(&code).await {
                Ok(preview) => Preview::There(preview.group),
                Err(error) => Preview::Failed(error),
            };
            now.try_set(answer);
        });
    });
    load.run(());
    (now, load)
}

/// The group that one is invited to, or why one is not.
#[component]
fn Invited(now: RwSignal<Preview>, load: Callback<()>, children: ChildrenFn) -> impl IntoView {
    move || match now.get() {
        Preview::Loading => view! { <Skeleton rows=3 /> }.into_any(),
        Preview::Failed(Error::Problem(problem)) if problem.status == 404 => {
            view! { <EmptyState icon=IconName::Link text=t!("error-invite_invalid") /> }.into_any()
        }
        Preview::Failed(error) => {
            view! { <ErrorState title=t!("invite-failed") text=error.text() on_retry=load /> }.into_any()
        }
        Preview::There(group) => {
            let text = (!group.description.is_empty())
                .then(|| view! { <p class="group-text" dir="auto">{group.description.clone()}</p> });
            view! {
                <div class="invited">
                    <p class="meta">{t!("invited-to")}</p>
                    <Monogram seed=group.id.to_string() name=group.name.clone() size=AvatarSize::Large />
                    <h2>
                        <bdi>{group.name.clone()}</bdi>
                    </h2>
                    <p class="meta">{t!("member-count", count = group.member_count)}</p>
                    {text}
                </div>
                {children()}
            }
            .into_any()
        }
    }
}

/// For who is not signed in: what it is, and the two ways in.
#[component]
pub fn InviteDoor(code: String) -> impl IntoView {
    let entrance: Entrance = expect_context();
    let next = Some(Route::Invite { code: code.clone(), join: false }.href());
    let register = StoredValue::new(Route::Register { next: next.clone() }.href());
    let sign_in = StoredValue::new(Route::SignIn { next, ended: false }.href());
    let (now, load) = preview(entrance.api, code);
    view! {
        <super::door::Desktop>
            <Invited now load>
                <div class="invited-ways">
                    <a class="btn btn-primary btn-wide" href=register.get_value()>
                        {t!("invite-register")}
                    </a>
                    <a class="btn btn-secondary btn-wide" href=sign_in.get_value()>
                        {t!("invite-sign-in")}
                    </a>
                </div>
            </Invited>
        </super::door::Desktop>
    }
}

/// For who is signed in. Who signed in for it has said yes already.
#[component]
pub fn InvitePage(code: String, join: bool) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None::<Error>);
    let (now, load) = preview(desk.api, code.clone());
    let accept = Callback::new(move |()| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let code = code.clone();
        spawn_local(async move {
            match desk.api.accept_invite(&code).await {
                Ok(group) => {
                    let id = group.conversation_id;
                    desk.take_group(group);
                    if let Ok(conversation) = desk.api.conversation(id).await {
                        desk.take_conversation(conversation);
                    }
                    router.replace(Route::chat(id));
                }
                Err(problem) => {
                    busy.try_set(false);
                    error.try_set(Some(problem));
                }
            }
        });
    });
    if join {
        accept.run(());
    }
    view! {
        <main class="pane pane-main pane-page" id="main" tabindex="-1">
            <h1 class="visually-hidden">{t!("invited-to")}</h1>
            <div class="pane-body scroll">
                <div class="page">
                    <section class="card" aria-label=t!("invited-to")>
                        <Invited now load>
                            {move || {
                                error.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })
                            }}
                            <div class="invited-ways">
                                <Button kind=ButtonKind::Primary wide=true busy on_click=accept>
                                    {t!("group-join")}
                                </Button>
                            </div>
                        </Invited>
                    </section>
                </div>
            </div>
        </main>
    }
}
