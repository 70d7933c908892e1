//! Messages on their way out: shown at once, sent in order, sent again under the same `client_id` after anything that
//! leaves their fate open, so that nothing is lost and nothing doubles. Pure; `desk` keeps it in local storage.

use serde::{Deserialize, Serialize};
use studyhall_wire::{ConversationId, Problem, Seq, StreamId};

/// What a message on its way out is waiting for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fate {
    /// To be sent as soon as there is a connection.
    #[default]
    Queued,
    /// Sent on this connection; not yet acknowledged.
    #[serde(skip)]
    Sent,
    /// Durable on the server; its event is still to come.
    #[serde(skip)]
    Durable(Seq),
    /// Refused. Waits for the author: retry or discard.
    Failed {
        /// The problem's stable code.
        code: String,
        /// What the server said about it.
        detail: String,
    },
}

/// One message on its way out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outgoing {
    pub client_id: String,
    pub conversation_id: ConversationId,
    pub text: String,
    pub reply_to: Option<Seq>,
    /// When it was written, in milliseconds since 1970.
    pub at: i64,
    #[serde(default)]
    pub fate: Fate,
}

impl Outgoing {
    /// What is kept over a reload: none once it is durable; sent without an answer counts as queued.
    pub fn kept(&self) -> Option<Self> {
        let fate = match &self.fate {
            Fate::Queued | Fate::Sent => Fate::Queued,
            Fate::Durable(_) => return None,
            failed @ Fate::Failed { .. } => failed.clone(),
        };
        Some(Self { fate, ..self.clone() })
    }
}

/// What a refusal leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The author must decide.
    Final,
    /// The server is busy: everything waits a little and is sent again.
    Wait,
}

/// Messages on their way out, in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    items: Vec<Outgoing>,
}

impl Outbox {
    /// What was kept from an earlier time.
    pub fn restore(mut items: Vec<Outgoing>) -> Self {
        items.sort_by(|a, b| (a.at, &a.client_id).cmp(&(b.at, &b.client_id)));
        Self { items }
    }

    pub fn queue(&mut self, message: Outgoing) {
        self.items.push(message);
    }

    pub fn get(&self, client_id: &str) -> Option<&Outgoing> {
        self.items.iter().find(|item| item.client_id == client_id)
    }

    /// What is on its way to one conversation.
    pub fn to(&self, conversation: ConversationId) -> impl Iterator<Item = &Outgoing> {
        self.items.iter().filter(move |item| item.conversation_id == conversation)
    }

    /// How many the server does not have yet.
    pub fn unsent(&self) -> usize {
        self.items.iter().filter(|item| !matches!(item.fate, Fate::Durable(_))).count()
    }

    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Takes what is to be sent now, in order, and counts it as sent.
    pub fn take_queued(&mut self) -> Vec<Outgoing> {
        self.items
            .iter_mut()
            .filter(|item| item.fate == Fate::Queued)
            .map(|item| {
                item.fate = Fate::Sent;
                item.clone()
            })
            .collect()
    }

    /// A connection stands. An acknowledged message whose event will not be sent any more, since its conversation was
    /// not `resumed`, is in the page that is fetched instead.
    pub fn connected(&mut self, resumed: &[StreamId]) {
        self.items.retain(|item| {
            !matches!(item.fate, Fate::Durable(_)) || resumed.contains(&StreamId::from(item.conversation_id))
        });
    }

    /// The connection ended: what was not acknowledged will be sent again.
    pub fn disconnected(&mut self) {
        for item in &mut self.items {
            if item.fate == Fate::Sent {
                item.fate = Fate::Queued;
            }
        }
    }

    /// The server has it for good.
    pub fn acknowledged(&mut self, client_id: &str, seq: Seq) {
        if let Some(item) = self.find(client_id) {
            item.fate = Fate::Durable(seq);
        }
    }

