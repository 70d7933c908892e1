//! What a search through messages found: in one conversation, or in all.

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::{ConversationId, Message, SearchHit};

use super::highlight::highlight;
use crate::{
    api::Error,
    clock, markdown,
    route::{Route, is_plain, use_router},
    state::{title_of, use_desk},
    t,
    ui::{
        Button, EmptyState, ErrorState, IconName, Skeleton, SkeletonKind, Time, TimeStyle,
        focus::{self, Axis},
        is_narrow,
    },
};

/// A pause in typing before the server is asked, in milliseconds.
const PAUSE_MS: u32 = 220;
/// Characters of a message that a line shows.
const LINE_CHARS: usize = 160;

/// The hits of one query, page after page.
#[derive(Clone, Default)]
struct Hits {
    items: Vec<SearchHit>,
    next: Option<String>,
    searching: bool,
    failed: Option<Error>,
}

/// The hits for `query`, as links to the messages.
#[component]
pub fn Results(
    query: RwSignal<String>,
    /// Where to search; everywhere without one.
    conversation: Option<ConversationId>,
) -> impl IntoView {
    let desk = use_desk();
    let hits = RwSignal::new(Hits { searching: true, ..Hits::default() });
    let list = NodeRef::<html::Ul>::new();

    let search = move |wanted: String, cursor: Option<String>, pause: u32| {
        spawn_local(async move {
            clock::sleep(pause).await;
            // Only what was typed last is asked for, and only its answer is shown; the list may be gone by then.
            let still = |wanted: &str| query.try_with_untracked(|now| now.trim() == wanted) == Some(true);
            if !still(&wanted) {
                return;
            }
            let answer = desk.api.search(&wanted, conversation, cursor.as_deref()).await;
            if still(&wanted) {
                hits.try_update(|hits| {
                    hits.searching = false;
                    match answer {
                        Ok(page) => {
                            if cursor.is_none() {
                                hits.items.clear();
                            }
                            hits.items.extend(page.items);
                            hits.next = page.next_cursor;
                            hits.failed = None;
                        }
                        Err(error) => hits.failed = Some(error),
                    }
                });
            }
        });
    };
    Effect::new(move || {
        let wanted = query.with(|query| query.trim().to_owned());
        hits.update(|hits| hits.searching = true);
        if !wanted.is_empty() {
            search(wanted, None, PAUSE_MS);
        }
    });
    let more = move |()| {
        let (next, busy) = hits.with_untracked(|hits| (hits.next.clone(), hits.searching));
        if next.is_some() && !busy {
            hits.update(|hits| hits.searching = true);
            search(query.with_untracked(|query| query.trim().to_owned()), next, 0);
        }
    };
    let shown = move || {
        hits.with(|hits| {
            if let Some(error) = &hits.failed {
                let again = move |()| search(query.get_untracked().trim().to_owned(), None, 0);
                return view! { <ErrorState title=t!("search-failed") text=error.text() on_retry=again /> }.into_any();
            }
            match (hits.items.is_empty(), hits.searching) {
                (true, true) => view! { <Skeleton kind=SkeletonKind::List rows=4 /> }.into_any(),
                (true, false) => view! { <EmptyState icon=IconName::Search text=t!("search-none") /> }.into_any(),
                (false, _) => {
                    let query = query.get_untracked();
                    let line = |hit: &SearchHit| {
                        view! { <Hit hit=hit.clone() query=query.clone() everywhere=conversation.is_none() /> }
                    };
                    let lines = hits.items.iter().map(line);
                    view! {
                        <ul
                            node_ref=list
                            class="hits plain-list"
                            aria-label=t!("search-results")
                            on:keydown=move |event| {
                                if let Some(list) = list.get_untracked() {
                                    focus::move_by_arrows(&event, &list, "a.hit", Axis::Vertical);
                                }
                            }
                        >
                            {lines.collect_view()}
                        </ul>
                    }
                    .into_any()
                }
            }
        })
    };
    let button = move || {
        hits.with(|hits| hits.next.is_some() && hits.failed.is_none())
            .then(|| view! { <Button on_click=more busy=Signal::derive(move || hits.with(|hits| hits.searching))>{t!("more")}</Button> })
    };
    view! {
        {shown}
        {button}
    }
}

#[component]
fn Hit(hit: SearchHit, query: String, everywhere: bool) -> impl IntoView {
    let desk = use_desk();
    let found = if hit.snippet.is_empty() { &hit.message.text } else { &hit.snippet };
    let text = highlight(&markdown::plain(found, LINE_CHARS), &query);
    view! { <MessageLink message=hit.message text everywhere desk /> }
}

/// A link to a message: who, when, and its words.
#[component]
pub fn MessageLink(
    message: Message,
    /// What is shown of its text, in pieces, and which of them are marked.
    text: Vec<(String, bool)>,
    /// Whether to say in which conversation it is.
    everywhere: bool,
    desk: crate::state::Desk,
) -> impl IntoView {
    let router = use_router();
    let (id, at) = (message.conversation_id, Some(message.seq));
    let href = Route::Chat { id, at, panel: None }.href();
    // The panel that the link stands in stays, unless it covers what the link leads to.
    let follow = move |event: web_sys::MouseEvent| {
        if let Route::Chat { id: here, panel, .. } = router.route_now()
            && here == id
            && is_plain(&event)
        {
            event.prevent_default();
            router.go(Route::Chat { id, at, panel: panel.filter(|_| !is_narrow()) });
        }
    };
    let place = move || {
        let title = desk.conversations.with(|known| known.get(id).map(|known| title_of(known)));
        everywhere.then(|| view! { <span class="hit-place">{title.unwrap_or_default()}</span> })
    };
    view! {
        <li>
            <a class="hit" href=href on:click=follow>
                <span class="hit-top">
                    <bdi class="hit-author">{move || desk.name(message.author_id)}</bdi>
                    {place}
                    <Time at=message.created_at style=TimeStyle::Short />
                </span>
                <span class="hit-text" dir="auto">
                    {text
                        .into_iter()
                        .map(|(piece, marked)| {
                            if marked { view! { <mark>{piece}</mark> }.into_any() } else { piece.into_any() }
                        })
                        .collect_view()}
                </span>
            </a>
        </li>
    }
}
