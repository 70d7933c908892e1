//! The demo data: five accounts, what they have been talking about, and whom they know. Through the domain's services, so that it is
//! real; filling it in again changes nothing.

mod people;
mod script;

use std::collections::HashMap;

use anyhow::{Context, Result};
use studyhall_domain::{
    Error,
    auth::Actor,
    member::{CanPin, CanRead, CanWrite},
    now,
    ports::{Account, NewAccount},
};
use studyhall_wire::{ConversationId, ErrorCode, PostMessage, Role, Seq, SessionId, UserId};

use crate::boot::Services;
use script::{CONVERSATIONS, Conversation, Line};

/// The password of every demo account.
pub const PASSWORD: &str = "amivaplus";
/// Username, display name, role.
const PEOPLE: [(&str, &str, Role); 5] = [
    ("jason", "Jason Amiva", Role::Superuser),
    ("admintest", "Ada Min", Role::Admin),
    ("modtest", "Mo Derat", Role::Moderator),
    ("usertest", "Uma Sertes", Role::User),
    ("guesttest", "Gus Guest", Role::Guest),
];
/// The demo accounts.
pub const USERNAMES: [&str; 5] = ["jason", "admintest", "modtest", "usertest", "guesttest"];

/// Makes what is missing of the demo data.
/// Says what demo data means for who keeps the server.
pub fn warn() {
    tracing::warn!("demo data: anyone may sign in as {} with a known password", USERNAMES.join(", "));
}

pub async fn fill(services: &Services) -> Result<()> {
    let people = people(services).await?;
    for conversation in CONVERSATIONS {
        let [Some(opener), Some(peer)] = conversation.between.map(|name| people.get(name)) else { continue };
        talk(services, conversation, opener, peer).await.with_context(|| conversation.between.join(" and "))?;
    }
    people::fill(services, &people).await.context("the group and the friends")
}

/// The demo accounts by their names; one that its owner deleted stays away.
async fn people(services: &Services) -> Result<HashMap<String, Account>> {
    let accounts = &services.app.ports.accounts;
    let there = accounts.accounts_named(&USERNAMES.map(str::to_owned)).await?;
    let mut people: HashMap<_, _> = there.into_iter().map(|account| (account.username.clone(), account)).collect();
    let mut hash = None;
    for (username, display_name, role) in PEOPLE {
        if people.contains_key(username) {
            continue;
        }
        // One hash for all of them: each costs a third of a second.
        let password_hash = match &hash {
            Some(hash) => String::clone(hash),
            None => hash.insert(services.passwords.hash(PASSWORD).await?).clone(),
        };
        let account = NewAccount {
            id: UserId::new(),
            username: username.to_owned(),
            display_name: display_name.to_owned(),
            password_hash,
            role,
            pending_email: None,
            created_at: now(),
        };
        match accounts.register(account, None).await {
            Ok(account) => drop(people.insert(username.to_owned(), account)),
            Err(Error::Conflict(ErrorCode::UsernameTaken)) => {
                tracing::warn!(username, "the demo account was deleted and stays so");
            }
            Err(error) => return Err(error).context(username),
        }
    }
    Ok(people)
}

async fn talk(services: &Services, script: &Conversation, opener: &Account, peer: &Account) -> Result<()> {
    let app = &services.app;
    let [opener, peer] = [opener, peer].map(actor);
    let (conversation, _) = app.conversations.open_direct(&opener, peer.user).await?;
    let mut seqs: Vec<Seq> = Vec::new();
    for (number, line) in script.lines.iter().enumerate() {
        let author = if line.by == script.between[0] { &opener } else { &peer };
        let other = if line.by == script.between[0] { &peer } else { &opener };
        let member = app.conversations.member::<CanWrite>(author, conversation.id).await?;
        let body = PostMessage {
            client_id: format!("demo-{number}"),
            text: line.text.to_owned(),
            reply_to: line.reply_to.and_then(|line: usize| seqs.get(line).copied()),
            attachments: Vec::new(),
        };
        let posted = app.messages.post(&member, body).await?;
        seqs.push(posted.message.seq);
        if posted.new {
            follow(services, conversation.id, line, posted.message.seq, author, other).await?;
        }
    }
    for (reader, name) in [(&opener, script.between[0]), (&peer, script.between[1])] {
        let read = if script.unread_by == Some(name) { seqs.len().saturating_sub(2) } else { seqs.len() - 1 };
        if let Some(seq) = seqs.get(read) {
            let member = app.conversations.member::<CanRead>(reader, conversation.id).await?;
            app.conversations.advance_read(&member, *seq).await?;
        }
    }
    Ok(())
}

/// What happened to a message after it was posted.
async fn follow(
    services: &Services,
    conversation: ConversationId,
    line: &Line,
    seq: Seq,
    author: &Actor,
    other: &Actor,
) -> Result<()> {
    let app = &services.app;
    if let Some(text) = line.edited {
        let member = app.conversations.member::<CanWrite>(author, conversation).await?;
        app.messages.edit(&member, seq, text.to_owned()).await?;
    }
    if let Some(emoji) = line.reaction {
        let member = app.conversations.member::<CanWrite>(other, conversation).await?;
        app.messages.react(&member, seq, emoji.to_owned()).await?;
    }
    if line.pinned {
        let member = app.conversations.member::<CanPin>(other, conversation).await?;
        app.messages.set_pinned(&member, seq, true).await?;
    }
    Ok(())
}

/// Somebody acting without having signed in: only here.
fn actor(account: &Account) -> Actor {
    Actor { user: account.id, session: SessionId::new(), role: account.role }
}
