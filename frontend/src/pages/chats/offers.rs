//! The list of completions over the composer: people for `@`, emoji for `:`.

use leptos::prelude::*;
use studyhall_wire::{ConversationKind, User, UserId};

use super::{
    chat::ChatContext,
    completion::{Kind, Trigger},
};
use crate::{
    emoji,
    state::{Desk, rights::GroupAction},
    t,
    ui::{Avatar, AvatarSize},
};

/// How many are offered.
const OFFERS: usize = 7;

/// One completion.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// What takes the place of the word.
    pub insert: String,
    face: Face,
    title: String,
    detail: String,
}

#[derive(Clone, Debug, PartialEq)]
enum Face {
    Person(Box<User>),
    Everyone,
    Glyph(&'static str),
}

/// What can complete a word.
pub fn offers(chat: ChatContext, trigger: &Trigger) -> Vec<Offer> {
    match trigger.kind {
        Kind::Emoji => emoji::search(&trigger.query, OFFERS)
            .into_iter()
            .map(|found| Offer {
                insert: found.glyph.to_owned(),
                face: Face::Glyph(found.glyph),
                title: format!(":{}:", found.code),
                detail: String::new(),
            })
            .collect(),
        Kind::Person => people(chat, &trigger.query.to_lowercase()),
    }
}

fn people(chat: ChatContext, query: &str) -> Vec<Offer> {
    let ChatContext { desk, id, .. } = chat;
    let (peer, kind) = desk.conversations.with_untracked(|conversations| {
        conversations.get(id).map_or((None, ConversationKind::Direct), |known| (known.peer.clone(), known.kind))
    });
    let mut ids: Vec<UserId> = peer.map(|peer| peer.id).into_iter().collect();
    let authors = desk.history_now(id, |history| {
        history.window.messages().iter().rev().map(|message| message.author_id).collect::<Vec<_>>()
    });
    for author in authors.unwrap_or_default() {
        if !ids.contains(&author) {
            ids.push(author);
        }
    }
    // Who wrote last comes first; then whoever else is in the group.
    let group = desk.groups.with_untracked(|groups| groups.of(id).map(|group| group.id));
    let members = group.and_then(|group| desk.roster_now(group, |roster| roster.members().collect::<Vec<_>>()));
    if let Some(members) = members {
        ids.retain(|user| members.iter().any(|(member, _)| member == user));
        for (member, _) in members {
            if !ids.contains(&member) {
                ids.push(member);
            }
        }
    }
    ids.retain(|user| *user != desk.my_id());
    let known = ids.into_iter().filter_map(|user| known(desk, user));
    let mut offers: Vec<Offer> = known.filter(|user| fits(user, query)).map(of_person).take(OFFERS).collect();
    let may_call_all = kind == ConversationKind::Group && desk.may_in(id, GroupAction::Moderate);
    if may_call_all && "everyone".starts_with(query) {
        offers.push(Offer {
            insert: "@everyone".to_owned(),
            face: Face::Everyone,
            title: "@everyone".to_owned(),
            detail: t!("mention-everyone"),
        });
    }
    offers
}

fn known(desk: Desk, user: UserId) -> Option<User> {
    desk.person_now(user).filter(|user| !user.deleted)
}

fn fits(user: &User, query: &str) -> bool {
    user.username.starts_with(query)
        || user.display_name.to_lowercase().split_whitespace().any(|word| word.starts_with(query))
}

fn of_person(user: User) -> Offer {
    Offer {
        insert: format!("@{}", user.username),
        title: user.display_name.clone(),
        detail: format!("@{}", user.username),
        face: Face::Person(Box::new(user)),
    }
}

/// The list. The composer moves the choice and takes it; a press takes it too.
#[component]
pub fn Offers(
    list: Memo<Vec<Offer>>,
    chosen: RwSignal<usize>,
    /// The list's id; options are `{id}-{n}`.
    id: String,
    #[prop(into)] on_take: Callback<usize>,
) -> impl IntoView {
    let option = StoredValue::new(id.clone());
    let line = move |(at, offer): (usize, Offer)| {
        let face = match offer.face {
            Face::Person(user) => view! { <Avatar user=*user size=AvatarSize::Small /> }.into_any(),
            Face::Everyone => view! { <span class="glyph" aria-hidden="true">"@"</span> }.into_any(),
            Face::Glyph(glyph) => view! { <span class="glyph">{glyph}</span> }.into_any(),
        };
        view! {
            <li
                class="completion"
                role="option"
                id=format!("{}-{at}", option.get_value())
                aria-selected=move || (chosen.get() == at).to_string()
                // The press must not take the focus from the field.
                on:mousedown=move |event| event.prevent_default()
                on:click=move |_| on_take.run(at)
            >
                {face}
                <bdi>{offer.title}</bdi>
                <span class="meta">{offer.detail}</span>
            </li>
        }
    };
    view! {
        <ul class="completions completions-floating" role="listbox" id=id aria-label=t!("completions")>
            {move || list.get().into_iter().enumerate().map(line).collect_view()}
        </ul>
    }
}
