//! People: a cache by id, filled as names are needed.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::{Conversation, Me, UpdateProfile, User, UserId};

use super::Desk;
use crate::api;

impl Desk {
    /// A person, tracked; fetched when not known yet.
    pub fn person(self, id: UserId) -> Option<User> {
        let known = self.people.with(|people| people.get(&id).cloned());
        if known.is_none() {
            self.fetch_person(id);
        }
        known
    }

    /// A person as far as is known now, untracked.
    pub fn person_now(self, id: UserId) -> Option<User> {
        self.people.with_untracked(|people| people.get(&id).cloned())
    }

    /// How a person is called, tracked: a deleted account has no name any more.
    pub fn name(self, id: UserId) -> String {
        match self.person(id) {
            Some(person) => display_name(&person),
            None => "…".to_owned(),
        }
    }

    /// How a person is called as far as is known now, untracked.
    pub fn name_now(self, id: UserId) -> String {
        self.people.with_untracked(|people| people.get(&id).map_or_else(|| "…".to_owned(), display_name))
    }

    /// Changes one's own account.
    ///
    /// # Errors
    /// What the server says about the change.
    pub async fn update_me(self, change: &UpdateProfile) -> api::Result<()> {
        let me = self.api.update_profile(change).await?;
        self.take_me(me);
        Ok(())
    }

    /// Fetches one's own account anew.
    ///
    /// # Errors
    /// Where it cannot be fetched.
    pub async fn refresh_me(self) -> api::Result<()> {
        let me = self.api.me().await?;
        self.take_me(me);
        Ok(())
    }

    fn take_me(self, me: Me) {
        self.people.update(|people| drop(people.insert(me.user.id, me.user.clone())));
        self.me.set(me);
    }

    /// Remembers people that came with an answer.
    pub fn remember(self, people: &[User]) {
        self.people.update(|known| known.extend(people.iter().map(|person| (person.id, person.clone()))));
    }

    /// A changed profile, one's own included. It says nothing about presence.
    pub(super) fn profile_changed(self, user: User) {
        self.conversations.update(|conversations| conversations.profile(&user));
        if user.id == self.my_id() {
            self.me.update(|me| me.user = user.clone());
        }
        self.people.update(|people| {
            let presence = people.get(&user.id).map(|known| known.presence);
            let mut user = user;
            user.presence = presence.unwrap_or(user.presence);
            people.insert(user.id, user);
        });
    }

    fn fetch_person(self, id: UserId) {
        let new = self.asked_for.try_update_value(|asked| asked.insert(id)).unwrap_or_default();
        if new {
            spawn_local(async move {
                match self.api.user(id).await {
                    Ok(user) => self.people.update(|people| drop(people.insert(id, user))),
                    Err(_) => self.asked_for.update_value(|asked| {
                        asked.remove(&id);
                    }),
                }
            });
        }
    }
}

/// How a conversation is called: one with a deleted account has no title of its own any more.
pub fn title_of(conversation: &Conversation) -> String {
    match &conversation.peer {
        Some(peer) if peer.deleted => display_name(peer),
        _ => conversation.title.clone(),
    }
}

/// How a person is called.
pub fn display_name(person: &User) -> String {
    if person.deleted {
        crate::t!("deleted-user")
    } else if person.display_name.is_empty() {
        person.username.clone()
    } else {
        person.display_name.clone()
    }
}
