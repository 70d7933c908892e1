//! The dialogue "New chat": finds people and opens a conversation with one.

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::User;

use crate::{
    api::Error,
    clock,
    route::{Route, use_router},
    state::use_desk,
    t,
    ui::{
        Avatar, Dialog, EmptyState, ErrorState, IconName, SearchField, Skeleton, SkeletonKind,
        focus::{self, Axis},
    },
};

/// Characters that a search needs.
const QUERY_CHARS: usize = 2;
/// A pause in typing before the server is asked, in milliseconds.
const PAUSE_MS: u32 = 180;

/// How the search stands.
#[derive(Clone)]
enum Found {
    /// Too little was typed.
    Nothing,
    Searching,
    People(Vec<User>),
    Failed(Error),
}

/// The dialogue.
#[component]
pub fn NewChat(open: RwSignal<bool>) -> impl IntoView {
    view! {
        <Dialog open title=t!("new-chat")>
            <Search open />
        </Dialog>
    }
}

#[component]
fn Search(open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let query = RwSignal::new(String::new());
    let found = RwSignal::new(Found::Nothing);
    let failure = RwSignal::new(None::<Error>);
    let body = NodeRef::<html::Div>::new();
    let results = NodeRef::<html::Ul>::new();

    let look = move |wanted: String| {
        spawn_local(async move {
            clock::sleep(PAUSE_MS).await;
            // Only what was typed last is asked for, and only its answer is shown; the dialogue may be gone.
            let still = move |wanted: &str| query.try_with_untracked(|now| now.trim() == wanted) == Some(true);
            if !still(&wanted) {
                return;
            }
            let answer = desk.api.find_people(&wanted).await;
            if still(&wanted) {
                found.set(match answer {
                    Ok(page) => {
                        desk.remember(&page.items);
                        let me = desk.my_id();
                        Found::People(page.items.into_iter().filter(|person| person.id != me).collect())
                    }
                    Err(error) => Found::Failed(error),
                });
            }
        });
    };
    Effect::new(move || {
        let wanted = query.with(|query| query.trim().to_owned());
        if wanted.chars().count() < QUERY_CHARS {
            found.set(Found::Nothing);
        } else {
            found.update(|found| {
                if !matches!(found, Found::People(_)) {
                    *found = Found::Searching;
                }
            });
            look(wanted);
        }
    });

    let choose = move |person: User| {
        failure.set(None);
        if let Some(id) = desk.conversations.with_untracked(|conversations| conversations.with(person.id)) {
            open.set(false);
            router.go(Route::chat(id));
            return;
        }
        spawn_local(async move {
            match desk.api.open_conversation(person.id).await {
                Ok(conversation) => {
                    let id = conversation.id;
                    desk.take_conversation(conversation);
                    open.set(false);
                    router.go(Route::chat(id));
                }
                Err(error) => drop(failure.try_set(Some(error))),
            }
        });
    };
    let person = move |person: User| {
        let chosen = person.clone();
        view! {
            <li>
                <button
                    type="button"
                    class="row"
                    on:click=move |_| choose(chosen.clone())
                >
                    <Avatar user=person.clone() presence=true />
                    <span class="row-text">
                        <bdi class="row-title">{person.display_name.clone()}</bdi>
                        <span class="row-sub">"@" {person.username.clone()}</span>
                    </span>
                </button>
            </li>
        }
    };
    let shown = move || match found.get() {
        Found::Nothing => view! { <p class="page-note">{t!("find-people-hint")}</p> }.into_any(),
        Found::Searching => view! { <Skeleton kind=SkeletonKind::List rows=4 /> }.into_any(),
        Found::Failed(error) => {
            view! { <ErrorState title=t!("search-failed") text=error.text() inline=true /> }.into_any()
        }
        Found::People(people) if people.is_empty() => {
            view! { <EmptyState icon=IconName::User text=t!("find-people-none") /> }.into_any()
        }
        Found::People(people) => view! {
            <ul node_ref=results class="rows plain-list" aria-label=t!("people")>
                {people.into_iter().map(person).collect_view()}
            </ul>
        }
        .into_any(),
    };
    view! {
        <div
            node_ref=body
            class="people-picker"
            on:keydown=move |event| {
                // Home and End are the field's.
                if event.key().starts_with("Arrow")
                    && let Some(body) = body.get_untracked()
                {
                    focus::move_by_arrows(&event, &body, "input,button.row", Axis::Vertical);
                }
            }
        >
            <SearchField label=t!("find-people") value=query autofocus=true />
            {move || failure.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })}
            {shown}
        </div>
    }
}
