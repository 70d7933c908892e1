//! What floats beside its anchor: menus, the emoji picker, completions.
//!
//! It is drawn in the browser's top layer, so that no scrolling container cuts it off, and placed by [`place`].

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, Node};

use super::{
    focus::{self, Listener},
    viewport::has_keyboard,
};

/// The side of the anchor that is tried first; the other one is taken where there is no room.
/// "Start" and "end" follow the direction of the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    /// Below, aligned with the anchor's start.
    #[default]
    Below,
    /// Below, aligned with its end.
    BelowEnd,
    /// Above, aligned with its start.
    Above,
    /// Above, aligned with its end.
    AboveEnd,
    /// Beside it, at its end, growing upwards: for a rail's foot.
    Beside,
}

/// A box in px, from the upper left corner of the viewport.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Area {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}

const GAP: f64 = 4.0;
const MARGIN: f64 = 8.0;

/// The upper left corner for something of `size` beside `anchor` in a viewport of `view`, all in px.
#[must_use]
pub fn place(anchor: Area, size: (f64, f64), view: (f64, f64), side: Side, rtl: bool) -> (f64, f64) {
    let (width, height) = size;
    let from_left = matches!(side, Side::Below | Side::Above) != rtl;
    let aligned = if from_left { anchor.x } else { anchor.x + anchor.width - width };
    let (below, above) = (anchor.y + anchor.height + GAP, anchor.y - height - GAP);
    let (fits_below, fits_above) = (below + height + MARGIN <= view.1, above >= MARGIN);
    let (x, y) = match side {
        Side::Below | Side::BelowEnd => (aligned, if fits_below || !fits_above { below } else { above }),
        Side::Above | Side::AboveEnd => (aligned, if fits_above || !fits_below { above } else { below }),
        Side::Beside => {
            let x = if rtl { anchor.x - width - GAP } else { anchor.x + anchor.width + GAP };
            (x, anchor.y + anchor.height - height)
        }
    };
    (x.min(view.0 - width - MARGIN).max(MARGIN), y.min(view.1 - height - MARGIN).max(MARGIN))
}

fn area(element: &Element) -> Area {
    let rect = element.get_bounding_client_rect();
    Area { x: rect.x(), y: rect.y(), width: rect.width(), height: rect.height() }
}

/// Moves `floating` beside `anchor`.
pub(super) fn place_beside(floating: &HtmlElement, anchor: &Element, side: Side) {
    let view = |side: Result<wasm_bindgen::JsValue, _>| side.ok().and_then(|px| px.as_f64()).unwrap_or_default();
    let view = (view(window().inner_width()), view(window().inner_height()));
    let size = area(floating);
    let (x, y) = place(area(anchor), (size.width, size.height), view, side, focus::is_rtl());
    let style = floating.style();
    let _ = style.set_property("left", &format!("{x:.0}px"));
    let _ = style.set_property("top", &format!("{y:.0}px"));
}

/// Floats beside its parent element, which should hold it and its button alone. Takes the focus when it opens (to the
/// element with `data-autofocus`, else to the first), and gives it back. Closed by Esc and by pressing elsewhere.
#[component]
pub fn Popover(
    open: RwSignal<bool>,
    /// Its ARIA role: `menu`, `dialog`, `listbox`.
    role: &'static str,
    #[prop(into)] label: Signal<String>,
    #[prop(optional)] side: Side,
    /// A class beside `popover`.
    #[prop(optional)]
    class: &'static str,
    children: ChildrenFn,
) -> impl IntoView {
    view! {
        <Show when=move || open.get()>
            {
                let children = children.clone();
                view! {
                    <PopoverBody open role label side class>
                        {children()}
                    </PopoverBody>
                }
            }
        </Show>
    }
    .into_any()
}

#[component]
fn PopoverBody(
    open: RwSignal<bool>,
    role: &'static str,
    label: Signal<String>,
    side: Side,
    class: &'static str,
    children: Children,
) -> impl IntoView {
    let body = NodeRef::<html::Div>::new();
    focus::give_back_on_cleanup();

    let replace = move || {
        if let Some(body) = body.get_untracked()
            && let Some(anchor) = body.parent_element()
        {
            place_beside(&body, &anchor, side);
        }
    };
    Effect::new(move |_| {
        let Some(body) = body.get() else { return };
        let _ = body.show_popover();
        replace();
        let first = focus::matching(&body, "[data-autofocus]").into_iter().next();
        let first = first.or_else(|| focus::matching(&body, "button,a,input").into_iter().next());
        // A field would call up a keyboard over what one came for.
        if let Some(first) = first.filter(|first| has_keyboard() || first.tag_name() != "INPUT") {
            let _ = first.focus();
        } else {
            let _ = body.focus();
        }
    });
    Listener::on_window("resize", false, move |_| replace());
    Listener::on_window("scroll", true, move |_| replace());
    Listener::on_window("pointerdown", true, move |event| {
        let inside = body
            .get_untracked()
            .and_then(|body| body.parent_element())
            .zip(event.target().and_then(|target| target.dyn_into::<Node>().ok()))
            .is_some_and(|(anchor, target)| anchor.contains(Some(&target)));
        if !inside {
            open.set(false);
        }
    });

    view! {
        <div
            node_ref=body
            popover="manual"
            tabindex="-1"
            class=format!("popover {class}")
            role=role
            aria-label=move || label.get()
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    event.prevent_default();
                    event.stop_propagation();
                    open.set(false);
                }
            }
        >
            {children()}
        </div>
    }
    .into_any()
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "whole numbers, added and subtracted")]
mod tests {
    use super::{Area, Side, place};

    const VIEW: (f64, f64) = (1000.0, 800.0);
    const SIZE: (f64, f64) = (200.0, 300.0);

    fn at(x: f64, y: f64) -> Area {
        Area { x, y, width: 40.0, height: 40.0 }
    }

    #[test]
    fn stands_where_there_is_room() {
        assert_eq!(place(at(100.0, 100.0), SIZE, VIEW, Side::Below, false), (100.0, 144.0));
        assert_eq!(place(at(100.0, 700.0), SIZE, VIEW, Side::Below, false), (100.0, 396.0));
        assert_eq!(place(at(500.0, 100.0), SIZE, VIEW, Side::Above, false), (500.0, 144.0));
        assert_eq!(place(at(500.0, 100.0), SIZE, VIEW, Side::BelowEnd, false), (340.0, 144.0));
        assert_eq!(place(at(8.0, 740.0), SIZE, VIEW, Side::Beside, false), (52.0, 480.0));
    }

    #[test]
    fn stays_inside_the_viewport() {
        assert_eq!(place(at(950.0, 100.0), SIZE, VIEW, Side::Below, false).0, 792.0);
        assert_eq!(place(at(0.0, 100.0), SIZE, VIEW, Side::BelowEnd, false).0, 8.0);
        assert_eq!(place(at(100.0, 10.0), (200.0, 900.0), VIEW, Side::Below, false).1, 8.0);
    }

    #[test]
    fn is_mirrored_from_right_to_left() {
        assert_eq!(place(at(500.0, 100.0), SIZE, VIEW, Side::Below, true).0, 340.0);
        assert_eq!(place(at(952.0, 740.0), SIZE, VIEW, Side::Beside, true), (748.0, 480.0));
    }
}
