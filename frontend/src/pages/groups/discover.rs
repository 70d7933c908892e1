//! Groups that everybody finds.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::Group;

use super::{GroupFace, about::Join, may_reach_out};
use crate::{
    api::Error,
    clock,
    route::Route,
    state::use_desk,
    t,
    ui::{Button, EmptyState, ErrorState, Icon, IconName, SearchField, Skeleton, SkeletonKind, Tag, TagKind},
};

/// A pause in typing before the server is asked, in milliseconds.
const PAUSE_MS: u32 = 220;

/// The groups for one query, page after page.
#[derive(Clone, Default)]
struct Found {
    items: Vec<Group>,
    next: Option<String>,
    searching: bool,
    failed: Option<Error>,
}

/// The page.
#[component]
pub fn Discover() -> impl IntoView {
    let desk = use_desk();
    let may_look = may_reach_out();
    let query = RwSignal::new(String::new());
    let found = RwSignal::new(Found { searching: true, ..Found::default() });
    let look = move |wanted: String, cursor: Option<String>, pause: u32| {
        spawn_local(async move {
            clock::sleep(pause).await;
            let still = |wanted: &str| query.try_with_untracked(|now| now.trim() == wanted) == Some(true);
            if !still(&wanted) {
                return;
            }
            let answer = desk.api.discover(&wanted, cursor.as_deref()).await;
            if still(&wanted) {
                found.try_update(|found| {
                    found.searching = false;
                    match answer {
                        Ok(page) => {
                            if cursor.is_none() {
                                found.items.clear();
                            }
                            found.items.extend(page.items);
                            found.next = page.next_cursor;
                            found.failed = None;
                        }
                        Err(error) => found.failed = Some(error),
                    }
                });
            }
        });
    };
    Effect::new(move |before: Option<()>| {
        let wanted = query.with(|query| query.trim().to_owned());
        if may_look.get_untracked() {
            found.update(|found| found.searching = true);
            look(wanted, None, if before.is_none() { 0 } else { PAUSE_MS });
        }
    });
    let more = move |()| {
        let (next, busy) = found.with_untracked(|found| (found.next.clone(), found.searching));
        if next.is_some() && !busy {
            found.update(|found| found.searching = true);
            look(query.with_untracked(|query| query.trim().to_owned()), next, 0);
        }
    };
    let shown = move || {
        found.with(|found| {
            if let Some(error) = &found.failed {
                let again = move |()| look(query.get_untracked().trim().to_owned(), None, 0);
                return view! { <ErrorState title=t!("search-failed") text=error.text() on_retry=again /> }.into_any();
            }
            match (found.items.is_empty(), found.searching) {
                (true, true) => view! { <Skeleton kind=SkeletonKind::List rows=4 /> }.into_any(),
                (true, false) => {
                    let text =
                        if query.with_untracked(String::is_empty) { t!("discover-empty") } else { t!("discover-none") };
                    view! { <EmptyState icon=IconName::Globe text=text /> }.into_any()
                }
                (false, _) => view! {
                    <ul class="plain-list cards" aria-label=t!("groups-discover")>
                        {found.items.iter().map(|group| view! { <Card group=group.clone() /> }).collect_view()}
                    </ul>
                }
                .into_any(),
            }
        })
    };
    let button = move || {
        found.with(|found| found.next.is_some() && found.failed.is_none()).then(|| {
            view! {
                <Button on_click=more busy=Signal::derive(move || found.with(|found| found.searching))>
                    {t!("more")}
                </Button>
            }
        })
    };
    view! {
        <main class="pane pane-main pane-page" id="main" tabindex="-1">
            <header class="pane-head">
                <span class="back flip">
                    <a class="icon-btn" href="/groups" aria-label=t!("back")>
                        <Icon name=IconName::ArrowLeft size=20 />
                    </a>
                </span>
                <h1>{t!("groups-discover")}</h1>
            </header>
            <div class="pane-body scroll">
                <div class="page">
                    {move || {
                        if may_look.get() {
                            view! {
                                <SearchField label=t!("groups-find") value=query />
                                {shown}
                                {button}
                            }
                                .into_any()
                        } else {
                            view! { <p class="page-note">{t!("guest-no-discover")}</p> }.into_any()
                        }
                    }}
                </div>
            </div>
        </main>
    }
}

/// One group, and the way into it.
#[component]
fn Card(group: Group) -> impl IntoView {
    let desk = use_desk();
    let id = group.id;
    let is_in = Memo::new(move |_| desk.groups.with(|groups| groups.get(id).is_some()));
    let text = (!group.description.is_empty())
        .then(|| view! { <p class="group-text group-snippet" dir="auto">{group.description.clone()}</p> });
    let name = group.name.clone();
    let count = t!("member-count", count = group.member_count);
    let face = group.clone();
    let group = Memo::new(move |_| Some(group.clone()));
    view! {
        <li class="card group-card">
            <div class="group-top">
                <GroupFace group=face />
                <div class="group-words">
                    <h2>
                        <a class="group-name" href=Route::group(id).href()>
                            <bdi>{name}</bdi>
                        </a>
                        {move || is_in.get().then(|| view! { <Tag kind=TagKind::Lamp>{t!("group-in")}</Tag> })}
                    </h2>
                    <p class="meta">{count}</p>
                    {text}
                </div>
            </div>
            {move || (!is_in.get()).then(|| view! { <Join group reload=Callback::new(|()| ()) /> })}
        </li>
    }
}
