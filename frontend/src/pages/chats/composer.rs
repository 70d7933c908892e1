//! Where one writes. Keeps a draft per conversation, completes names and emoji, sends.

use leptos::{html, prelude::*};
use studyhall_wire::limits::MESSAGE_CHARS;
use web_sys::{HtmlTextAreaElement, KeyboardEvent};

use super::{
    chat::ChatContext,
    completion::{self, Trigger},
    offers::{Offers, offers},
};
use crate::{
    markdown, parts,
    state::prefs::use_prefs,
    t,
    ui::{Icon, IconButton, IconName, Later, Popover, Side, element_id, has_keyboard},
};

/// Characters left at which the count appears.
const COUNT_FROM: usize = 500;
/// Characters of the message that one answers.
const QUOTE_CHARS: usize = 100;

/// The composer and what stands around it.
#[component]
pub fn Composer(chat: ChatContext) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    let prefs = use_prefs();
    let field = NodeRef::<html::Textarea>::new();
    let text = RwSignal::new(untrack(|| desk.draft(id)).unwrap_or_default());
    let trigger = RwSignal::new(None::<Trigger>);
    let chosen = RwSignal::new(0);
    let picking = RwSignal::new(false);
    let list =
        Memo::new(move |_| trigger.with(|trigger| trigger.as_ref().map(|at| offers(chat, at)).unwrap_or_default()));
    let offering = Memo::new(move |_| list.with(|list| !list.is_empty()));
    let list_id = StoredValue::new(element_id("completions"));
    let length = Memo::new(move |_| text.with(|text| text.chars().count()));
    let can_send = Memo::new(move |_| text.with(|text| !text.trim().is_empty()) && length.get() <= MESSAGE_CHARS);

    let set_text = move |value: String| {
        desk.keep_draft(id, &value);
        text.set(value);
    };
    // Another tab may write on.
    Effect::new(move || {
        let kept = desk.draft(id).unwrap_or_default();
        if text.with_untracked(|text| *text != kept) {
            trigger.set(None);
            text.set(kept);
        }
    });
    let look = move |field: &HtmlTextAreaElement| {
        let caret = caret_of(field);
        let alone = field.selection_end().ok().flatten() == field.selection_start().ok().flatten();
        let now = if alone { completion::trigger(&field.value(), caret) } else { None };
        if trigger.with_untracked(|before| *before != now) {
            chosen.set(0);
            trigger.set(now);
        }
    };
    let place = move |value: String, caret: usize| {
        set_text(value.clone());
        if let Some(field) = field.get_untracked() {
            field.set_value(&value);
            let caret = u32::try_from(caret).unwrap_or(u32::MAX);
            drop(field.set_selection_range(caret, caret));
            drop(field.focus());
        }
    };
    let take = move |at: usize| {
        let Some(now) = trigger.get_untracked() else { return };
        if let Some(offer) = list.with_untracked(|list| list.get(at).cloned()) {
            let (value, caret) = text.with_untracked(|text| completion::complete(text, &now, &offer.insert));
            trigger.set(None);
            place(value, caret);
        }
    };
    let send = move || {
        if !can_send.get_untracked() {
            return;
        }
        let message = text.with_untracked(|text| text.trim_matches(['\n', '\r']).trim_end().to_owned());
        desk.send_message(id, message, chat.replying.get_untracked());
        desk.stopped_typing(id);
        set_text(String::new());
        trigger.set(None);
        chat.replying.set(None);
        chat.left_off.set(None);
        chat.to_end.update(|wish| *wish += 1);
    };
    let on_key = move |event: KeyboardEvent| {
        if event.is_composing() {
            return;
        }
        // What is written out already needs no completing: Enter sends it.
        let complete = event.key() == "Enter"
            && trigger.with_untracked(|trigger| {
                let written = trigger
                    .as_ref()
                    .and_then(|at| text.with_untracked(|text| Some(text.get(at.start..at.end)?.to_lowercase())));
                list.with_untracked(|list| {
                    list.get(chosen.get_untracked()).map(|offer| offer.insert.clone()) == written
                })
            });
        if offering.get_untracked()
            && !complete
            && offer_key(&event, list.with_untracked(Vec::len), chosen, take, trigger)
        {
            event.prevent_default();
            event.stop_propagation();
            return;
        }
        match event.key().as_str() {
            "Enter" if sends(&event, prefs.get_untracked().send_with_modifier) => {
                event.prevent_default();
                send();
            }
            "ArrowUp" if !event.alt_key() && text.with_untracked(String::is_empty) => {
                let me = desk.my_id();
                let last = desk.history_now(id, |history| {
                    let mut mine = history.window.messages().iter().rev();
                    mine.find(|message| message.author_id == me && message.deleted_at.is_none())
                        .map(|message| message.seq)
                });
                if let Some(last) = last.flatten() {
                    event.prevent_default();
                    chat.editing.set(Some(last));
                }
            }
            _ => {}
        }
    };
    // The field has the focus when a conversation opens, where a keyboard would not cover half of it.
    Effect::new(move |before: Option<u32>| {
        let wish = chat.write.get();
        if let Some(field) = field.get()
            && (before.is_some_and(|before| before != wish) || before.is_none() && has_keyboard())
        {
            // By the next frame a dialogue that led here is gone, and with it what kept the focus inside.
            request_animation_frame(move || drop(field.focus()));
        }
        wish
    });
    let pick = Callback::new(move |glyph: &'static str| {
        picking.set(false);
        let Some(field) = field.get_untracked() else { return };
        let at = |position: Result<Option<u32>, _>| position.ok().flatten().unwrap_or_default() as usize;
        let (start, end) = (at(field.selection_start()), at(field.selection_end()));
        let units: Vec<u16> = field.value().encode_utf16().collect();
        let (start, end) = (start.min(units.len()), end.min(units.len()));
        let (before, after) = (String::from_utf16_lossy(&units[..start]), String::from_utf16_lossy(&units[end..]));
        place(format!("{before}{glyph}{after}"), start + glyph.encode_utf16().count());
    });
    let count = move || {
        let length = length.get();
        (length + COUNT_FROM > MESSAGE_CHARS).then(|| {
            let left = i64::try_from(MESSAGE_CHARS).unwrap_or(i64::MAX) - i64::try_from(length).unwrap_or(i64::MAX);
            view! {
                <span class="composer-count" class:composer-count-over=left < 0 role="status">
                    {left}
                </span>
            }
        })
    };
    view! {
        <div class="composer-area">
            <Answering chat />
            <form
                class="composer"
                on:submit=move |event| {
                    event.prevent_default();
                    send();
                }
            >
                {move || offering.get().then(|| view! { <Offers list chosen id=list_id.get_value() on_take=take /> })}
                <div class="composer-box">
                    <div class="composer-grow" data-value=text>
                        <textarea
                            node_ref=field
                            class="composer-input"
                            rows="1"
                            dir="auto"
                            aria-label=t!("message")
                            placeholder=t!("message")
                            enterkeyhint="send"
                            aria-autocomplete="list"
                            aria-controls=move || offering.get().then(|| list_id.get_value())
                            aria-activedescendant=move || {
                                offering.get().then(|| format!("{}-{}", list_id.get_value(), chosen.get()))
                            }
                            prop:value=text
                            on:input=move |event| {
                                set_text(event_target_value(&event));
                                desk.typed(id);
                                if let Some(field) = field.get_untracked() {
                                    match completion::close_emoji(&field.value(), caret_of(&field)) {
                                        Some((value, caret)) => {
                                            trigger.set(None);
                                            place(value, caret);
                                        }
                                        None => look(&field),
                                    }
                                }
                            }
                            on:keydown=on_key
                            on:keyup=move |event| {
                                if matches!(event.key().as_str(), "ArrowLeft" | "ArrowRight" | "Home" | "End")
                                    && let Some(field) = field.get_untracked()
                                {
                                    look(&field);
                                }
                            }
                            on:blur=move |_| trigger.set(None)
                        ></textarea>
                    </div>
                    {count}
                    <span class="popover-anchor">
                        <IconButton icon=IconName::Smile label=t!("insert-emoji") on_click=move |()| picking.update(|open| *open = !*open) />
                        <Popover open=picking role="dialog" label=t!("insert-emoji") side=Side::AboveEnd>
                            <Later code=parts::emoji_picker draw=move |draw| draw(pick) />
                        </Popover>
                    </span>
                    <button
                        type="submit"
                        class="composer-send"
                        aria-label=t!("send")
                        data-tip=t!("send")
                        aria-disabled=move || (!can_send.get()).to_string()
                        // The field keeps the focus, and a phone its keyboard.
                        on:mousedown=move |event| event.prevent_default()
                    >
                        <Icon name=IconName::SendHorizontal size=20 />
                    </button>
                </div>
            </form>
        </div>
    }
}