    /// The server does not take it.
    pub fn refused(&mut self, client_id: &str, problem: &Problem) -> Refusal {
        if matches!(problem.status, 429 | 500..) {
            // The order holds: what was written after it has not been refused for good either.
            self.disconnected();
            return Refusal::Wait;
        }
        if let Some(item) = self.find(client_id) {
            item.fate = Fate::Failed { code: problem.code.to_string(), detail: problem.detail.to_string() };
        }
        Refusal::Final
    }

    /// Sends a failed message again.
    pub fn retry(&mut self, client_id: &str) {
        if let Some(item) = self.find(client_id)
            && matches!(item.fate, Fate::Failed { .. })
        {
            item.fate = Fate::Queued;
        }
    }

    /// Lets a message go: it is given up, or its event or a page of history brought the message itself. Answers
    /// whether it was here.
    pub fn discard(&mut self, client_id: &str) -> bool {
        let before = self.items.len();
        self.items.retain(|item| item.client_id != client_id);
        self.items.len() < before
    }

    fn find(&mut self, client_id: &str) -> Option<&mut Outgoing> {
        self.items.iter_mut().find(|item| item.client_id == client_id)
    }
}

#[cfg(test)]
mod tests {
    use studyhall_wire::ErrorCode;

    use super::*;

    fn outgoing(conversation_id: ConversationId, client_id: &str, at: i64) -> Outgoing {
        let text = format!("text of {client_id}");
        Outgoing { client_id: client_id.into(), conversation_id, text, reply_to: None, at, fate: Fate::Queued }
    }

    fn ids(items: &[Outgoing]) -> Vec<&str> {
        items.iter().map(|item| item.client_id.as_str()).collect()
    }

    #[test]
    fn what_was_not_acknowledged_is_sent_again_in_order() {
        let conversation = ConversationId::new();
        let mut outbox = Outbox::default();
        for (id, at) in [("a", 1), ("b", 2), ("c", 3)] {
            outbox.queue(outgoing(conversation, id, at));
        }
        assert_eq!(ids(&outbox.take_queued()), ["a", "b", "c"]);
        assert!(outbox.take_queued().is_empty(), "once per connection");
        assert_eq!(outbox.unsent(), 3);
        outbox.acknowledged("a", 1);
        assert_eq!(outbox.unsent(), 2);
        outbox.disconnected();
        outbox.queue(outgoing(conversation, "d", 4));
        assert_eq!(ids(&outbox.take_queued()), ["b", "c", "d"]);
        assert!(outbox.discard("a"));
        assert!(!outbox.discard("a"));
    }

    #[test]
    fn a_busy_server_keeps_the_order_and_a_refusal_waits_for_the_author() {
        let conversation = ConversationId::new();
        let mut outbox = Outbox::default();
        outbox.queue(outgoing(conversation, "a", 1));
        outbox.queue(outgoing(conversation, "b", 2));
        outbox.take_queued();
        assert_eq!(outbox.refused("a", &Problem::new(ErrorCode::RateLimited, "wait")), Refusal::Wait);
        assert_eq!(ids(&outbox.take_queued()), ["a", "b"]);
        assert_eq!(outbox.refused("a", &Problem::new(ErrorCode::DmNotAllowed, "no")), Refusal::Final);
        outbox.disconnected();
        assert_eq!(ids(&outbox.take_queued()), ["b"]);
        outbox.retry("a");
        assert_eq!(ids(&outbox.take_queued()), ["a"]);
    }

    #[test]
    fn what_was_kept_comes_back_unsent_and_in_the_order_of_writing() {
        let conversation = ConversationId::new();
        let mut items =
            [outgoing(conversation, "c", 3), outgoing(conversation, "b", 2), outgoing(conversation, "a", 1)];
        items[0].fate = Fate::Durable(7);
        items[1].fate = Fate::Sent;
        let kept: Vec<_> = items.iter().filter_map(Outgoing::kept).collect();
        let text = serde_json::to_string(&kept).unwrap();
        let mut outbox = Outbox::restore(serde_json::from_str(&text).unwrap());
        assert_eq!(ids(&outbox.take_queued()), ["a", "b"]);
    }
}
