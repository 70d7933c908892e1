//! A long press on a message opens its actions; a touch elsewhere closes them.

use leptos::{prelude::*, task::spawn_local};
use studyhall_wire::Seq;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, MouseEvent, PointerEvent};

use super::chat::ChatContext;
use crate::{clock, ui::focus::Listener};

/// How long a press is a long one, in milliseconds, and how far the finger may stray meanwhile, in px.
const HOLD_MS: u32 = 450;
const STRAY_PX: i32 = 10;

#[derive(Clone, Copy)]
struct Press {
    number: u32,
    x: i32,
    y: i32,
}

/// Watches one log for long presses. A handle: copies share it.
#[derive(Clone, Copy)]
pub struct LongPress {
    chat: ChatContext,
    press: StoredValue<Option<Press>>,
    count: StoredValue<u32>,
}

impl LongPress {
    pub fn new(chat: ChatContext) -> Self {
        Listener::on_window("pointerdown", true, move |event| {
            let within = target(&event).is_some_and(|target| matches!(target.closest(".message-actions"), Ok(Some(_))));
            if chat.active.get_untracked().is_some() && !within {
                chat.active.set(None);
            }
        });
        Self { chat, press: StoredValue::new(None), count: StoredValue::new(0) }
    }

    pub fn began(self, event: &PointerEvent) {
        self.ended();
        let Some(seq) = message_of(event).filter(|_| by_touch(event) && event.is_primary()) else { return };
        let number = self.count.get_value().wrapping_add(1);
        self.count.set_value(number);
        self.press.set_value(Some(Press { number, x: event.client_x(), y: event.client_y() }));
        spawn_local(async move {
            clock::sleep(HOLD_MS).await;
            if self.press.try_get_value().flatten().is_some_and(|press| press.number == number) {
                self.ended();
                self.chat.active.set(Some(seq));
            }
        });
    }

    pub fn moved(self, event: &PointerEvent) {
        let strays = self.press.get_value().is_some_and(|press| {
            (event.client_x() - press.x).abs() > STRAY_PX || (event.client_y() - press.y).abs() > STRAY_PX
        });
        if strays {
            self.ended();
        }
    }

    /// The finger is up, or it scrolls.
    pub fn ended(self) {
        self.press.set_value(None);
    }

    /// The browser's own menu gives way to the actions, where it was asked for by touch.
    pub fn menu(self, event: &MouseEvent) {
        let Some(pointer) = event.dyn_ref::<PointerEvent>().filter(|event| by_touch(event)) else { return };
        if let Some(seq) = message_of(pointer) {
            event.prevent_default();
            self.ended();
            self.chat.active.set(Some(seq));
        }
    }
}

fn by_touch(event: &PointerEvent) -> bool {
    matches!(event.pointer_type().as_str(), "touch" | "pen")
}

fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// The message that the event is in; none within its actions, whose presses are their own.
fn message_of(event: &Event) -> Option<Seq> {
    let target = target(event)?;
    if target.closest(".message-actions,textarea").ok().flatten().is_some() {
        return None;
    }
    target.closest("[data-seq]").ok().flatten()?.get_attribute("data-seq")?.parse().ok()
}
