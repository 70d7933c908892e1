//! Who the demo accounts know: a group with some history, a friendship, and a request that waits.

use std::collections::HashMap;

use anyhow::Result;
use studyhall_domain::{Error, auth::Actor, member::CanWrite, ports::Account};
use studyhall_wire::{CreateGroup, Group, GroupRole, JoinPolicy, PostMessage, SetMember, Visibility, limits::PAGE_MAX};

use super::actor;
use crate::boot::Services;

const NAME: &str = "Algorithms";
const DESCRIPTION: &str = "Exercises on Tuesdays, the session on Thursdays at 16:15. Newcomers are welcome.";
const OWNER: &str = "jason";
const MEMBERS: [(&str, GroupRole); 3] =
    [("admintest", GroupRole::Admin), ("modtest", GroupRole::Moderator), ("usertest", GroupRole::Member)];
/// What is said in the group, by whom.
const LINES: [(&str, &str); 6] = [
    ("jason", "Welcome! This is where we talk about the **algorithms** exercises. The sheets are online on Mondays."),
    ("modtest", "I'll pin whatever matters for the exam."),
    ("usertest", "Is sheet 5 due before or after the break?"),
    ("admintest", "After it. But the room changes: *B 2.14* from next week on."),
    ("usertest", "Then I'll do the second exercise first: sorting in `O(n log n)`, how hard can it be?"),
    ("modtest", "@usertest famous last words 🙂"),
];
const FRIENDS: [&str; 2] = ["modtest", "usertest"];
/// Who has asked whom.
const REQUEST: [&str; 2] = ["usertest", "jason"];

/// Makes what is missing.
pub(super) async fn fill(services: &Services, people: &HashMap<String, Account>) -> Result<()> {
    if let Some(owner) = people.get(OWNER).map(actor) {
        let group = group(services, &owner).await?;
        gather(services, people, &owner, &group).await?;
        talk(services, people, &group).await?;
    }
    befriend(services, people).await
}

async fn group(services: &Services, owner: &Actor) -> Result<Group> {
    let mine = services.app.groups.list(owner, None, PAGE_MAX).await?;
    if let Some(group) = mine.items.into_iter().find(|group| group.name == NAME) {
        return Ok(group);
    }
    let form = CreateGroup {
        name: NAME.to_owned(),
        description: Some(DESCRIPTION.to_owned()),
        visibility: Some(Visibility::Public),
        join_policy: Some(JoinPolicy::Open),
    };
    Ok(services.app.groups.create(owner, form).await?)
}

/// Who left or was removed since stays out: only a group of one is filled.
async fn gather(services: &Services, people: &HashMap<String, Account>, owner: &Actor, group: &Group) -> Result<()> {
    if group.member_count > 1 {
        return Ok(());
    }
    for (name, role) in MEMBERS {
        let Some(person) = people.get(name) else { continue };
        match services.app.groups.place(owner, group.id, person.id, SetMember { role }).await {
            Ok(_) | Err(Error::Forbidden(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

async fn talk(services: &Services, people: &HashMap<String, Account>, group: &Group) -> Result<()> {
    let app = &services.app;
    for (number, (name, text)) in LINES.into_iter().enumerate() {
        let Some(author) = people.get(name).map(actor) else { continue };
        let member = match app.conversations.member::<CanWrite>(&author, group.conversation_id).await {
            Ok(member) => member,
            Err(Error::NotFound(_) | Error::Forbidden(_)) => continue,
            Err(error) => return Err(error.into()),
        };
        let client_id = format!("demo-group-{number}");
        let body = PostMessage { client_id, text: text.to_owned(), reply_to: None, attachments: Vec::new() };
        app.messages.post(&member, body).await?;
    }
    Ok(())
}

async fn befriend(services: &Services, people: &HashMap<String, Account>) -> Result<()> {
    let friends = &services.app.friends;
    if let [Some(one), Some(other)] = FRIENDS.map(|name| people.get(name).map(actor))
        && unless_done(friends.request(&one, other.user).await)?
    {
        unless_done(friends.accept(&other, one.user).await)?;
    }
    if let [Some(asker), Some(asked)] = REQUEST.map(|name| people.get(name).map(actor)) {
        unless_done(friends.request(&asker, asked.user).await)?;
    }
    Ok(())
}

/// False where the rules say that there is nothing to do: they are friends, or one has asked, or does not want to.
fn unless_done<T>(result: studyhall_domain::Result<T>) -> Result<bool> {
    match result {
        Ok(_) => Ok(true),
        Err(Error::Conflict(_) | Error::Forbidden(_) | Error::NotFound(_)) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
