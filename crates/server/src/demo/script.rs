//! What the demo accounts say.

/// A direct conversation, opened by the first of the two.
pub struct Conversation {
    pub between: [&'static str; 2],
    pub lines: &'static [Line],
    /// Who has not read the last line.
    pub unread_by: Option<&'static str>,
}

pub struct Line {
    pub by: &'static str,
    pub text: &'static str,
    /// The line that it answers, counted from 0.
    pub reply_to: Option<usize>,
    /// What it was edited into.
    pub edited: Option<&'static str>,
    /// How the other one reacted.
    pub reaction: Option<&'static str>,
    /// Pinned by the other one.
    pub pinned: bool,
}

const fn says(by: &'static str, text: &'static str) -> Line {
    Line { by, text, reply_to: None, edited: None, reaction: None, pinned: false }
}

const fn replies(by: &'static str, reply_to: usize, text: &'static str) -> Line {
    Line { reply_to: Some(reply_to), ..says(by, text) }
}

pub const CONVERSATIONS: &[Conversation] = &[
    Conversation {
        between: ["jason", "usertest"],
        unread_by: Some("usertest"),
        lines: &[
            says("jason", "Hi Uma, are you still coming to the **algorithms** session on Thursday?"),
            Line { reaction: Some("👍"), ..says("usertest", "Yes! I got stuck on the second exercise, though.") },
            says("jason", "The one with the shortest paths? Where?"),
            says(
                "usertest",
                "My relaxation loop never ends:\n\n```python\nwhile queue:\n    u = queue.pop(0)\n    for v, w in graph[u]:\n        if dist[u] + w <= dist[v]:\n            dist[v] = dist[u] + w\n            queue.append(v)\n```",
            ),
            Line {
                reaction: Some("🎉"),
                ..replies(
                    "jason",
                    3,
                    "Look at the comparison: with `<=` an equal distance is queued again and again. It wants `<`.",
                )
            },
            says("usertest", "Oh no. One character. Thank you!"),
            Line {
                edited: Some("Room is **B 2.14**, Thursday at 16:15. Bring the sheet."),
                pinned: true,
                ..says("jason", "Room is **B 2.12**, Thursday at 16:15. Bring the sheet.")
            },
            says("usertest", "Noted. My plan until then:\n\n1. finish sheet 4\n2. read chapter 24\n3. *sleep*"),
            says(
                "jason",
                "Good order. If chapter 24 drags on, skip the proofs at first: https://en.wikipedia.org/wiki/Dijkstra%27s_algorithm has the idea in one picture.",
            ),
            says("jason", "And @usertest, could you take notes this time?"),
        ],
    },
    Conversation {
        between: ["usertest", "modtest"],
        unread_by: None,
        lines: &[
            says("usertest", "Do you have last year's linear algebra exam?"),
            Line { reaction: Some("❤️"), ..says("modtest", "I do, on paper. I can scan it tonight.") },
            says("usertest", "You're the best. I'll bring coffee."),
            replies("modtest", 2, "> coffee\n\nDeal ☕"),
        ],
    },
    Conversation {
        between: ["jason", "admintest"],
        unread_by: Some("jason"),
        lines: &[
            says("jason", "Can you keep an eye on the new sign-ups this week? The first-years arrive on Monday."),
            says("admintest", "Sure. Should guests stay guests until somebody vouches for them?"),
            Line {
                pinned: true,
                ..says(
                    "jason",
                    "Yes: guests chat with whom they know, nothing more. Promote them once a tutor says so.",
                )
            },
            says(
                "admintest",
                "Understood.\n\n| role | who |\n|---|---|\n| user | students with a tutor |\n| guest | everybody else |\n\nI'll put it like that.",
            ),
        ],
    },
    Conversation {
        between: ["modtest", "admintest"],
        unread_by: None,
        lines: &[
            says("modtest", "Who books the group rooms these days?"),
            Line {
                reaction: Some("👀"),
                ..says(
                    "admintest",
                    "I do, by Friday noon for the week after. Write me names and times, I'll do the rest.",
                )
            },
        ],
    },
    Conversation {
        between: ["jason", "guesttest"],
        unread_by: Some("guesttest"),
        lines: &[
            says("jason", "Welcome, Gus! Look around; if you have questions, just write here."),
            says("guesttest", "Thanks! Is there a group for statistics?"),
            says("jason", "There will be one this term. I'll let you know."),
        ],
    },
];