/// Where the caret is, in UTF-16 units.
fn caret_of(field: &HtmlTextAreaElement) -> usize {
    field.selection_start().ok().flatten().unwrap_or_default() as usize
}

/// Whether this key sends, by what the reader chose.
pub(super) fn sends(event: &KeyboardEvent, with_modifier: bool) -> bool {
    let modifier = event.ctrl_key() || event.meta_key();
    if with_modifier { modifier } else { !event.shift_key() && !event.alt_key() }
}

/// A key while something is offered; answers whether it was for the offers.
fn offer_key(
    event: &KeyboardEvent,
    count: usize,
    chosen: RwSignal<usize>,
    take: impl Fn(usize),
    trigger: RwSignal<Option<Trigger>>,
) -> bool {
    match event.key().as_str() {
        "ArrowDown" => chosen.update(|at| *at = (*at + 1) % count),
        "ArrowUp" => chosen.update(|at| *at = (*at + count - 1) % count),
        "Enter" | "Tab" if !event.shift_key() => take(chosen.get_untracked()),
        "Escape" => trigger.set(None),
        _ => return false,
    }
    true
}

/// The message that one answers, and the way out of answering it.
#[component]
fn Answering(chat: ChatContext) -> impl IntoView {
    let ChatContext { desk, id, .. } = chat;
    move || {
        chat.replying.get().map(|seq| {
            let text = move || {
                desk.message(id, seq).map_or_else(String::new, |message| {
                    let words = markdown::plain(&message.text, QUOTE_CHARS);
                    t!("replying-to", name = desk.name(message.author_id), text = words)
                })
            };
            view! {
                <div class="composer-banner">
                    <Icon name=IconName::Reply size=16 />
                    <span class="truncate" dir="auto">
                        {text}
                    </span>
                    <IconButton
                        icon=IconName::X
                        label=t!("reply-cancel")
                        small=true
                        on_click=move |()| chat.replying.set(None)
                    />
                </div>
            }
        })
    }
}
