//! A list that comes page after page, for what was asked last.

use std::future::Future;

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::Page;

use crate::{
    api::{Error, Result},
    clock, t,
    ui::{Button, EmptyState, ErrorState, IconName, Skeleton, SkeletonKind},
};

/// A pause in typing before the server is asked, in milliseconds.
const PAUSE_MS: u32 = 220;

/// How fetching stands.
#[derive(Clone, PartialEq)]
struct Fetching {
    next: Option<String>,
    busy: bool,
    failed: Option<Error>,
    /// Counts what was asked: the answer to an earlier question is let go.
    asked: u32,
}

/// The list. A handle: copies share it.
pub struct Paged<T: Send + Sync + 'static> {
    items: RwSignal<Vec<T>>,
    fetching: RwSignal<Fetching>,
}

impl<T: Send + Sync + 'static> Clone for Paged<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T: Send + Sync + 'static> Copy for Paged<T> {}

impl<T: Clone + Send + Sync + 'static> Paged<T> {
    pub fn new() -> Self {
        let fetching = Fetching { next: None, busy: true, failed: None, asked: 0 };
        Self { items: RwSignal::new(Vec::new()), fetching: RwSignal::new(fetching) }
    }

    /// Asks anew; what is there stays in sight until the answer comes.
    pub fn ask<F: Future<Output = Result<Page<T>>> + 'static>(self, fetch: impl FnOnce(Option<String>) -> F + 'static) {
        self.run(None, fetch);
    }

    /// Asks for the next page.
    pub fn more<F: Future<Output = Result<Page<T>>> + 'static>(
        self,
        fetch: impl FnOnce(Option<String>) -> F + 'static,
    ) {
        let (next, busy) = self.fetching.with_untracked(|now| (now.next.clone(), now.busy));
        if next.is_some() && !busy {
            self.run(next, fetch);
        }
    }

    fn run<F: Future<Output = Result<Page<T>>> + 'static>(
        self,
        cursor: Option<String>,
        fetch: impl FnOnce(Option<String>) -> F + 'static,
    ) {
        let first = cursor.is_none();
        let ticket = self.fetching.try_update(|now| {
            now.busy = true;
            now.failed = None;
            now.asked = now.asked.wrapping_add(1);
            now.asked
        });
        spawn_local(async move {
            let still = move || self.fetching.try_with_untracked(|now| now.asked) == ticket;
            if first {
                clock::sleep(PAUSE_MS).await;
            }
            if !still() {
                return;
            }
            let answer = fetch(cursor).await;
            if !still() {
                return;
            }
            match answer {
                Ok(page) => {
                    self.items.try_update(|items| {
                        if first {
                            items.clear();
                        }
                        items.extend(page.items);
                    });
                    self.fetching.try_update(|now| {
                        now.busy = false;
                        now.next = page.next_cursor;
                    });
                }
                Err(error) => drop(self.fetching.try_update(|now| {
                    now.busy = false;
                    now.failed = Some(error);
                })),
            }
        });
    }

    /// Changes what is held.
    pub fn update(self, change: impl FnOnce(&mut Vec<T>)) {
        self.items.try_update(change);
    }

    /// The items, tracked.
    pub fn items(self) -> Vec<T> {
        self.items.get()
    }

    /// The item that fits, tracked.
    pub fn find(self, fits: impl Fn(&T) -> bool) -> Option<T> {
        self.items.with(|items| items.iter().find(|item| fits(item)).cloned())
    }

    /// Shows what is held: `list` draws [`Self::items`], `empty` says why there are none.
    pub fn show(
        self,
        empty: impl Fn() -> String + Send + 'static,
        again: Callback<()>,
        more: Callback<()>,
        list: impl Fn() -> AnyView + Send + 'static,
    ) -> impl IntoView {
        let state = Memo::new(move |_| {
            let (failed, busy) = self.fetching.with(|now| (now.failed.clone(), now.busy));
            let none = self.items.with(Vec::is_empty);
            (failed, none, none && busy)
        });
        let body = move || match state.get() {
            (Some(error), ..) => {
                view! { <ErrorState title=t!("list-failed") text=error.text() on_retry=again /> }.into_any()
            }
            (None, true, true) => view! { <Skeleton kind=SkeletonKind::List rows=6 /> }.into_any(),
            (None, true, false) => view! { <EmptyState icon=IconName::List text=empty() /> }.into_any(),
            (None, false, _) => list(),
        };
        let busy = Signal::derive(move || self.fetching.with(|now| now.busy));
        let has_more = Memo::new(move |_| self.fetching.with(|now| now.next.is_some() && now.failed.is_none()));
        view! {
            {body}
            <Show when=move || has_more.get()>
                <div class="rows-more">
                    <Button busy on_click=more>
                        {t!("more")}
                    </Button>
                </div>
            </Show>
        }
    }
}
