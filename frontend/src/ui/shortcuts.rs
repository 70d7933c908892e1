//! The list of keys, opened by `?`.

use leptos::prelude::*;

use super::Kbd;
use crate::t;

/// The keys of the app, by place: the key of a text, and what to press.
fn groups(send_with_modifier: bool) -> [(String, Vec<(String, &'static str)>); 4] {
    let (send, line_break) = if send_with_modifier { ("Mod+Enter", "Enter") } else { ("Enter", "Shift+Enter") };
    [
        (
            t!("keys-everywhere"),
            vec![
                (t!("keys-jump"), "Mod+K"),
                (t!("keys-previous"), "Alt+ArrowUp"),
                (t!("keys-next"), "Alt+ArrowDown"),
                (t!("keys-close"), "Escape"),
                (t!("keys-help"), "?"),
            ],
        ),
        (
            t!("keys-writing"),
            vec![
                (t!("keys-send"), send),
                (t!("keys-break"), line_break),
                (t!("keys-edit-last"), "ArrowUp"),
                (t!("keys-mention"), "@"),
                (t!("keys-emoji"), ":"),
            ],
        ),
        (
            t!("keys-messages"),
            vec![
                (t!("keys-between"), "ArrowUp+ArrowDown"),
                (t!("keys-actions"), "Enter"),
                (t!("keys-among"), "ArrowLeft+ArrowRight"),
            ],
        ),
        (
            t!("keys-lists"),
            vec![(t!("keys-move"), "ArrowUp+ArrowDown"), (t!("keys-ends"), "Home+End"), (t!("keys-open"), "Enter")],
        ),
    ]
}

/// Every key: what the dialogue about them holds.
#[component]
pub fn Shortcuts(
    /// Whether it takes Ctrl or ⌘ to send.
    #[prop(into)]
    send_with_modifier: Signal<bool>,
) -> impl IntoView {
    view! {
        <div class="shortcuts">
            {groups(send_with_modifier.get_untracked())
                .into_iter()
                .map(|(title, keys)| {
                    view! {
                        <section>
                            <h3>{title}</h3>
                            <dl>
                                {keys
                                    .into_iter()
                                    .map(|(what, keys)| {
                                        view! {
                                            <div>
                                                <dt>{what}</dt>
                                                <dd>
                                                    <Kbd keys />
                                                </dd>
                                            </div>
                                        }
                                    })
                                    .collect_view()}
                            </dl>
                        </section>
                    }
                })
                .collect_view()}
        </div>
    }
    .into_any()
}
