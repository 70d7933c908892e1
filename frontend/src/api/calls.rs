//! The calls of the wire contract, a method each.

use serde::{Serialize, de::DeserializeOwned};
use studyhall_wire::{
    AdvanceRead, ChangePassword, ConfirmReset, Conversation, ConversationId, DeleteAccount, EditMessage, Login, Me,
    Message, MessagePage, NotifyLevel, OpenConversation, Page, Register, SearchHit, Seq, Session, SessionId,
    SessionInfo, SetNotify, UpdateProfile, User, UserId,
};

use super::{
    Api, Body, Method, Request,
    error::{Error, Result},
    transport,
};
use crate::state::window::Span;

/// Messages in one page of history.
const PAGE: u32 = 50;

/// Whether someone is signed in, found out at the start.
#[derive(Clone, Debug, PartialEq)]
pub enum Probe {
    SignedIn(Box<Me>),
    SignedOut,
}

pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    crate::json::read(text).map_err(|error| Error::Unexpected(error.to_string()))
}

pub(super) fn json(body: &impl Serialize) -> Result<Body> {
    serde_json::to_string(body).map(Body::Json).map_err(|error| Error::Unexpected(error.to_string()))
}

/// A path segment or query value, escaped.
pub(crate) fn escape(text: &str) -> String {
    js_sys::encode_uri_component(text).into()
}

/// The path of one page of a list.
pub(super) fn page_path(path: &str, limit: u32, cursor: Option<&str>) -> String {
    let sign = if path.contains('?') { '&' } else { '?' };
    let from = cursor.map(|cursor| format!("&cursor={}", escape(cursor))).unwrap_or_default();
    format!("{path}{sign}limit={limit}{from}")
}

// Accounts and sessions.
impl Api {
    /// Whether the browser still has a session.
    pub async fn probe(self) -> Result<Probe> {
        match self.renew().await {
            Ok(_) => Ok(Probe::SignedIn(Box::new(self.me().await?))),
            Err(Error::SignedOut) => Ok(Probe::SignedOut),
            Err(error) => Err(error),
        }
    }

    pub async fn login(self, body: &Login) -> Result<Me> {
        self.begin("/auth/login", json(body)?).await
    }

    pub async fn register(self, body: &Register) -> Result<Me> {
        self.begin("/auth/register", json(body)?).await
    }

    async fn begin(self, path: &str, body: Body) -> Result<Me> {
        let request = Request { method: Method::Post, path: path.into(), body, token: None };
        let session: Session = read(&transport::send(&request).await?.text)?;
        self.accept(session);
        self.me().await
    }

    /// Sets a new password by a link that somebody was given.
    pub async fn confirm_reset(self, body: &ConfirmReset) -> Result<()> {
        let path = "/auth/password-reset/confirm".into();
        let request = Request { method: Method::Post, path, body: json(body)?, token: None };
        transport::send(&request).await.map(drop)
    }

    pub async fn logout(self) -> Result<()> {
        self.exchange(Method::Post, "/auth/logout".into(), Body::None).await.map(drop)
    }

    pub async fn sessions(self) -> Result<Page<SessionInfo>> {
        self.get("/auth/sessions".into()).await
    }

    pub async fn revoke_session(self, id: SessionId) -> Result<()> {
        self.delete(format!("/auth/sessions/{id}")).await
    }

    pub async fn revoke_other_sessions(self) -> Result<()> {
        self.delete("/auth/sessions".into()).await
    }

    pub async fn change_password(self, body: &ChangePassword) -> Result<()> {
        self.exchange(Method::Post, "/auth/password".into(), json(body)?).await.map(drop)
    }

    pub async fn me(self) -> Result<Me> {
        self.get("/users/me".into()).await
    }

    pub async fn update_profile(self, body: &UpdateProfile) -> Result<Me> {
        read(&self.exchange(Method::Patch, "/users/me".into(), json(body)?).await?)
    }

    pub async fn set_avatar(self, file: web_sys::File) -> Result<()> {
        self.exchange(Method::Put, "/users/me/avatar".into(), Body::File(file)).await.map(drop)
    }

    pub async fn remove_avatar(self) -> Result<()> {
        self.delete("/users/me/avatar".into()).await
    }

    pub async fn delete_account(self, body: &DeleteAccount) -> Result<()> {
        self.exchange(Method::Delete, "/users/me".into(), json(body)?).await.map(drop)
    }

    pub async fn user(self, id: UserId) -> Result<User> {
        self.get(format!("/users/{id}")).await
    }

    /// People whose name begins so; two characters or more.
    pub async fn find_people(self, query: &str) -> Result<Page<User>> {
        self.get(format!("/users?query={}&limit=20", escape(query))).await
    }
}

// Conversations and messages.
impl Api {
    /// Every conversation, page after page.
    pub async fn conversations(self) -> Result<Vec<Conversation>> {
        self.all("/conversations").await
    }

