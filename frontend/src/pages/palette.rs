//! The jump palette (Ctrl or ⌘ with K): any conversation or person by a few letters.

use leptos::{html, prelude::*, task::spawn_local};
use studyhall_wire::{ConversationId, User};
use web_sys::KeyboardEvent;

use crate::{
    api::Error,
    clock,
    route::{Route, use_router},
    state::{list::Conversations, rights, title_of, use_desk},
    t,
    ui::{Avatar, AvatarSize, Kbd, Monogram, SearchField, element_id},
};

/// Lines that are shown.
const LINES: usize = 12;
/// Characters that a search for people needs, and a pause in typing before it, in milliseconds.
const PEOPLE_CHARS: usize = 2;
const PAUSE_MS: u32 = 180;

/// Where a line leads.
#[derive(Clone, Debug, PartialEq)]
enum Target {
    Conversation { id: ConversationId, title: String, peer: Option<Box<User>> },
    Person(Box<User>),
}

impl Target {
    fn title(&self) -> &str {
        match self {
            Self::Conversation { title, .. } => title,
            Self::Person(person) => &person.display_name,
        }
    }

    fn detail(&self) -> String {
        match self {
            Self::Conversation { peer: Some(person), .. } | Self::Person(person) => format!("@{}", person.username),
            Self::Conversation { .. } => String::new(),
        }
    }
}

/// The palette: what its dialogue holds.
#[component]
pub fn Palette(open: RwSignal<bool>) -> impl IntoView {
    let desk = use_desk();
    let router = use_router();
    let query = RwSignal::new(String::new());
    let people = RwSignal::new(Vec::<User>::new());
    let chosen = RwSignal::new(0_usize);
    let failure = RwSignal::new(None::<Error>);
    let input = NodeRef::<html::Input>::new();
    let list_id = StoredValue::new(element_id("jump"));

    let targets = Memo::new(move |_| {
        let wanted = query.with(|query| query.trim().to_lowercase());
        let known = desk.conversations.with(|conversations| conversations_like(conversations, &wanted));
        let with: Vec<_> = known
            .iter()
            .filter_map(|target| match target {
                Target::Conversation { peer, .. } => peer.as_ref().map(|peer| peer.id),
                Target::Person(_) => None,
            })
            .collect();
        let me = desk.my_id();
        let others = people.get().into_iter().filter(|person| person.id != me && !with.contains(&person.id));
        known.into_iter().chain(others.map(|person| Target::Person(Box::new(person)))).take(LINES).collect::<Vec<_>>()
    });
    Effect::new(move || {
        let wanted = query.with(|query| query.trim().to_owned());
        chosen.set(0);
        failure.set(None);
        // Guests look for nobody.
        let may_find = desk.me.with(|me| rights::reaches_out(me.user.role));
        if wanted.chars().count() < PEOPLE_CHARS || !may_find {
            people.set(Vec::new());
            return;
        }
        spawn_local(async move {
            clock::sleep(PAUSE_MS).await;
            let still = || query.try_with_untracked(|now| now.trim() == wanted) == Some(true);
            if still()
                && let Ok(page) = desk.api.find_people(&wanted).await
                && still()
            {
                desk.remember(&page.items);
                people.try_set(page.items);
            }
        });
    });

    let go = move |at: usize| {
        let Some(target) = targets.with_untracked(|targets| targets.get(at).cloned()) else { return };
        match target {
            Target::Conversation { id, .. } => {
                open.set(false);
                router.go(Route::chat(id));
            }
            Target::Person(person) => spawn_local(async move {
                match desk.api.open_conversation(person.id).await {
                    Ok(conversation) => {
                        let id = conversation.id;
                        desk.take_conversation(conversation);
                        open.set(false);
                        router.go(Route::chat(id));
                    }
                    Err(error) => drop(failure.try_set(Some(error))),
                }
            }),
        }
    };
    let on_key = move |event: KeyboardEvent| {
        let count = targets.with_untracked(Vec::len);
        match event.key().as_str() {
            "ArrowDown" if count > 0 => chosen.update(|at| *at = (*at + 1) % count),
            "ArrowUp" if count > 0 => chosen.update(|at| *at = (*at + count - 1) % count),
            "Enter" if !event.is_composing() => go(chosen.get_untracked()),
            _ => return,
        }
        event.prevent_default();
    };
    // The field keeps the focus; which line is chosen is told through it.
    Effect::new(move || {
        let Some(input) = input.get() else { return };
        let active =
            targets.with(|targets| (!targets.is_empty()).then(|| format!("{}-{}", list_id.get_value(), chosen.get())));
        drop(input.set_attribute("aria-controls", &list_id.get_value()));
        drop(match &active {
            Some(active) => input.set_attribute("aria-activedescendant", active),
            None => input.remove_attribute("aria-activedescendant"),
        });
        if let Some(line) = active.and_then(|active| document().get_element_by_id(&active)) {
            let options = web_sys::ScrollIntoViewOptions::new();
            options.set_block(web_sys::ScrollLogicalPosition::Nearest);
            line.scroll_into_view_with_scroll_into_view_options(&options);
        }
    });
    let line = move |(at, target): (usize, Target)| {
        let face = match &target {
            Target::Conversation { peer: Some(person), .. } | Target::Person(person) => {
                view! { <Avatar user=(**person).clone() size=AvatarSize::Small presence=true /> }.into_any()
            }
            Target::Conversation { id, title, .. } => {
                view! { <Monogram seed=id.to_string() name=title.clone() size=AvatarSize::Small /> }.into_any()
            }
        };
        view! {
            <li
                class="palette-item"
                role="option"
                id=format!("{}-{at}", list_id.get_value())
                aria-selected=move || (chosen.get() == at).to_string()
                on:mousedown=move |event| event.prevent_default()
                on:click=move |_| go(at)
            >
                {face}
                <bdi class="row-title">{target.title().to_owned()}</bdi>
                <span class="meta">{target.detail()}</span>
            </li>
        }
    };
    let none = move || targets.with(Vec::is_empty).then(|| view! { <p class="panel-empty">{t!("jump-none")}</p> });
    view! {
        <div class="palette" on:keydown=on_key>
            <div class="palette-head">
                <SearchField label=t!("jump-to") value=query autofocus=true input_ref=input />
            </div>
            {move || failure.get().map(|error| view! { <p class="form-error" role="alert">{error.text()}</p> })}
            {none}
            <ul class="palette-list" role="listbox" id=list_id.get_value() aria-label=t!("jump-to")>
                {move || targets.get().into_iter().enumerate().map(line).collect_view()}
            </ul>
            <footer class="palette-foot">
                <span>
                    <Kbd keys="ArrowUp+ArrowDown" />
                    {t!("keys-move")}
                </span>
                <span>
                    <Kbd keys="Enter" />
                    {t!("keys-open")}
                </span>
            </footer>
        </div>
    }
}

/// Conversations with a word of their title, or a username, that begins so; all of them for nothing.
fn conversations_like(conversations: &Conversations, wanted: &str) -> Vec<Target> {
    let known = conversations.by_activity().into_iter().filter_map(|id| conversations.get(id));
    known
        .filter(|conversation| {
            let title = conversation.title.to_lowercase();
            title.starts_with(wanted)
                || title.split_whitespace().any(|word| word.starts_with(wanted))
                || conversation.peer.as_ref().is_some_and(|peer| peer.username.starts_with(wanted))
        })
        .take(LINES)
        .map(|conversation| Target::Conversation {
            id: conversation.id,
            title: title_of(conversation),
            peer: conversation.peer.clone().map(Box::new),
        })
        .collect()
}
