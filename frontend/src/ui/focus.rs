//! Where the focus goes: lists that move by arrow keys, dialogues that keep it, and giving it back.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, Event, EventTarget, HtmlElement, KeyboardEvent};

/// How the arrow keys run through a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// Up and down.
    Vertical,
    /// Left and right; mirrored where text runs from right to left.
    Horizontal,
    /// All four, in rows of this many.
    Grid(usize),
}

/// The place that `key` leads to from `current` in a list of `len`; none where the key is not one that moves.
/// Lists wrap around, grids stop at their edges; Home and End lead to the ends.
#[must_use]
pub fn target(key: &str, current: Option<usize>, len: usize, axis: Axis, rtl: bool) -> Option<usize> {
    if len == 0 {
        return None;
    }
    let (forward, backward) = if rtl { ("ArrowLeft", "ArrowRight") } else { ("ArrowRight", "ArrowLeft") };
    let step: isize = match (axis, key) {
        (_, "Home") => return Some(0),
        (_, "End") => return Some(len - 1),
        (Axis::Vertical, "ArrowDown") => 1,
        (Axis::Vertical, "ArrowUp") => -1,
        (Axis::Horizontal | Axis::Grid(_), key) if key == forward => 1,
        (Axis::Horizontal | Axis::Grid(_), key) if key == backward => -1,
        (Axis::Grid(columns), "ArrowDown") => isize::try_from(columns).ok()?,
        (Axis::Grid(columns), "ArrowUp") => -isize::try_from(columns).ok()?,
        _ => return None,
    };
    let Some(current) = current else {
        return Some(if step > 0 { 0 } else { len - 1 });
    };
    Some(match (axis, current.checked_add_signed(step)) {
        (_, Some(next)) if next < len => next,
        (Axis::Grid(_), _) => current,
        (_, None) => len - 1,
        (_, Some(_)) => 0,
    })
}

/// Whether the page runs from right to left.
#[must_use]
pub fn is_rtl() -> bool {
    document().document_element().is_some_and(|root| root.get_attribute("dir").as_deref() == Some("rtl"))
}

/// The elements inside `root` that match, in document order.
#[must_use]
pub fn matching(root: &Element, selector: &str) -> Vec<HtmlElement> {
    let Ok(found) = root.query_selector_all(selector) else { return Vec::new() };
    (0..found.length()).filter_map(|at| found.item(at)?.dyn_into().ok()).collect()
}

/// What the Tab key reaches.
const TABBABLE: &str = "a[href],button:not([disabled]),input:not([disabled]),select:not([disabled]),\
                        textarea:not([disabled]),[tabindex]:not([tabindex='-1'])";

/// The elements inside `root` that Tab reaches and that are shown.
#[must_use]
pub fn tabbable(root: &Element) -> Vec<HtmlElement> {
    let mut found = matching(root, TABBABLE);
    found.retain(|element| element.get_attribute("tabindex").as_deref() != Some("-1") && element.offset_width() > 0);
    found
}

/// The element that has the focus; none where it is on the page itself.
#[must_use]
pub fn focused() -> Option<HtmlElement> {
    let element: HtmlElement = document().active_element()?.dyn_into().ok()?;
    (element.tag_name() != "BODY").then_some(element)
}

/// Moves the focus inside `root` among what matches `selector`, if `event` is a key that moves.
/// Returns whether it was.
pub fn move_by_arrows(event: &KeyboardEvent, root: &Element, selector: &str, axis: Axis) -> bool {
    if event.alt_key() || event.ctrl_key() || event.meta_key() {
        return false;
    }
    let items = matching(root, selector);
    let current = focused().and_then(|focused| items.iter().position(|item| *item == focused));
    let Some(next) = target(&event.key(), current, items.len(), axis, is_rtl()) else { return false };
    event.prevent_default();
    let _ = items[next].focus();
    true
}

/// Keeps Tab inside `root`: from the last element to the first, and back.
pub fn trap(event: &KeyboardEvent, root: &Element) {
    if event.key() != "Tab" {
        return;
    }
    let items = tabbable(root);
    let (Some(first), Some(last)) = (items.first(), items.last()) else { return event.prevent_default() };
    let current = focused();
    let outside = current.as_ref().is_none_or(|current| !root.contains(Some(current)) || **current == *root);
    let next = match (event.shift_key(), &current) {
        (true, Some(current)) if current == first => last,
        (true, _) if outside => last,
        (false, Some(current)) if current == last => first,
        (false, _) if outside => first,
        _ => return,
    };
    event.prevent_default();
    let _ = next.focus();
}