    pub async fn conversation(self, id: ConversationId) -> Result<Conversation> {
        self.get(format!("/conversations/{id}")).await
    }

    pub async fn open_conversation(self, user_id: UserId) -> Result<Conversation> {
        let body = json(&OpenConversation { user_id })?;
        read(&self.exchange(Method::Post, "/conversations".into(), body).await?)
    }

    pub async fn messages(self, id: ConversationId, span: Span) -> Result<MessagePage> {
        let bound = match span {
            Span::Newest => String::new(),
            Span::Before(seq) => format!("&before={seq}"),
            Span::After(seq) => format!("&after={seq}"),
            Span::Around(seq) => format!("&around={seq}"),
        };
        self.get(format!("/conversations/{id}/messages?limit={PAGE}{bound}")).await
    }

    /// One message.
    pub async fn message(self, id: ConversationId, seq: Seq) -> Result<Option<Message>> {
        let page: MessagePage = self.get(format!("/conversations/{id}/messages?limit=1&around={seq}")).await?;
        Ok(page.items.into_iter().find(|message| message.seq == seq))
    }

    pub async fn pinned(self, id: ConversationId) -> Result<MessagePage> {
        self.get(format!("/conversations/{id}/messages?pinned=true&limit=200")).await
    }

    pub async fn edit_message(self, id: ConversationId, seq: Seq, text: &str) -> Result<()> {
        let body = json(&EditMessage { text: text.to_owned() })?;
        self.exchange(Method::Patch, format!("/conversations/{id}/messages/{seq}"), body).await.map(drop)
    }

    pub async fn delete_message(self, id: ConversationId, seq: Seq) -> Result<()> {
        self.delete(format!("/conversations/{id}/messages/{seq}")).await
    }

    pub async fn react(self, id: ConversationId, seq: Seq, emoji: &str, on: bool) -> Result<()> {
        self.switch(format!("/conversations/{id}/messages/{seq}/reactions/{}", escape(emoji)), on).await
    }

    pub async fn pin(self, id: ConversationId, seq: Seq, on: bool) -> Result<()> {
        self.switch(format!("/conversations/{id}/messages/{seq}/pin"), on).await
    }

    pub async fn advance_read(self, id: ConversationId, seq: Seq) -> Result<()> {
        let body = json(&AdvanceRead { seq })?;
        self.exchange(Method::Put, format!("/conversations/{id}/read"), body).await.map(drop)
    }

    pub async fn set_notify(self, id: ConversationId, level: NotifyLevel) -> Result<()> {
        let body = json(&SetNotify { level })?;
        self.exchange(Method::Put, format!("/conversations/{id}/notify"), body).await.map(drop)
    }

    /// Messages that hold the words of `query`, in one conversation or in all.
    pub async fn search(
        self,
        query: &str,
        conversation: Option<ConversationId>,
        cursor: Option<&str>,
    ) -> Result<Page<SearchHit>> {
        let mut path = format!("/search/messages?q={}&limit=30", escape(query));
        if let Some(id) = conversation {
            path = format!("{path}&conversation_id={id}");
        }
        if let Some(cursor) = cursor {
            path = format!("{path}&cursor={}", escape(cursor));
        }
        self.get(path).await
    }

    /// The items of a list, page after page.
    pub(super) async fn all<T: DeserializeOwned>(self, path: &str) -> Result<Vec<T>> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let page: Page<T> = self.get(page_path(path, 200, cursor.as_deref())).await?;
            all.extend(page.items);
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return Ok(all),
            }
        }
    }

    /// A call with a JSON body, for its answer.
    pub(super) async fn ask<T: DeserializeOwned>(
        self,
        method: Method,
        path: String,
        body: &impl Serialize,
    ) -> Result<T> {
        read(&self.exchange(method, path, json(body)?).await?)
    }

    /// A call with a JSON body that answers nothing.
    pub(super) async fn tell(self, method: Method, path: String, body: &impl Serialize) -> Result<()> {
        self.exchange(method, path, json(body)?).await.map(drop)
    }

    /// A `POST` without a body that answers nothing.
    pub(super) async fn post(self, path: String) -> Result<()> {
        self.exchange(Method::Post, path, Body::None).await.map(drop)
    }

    pub(super) async fn get<T: DeserializeOwned>(self, path: String) -> Result<T> {
        read(&self.exchange(Method::Get, path, Body::None).await?)
    }

    pub(super) async fn delete(self, path: String) -> Result<()> {
        self.exchange(Method::Delete, path, Body::None).await.map(drop)
    }

    pub(super) async fn switch(self, path: String, on: bool) -> Result<()> {
        let method = if on { Method::Put } else { Method::Delete };
        self.exchange(method, path, Body::None).await.map(drop)
    }
}
