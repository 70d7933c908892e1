//! Tooltips: one element for all, that shows the `data-tip` of whatever is pointed at or has the focus.
//!
//! A tooltip repeats an accessible name; it never holds anything that stands nowhere else.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event};

use super::{Side, focus::Listener, popover::place_beside};

/// Draws the tooltips; once, at the root. A pointer waits 400 ms, the keyboard not at all.
#[component]
pub fn TooltipLayer() -> impl IntoView {
    let bubble = NodeRef::<html::Div>::new();
    let anchor = StoredValue::new_local(None::<Element>);
    let text = RwSignal::new(String::new());
    let hide = move || {
        if anchor.try_update_value(Option::take).flatten().is_some()
            && let Some(bubble) = bubble.get_untracked()
        {
            let _ = bubble.hide_popover();
        }
    };
    let show = move || {
        let (Some(bubble), Some(anchor)) = (bubble.get_untracked(), anchor.get_value()) else { return };
        let Some(tip) = anchor.get_attribute("data-tip").filter(|_| anchor.is_connected()) else { return };
        text.set(tip);
        // The text is in the document after this turn; only then is its size known.
        request_animation_frame(move || {
            let _ = bubble.show_popover();
            place_beside(&bubble, &anchor, Side::Below);
        });
    };
    let over = move |event: Event, delay: u64| {
        let tipped = tipped(&event);
        if anchor.get_value() == tipped {
            return;
        }
        hide();
        anchor.set_value(tipped.clone());
        if tipped.is_some() {
            set_timeout(
                move || {
                    if anchor.try_get_value().flatten() == tipped {
                        show();
                    }
                },
                std::time::Duration::from_millis(delay),
            );
        }
    };
    Listener::on_window("pointerover", true, move |event| {
        let mouse = event.dyn_ref::<web_sys::PointerEvent>().is_some_and(|event| event.pointer_type() == "mouse");
        if mouse {
            over(event, 400);
        }
    });
    Listener::on_window("focusin", true, move |event| {
        let by_keyboard = tipped(&event).is_some_and(|tipped| tipped.matches(":focus-visible").unwrap_or(false));
        if by_keyboard {
            over(event, 0);
        } else {
            hide();
        }
    });
    Listener::on_window("pointerdown", true, move |_| hide());
    Listener::on_window("keydown", true, move |_| hide());
    Listener::on_window("scroll", true, move |_| hide());
    view! {
        <div node_ref=bubble class="tooltip" popover="manual" aria-hidden="true">
            {move || text.get()}
        </div>
    }
    .into_any()
}

/// The element with a tooltip that the event is in.
fn tipped(event: &Event) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest("[data-tip]").ok().flatten()
}
