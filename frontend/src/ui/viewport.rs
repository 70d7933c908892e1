//! The part of the window that an on-screen keyboard leaves.

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
