//! People found by the beginning of a name, as one types it.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::User;

use crate::{
    api::Error,
    clock,
    state::use_desk,
    t,
    ui::{EmptyState, ErrorState, IconName, Skeleton, SkeletonKind},
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

/// The people whose names begin with `query`, oneself left out; `row` draws each.
#[component]
pub fn FoundPeople<R>(query: RwSignal<String>, row: R) -> impl IntoView
where
    R: Fn(User) -> AnyView + Copy + Send + Sync + 'static,
{
    let desk = use_desk();
    let found = RwSignal::new(Found::Nothing);
    let look = move |wanted: String| {
        spawn_local(async move {
            clock::sleep(PAUSE_MS).await;
            // Only what was typed last is asked for, and only its answer is shown; the list may be gone.
            let still = move |wanted: &str| query.try_with_untracked(|now| now.trim() == wanted) == Some(true);
            if !still(&wanted) {
                return;
            }
            let answer = desk.api.find_people(&wanted).await;
            if still(&wanted) {
                found.try_set(match answer {
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
    move || match found.get() {
        Found::Nothing => view! { <p class="page-note">{t!("find-people-hint")}</p> }.into_any(),
        Found::Searching => view! { <Skeleton kind=SkeletonKind::List rows=3 /> }.into_any(),
        Found::Failed(error) => {
            view! { <ErrorState title=t!("search-failed") text=error.text() inline=true /> }.into_any()
        }
        Found::People(people) if people.is_empty() => {
            view! { <EmptyState icon=IconName::User text=t!("find-people-none") /> }.into_any()
        }
        Found::People(people) => view! {
            <ul class="rows plain-list" aria-label=t!("people")>
                {people.into_iter().map(row).collect_view()}
            </ul>
        }
        .into_any(),
    }
}
