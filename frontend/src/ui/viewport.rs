//! How much room there is: whether for more than one pane, and what an on-screen keyboard leaves of it.

use leptos::prelude::*;
use web_sys::VisualViewport;

use super::focus::Listener;

/// A keyboard is higher than this, in px; what the browser's own bars take is less.
const KEYBOARD_PX: f64 = 120.0;

/// Keeps `--view`, the height of the app, at what is left above an on-screen keyboard, where the browser lays the
/// keyboard over the page instead of shrinking it. For as long as the current owner lives.
pub fn keep_above_keyboard() {
    let Some(view) = window().visual_viewport() else { return };
    for event in ["resize", "scroll"] {
        let view = view.clone();
        StoredValue::new_local(Listener::new(view.clone().into(), event, false, move |_| fit(&view)));
    }
}

fn fit(view: &VisualViewport) {
    let Some(root) = document().document_element() else { return };
    let root: &web_sys::HtmlElement = wasm_bindgen::JsCast::unchecked_ref(&root);
    let whole = window().inner_height().ok().and_then(|px| px.as_f64()).unwrap_or_default();
    // Who zooms in sees less of the page, too, and wants it as it is.
    let covered = view.scale() < 1.05 && whole - view.height() > KEYBOARD_PX;
    if covered {
        let _ = root.style().set_property("--view", &format!("{}px", view.height()));
        window().scroll_to_with_x_and_y(0.0, 0.0);
    } else {
        let _ = root.style().remove_property("--view");
    }
}

/// Whether there is room for one pane alone; as the style sheet has it.
const NARROW: &str = "(max-width: 719px)";

/// Whether there is room for one pane alone.
#[derive(Clone, Copy)]
struct Narrow(RwSignal<bool>);

/// Makes what [`use_narrow`] gives; at the root.
pub fn provide_narrow() {
    let narrow = RwSignal::new(is_narrow());
    if let Ok(Some(query)) = window().match_media(NARROW) {
        let listener = Listener::new(query.into(), "change", false, move |_| narrow.set(is_narrow()));
        StoredValue::new_local(listener);
    }
    provide_context(Narrow(narrow));
}

/// Whether there is room for one pane alone.
///
/// # Panics
/// Where the root has not called [`provide_narrow`].
#[must_use]
pub fn use_narrow() -> Signal<bool> {
    let Narrow(narrow) = expect_context();
    narrow.into()
}

/// Whether there is room for one pane alone, now.
#[must_use]
pub fn is_narrow() -> bool {
    window().match_media(NARROW).ok().flatten().is_some_and(|query| query.matches())
}

/// Whether there is a real keyboard, as far as one can tell: where one points with a finger, it is one on the screen.
#[must_use]
pub fn has_keyboard() -> bool {
    window().match_media("(pointer: coarse)").ok().flatten().is_none_or(|query| !query.matches())
}