/// Puts the focus into the first field of a form that something is wrong with, once it says so.
pub fn to_first_invalid(form: Option<&HtmlElement>) {
    let Some(form) = form.cloned() else { return };
    request_animation_frame(move || {
        if let Some(field) = matching(&form, "[aria-invalid=true]").first() {
            let _ = field.focus();
        }
    });
}

/// Puts the focus where an open dialogue or popover would have put it, had its content been there in time.
pub fn to_late_field() {
    request_animation_frame(|| {
        let wanted = "dialog[open] :is([data-autofocus],input,textarea),[popover] [data-autofocus]";
        if let Some(field) = document().body().and_then(|body| matching(&body, wanted).into_iter().next()) {
            let _ = field.focus();
        }
    });
}

/// Remembers what has the focus now, and gives it back when the current owner is cleaned up, unless something else
/// has taken it by then. Inside a popover, which will be gone, its button is remembered instead.
pub fn give_back_on_cleanup() {
    let before = focused().map(|element| match element.closest("[popover]") {
        Ok(Some(popover)) => {
            popover.parent_element().and_then(|anchor| tabbable(&anchor).into_iter().next()).unwrap_or(element)
        }
        _ => element,
    });
    StoredValue::new_local(GiveBack(before));
}

struct GiveBack(Option<HtmlElement>);

impl Drop for GiveBack {
    fn drop(&mut self) {
        let Some(element) = self.0.take() else { return };
        // By the next frame, what had the focus is out of the document.
        request_animation_frame(move || {
            if focused().is_none() {
                let _ = element.focus();
            }
        });
    }
}

/// A listener on any target, taken away when dropped.
pub struct Listener {
    target: EventTarget,
    name: &'static str,
    capture: bool,
    handler: Closure<dyn FnMut(Event)>,
}

impl Listener {
    /// Listens on `target`; with `capture`, before the elements inside it hear.
    pub fn new(target: EventTarget, name: &'static str, capture: bool, handler: impl FnMut(Event) + 'static) -> Self {
        let handler = Closure::<dyn FnMut(Event)>::new(handler);
        let _ = target.add_event_listener_with_callback_and_bool(name, handler.as_ref().unchecked_ref(), capture);
        Self { target, name, capture, handler }
    }

    /// Listens on the window for as long as the current owner lives.
    pub fn on_window(name: &'static str, capture: bool, handler: impl FnMut(Event) + 'static) {
        StoredValue::new_local(Self::new(window().into(), name, capture, handler));
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        let function = self.handler.as_ref().unchecked_ref();
        let _ = self.target.remove_event_listener_with_callback_and_bool(self.name, function, self.capture);
    }
}

#[cfg(test)]
mod tests {
    use super::{Axis, target};

    #[test]
    fn lists_wrap_around() {
        assert_eq!(target("ArrowDown", Some(2), 3, Axis::Vertical, false), Some(0));
        assert_eq!(target("ArrowUp", Some(0), 3, Axis::Vertical, false), Some(2));
        assert_eq!(target("ArrowDown", None, 3, Axis::Vertical, false), Some(0));
        assert_eq!(target("ArrowRight", Some(0), 3, Axis::Vertical, false), None);
        assert_eq!(target("ArrowDown", None, 0, Axis::Vertical, false), None);
    }

    #[test]
    fn rows_are_mirrored_from_right_to_left() {
        assert_eq!(target("ArrowRight", Some(0), 3, Axis::Horizontal, false), Some(1));
        assert_eq!(target("ArrowRight", Some(1), 3, Axis::Horizontal, true), Some(0));
    }

    #[test]
    fn grids_stop_at_their_edges() {
        let grid = Axis::Grid(8);
        assert_eq!(target("ArrowDown", Some(3), 20, grid, false), Some(11));
        assert_eq!(target("ArrowDown", Some(15), 20, grid, false), Some(15));
        assert_eq!(target("ArrowUp", Some(3), 20, grid, false), Some(3));
        assert_eq!(target("End", Some(3), 20, grid, false), Some(19));
    }
}
