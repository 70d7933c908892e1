//! Scrolling a log of messages: it stays at its end, or where one reads, whatever is added or taken away on either
//! side.
//!
//! Where one reads is remembered as an element and its place in what scrolls. When the size of that changes (a
//! resize observer tells it between layout and paint) the log is scrolled by as much as that element has moved. So
//! nothing has to know what changed, or when; the browser's own scroll anchoring, which not all have, is off.

use std::{cell::RefCell, rc::Rc};

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::{Element, HtmlElement, ResizeObserver};

/// So close to the end counts as being there, in px.
const END_PX: i32 = 48;
/// Messages whose places are remembered.
const ANCHORS: usize = 4;

struct State {
    log: HtmlElement,
    content: HtmlElement,
    /// Whether the log follows its end.
    stuck: bool,
    /// How far it was scrolled when that was last looked at, in px.
    top: i32,
    /// What one reads, and its distance from where scrolling begins. More than one, since the message at the edge of
    /// what is held may be drawn anew when more comes before it.
    anchors: Vec<(Element, f64)>,
    observer: Option<ResizeObserver>,
    resize_listener: Option<Closure<dyn FnMut(JsValue)>>,
}

/// A log of messages as something that scrolls. A handle: copies share it.
#[derive(Clone, Copy)]
pub struct Scroller(StoredValue<Option<Rc<RefCell<State>>>, LocalStorage>);

impl Scroller {
    /// A handle without an element yet.
    pub fn new() -> Self {
        let scroller = Self(StoredValue::new_local(None));
        on_cleanup(move || scroller.detach());
        scroller
    }

    /// Takes hold of the log and of the one element inside it that holds all messages. Starts at the end.
    pub fn attach(self, log: HtmlElement, content: HtmlElement) {
        let state = Rc::new(RefCell::new(State {
            log: log.clone(),
            content: content.clone(),
            stuck: true,
            top: 0,
            anchors: Vec::new(),
            observer: None,
            resize_listener: None,
        }));
        let weak = Rc::downgrade(&state);
        let on_resize = Closure::new(move |_: JsValue| {
            if let Some(state) = weak.upgrade() {
                restore(&state);
            }
        });
        if let Ok(observer) = ResizeObserver::new(on_resize.as_ref().unchecked_ref()) {
            // What stands above and below the messages counts, too.
            observer.observe(content.parent_element().as_ref().unwrap_or(&content));
            observer.observe(&log);
            state.borrow_mut().observer = Some(observer);
        }
        state.borrow_mut().resize_listener = Some(on_resize);
        restore(&state);
        self.0.set_value(Some(state));
    }

    fn detach(self) {
        if let Some(state) = self.0.try_get_value().flatten()
            && let Some(observer) = state.borrow_mut().observer.take()
        {
            observer.disconnect();
        }
    }

    fn with<T>(self, run: impl FnOnce(&Rc<RefCell<State>>) -> T) -> Option<T> {
        self.0.try_get_value().flatten().map(|state| run(&state))
    }

    /// Something was scrolled, or changed: remembers what is in sight. `has_end`: whether the content's end is the
    /// conversation's.
    pub fn settle(self, has_end: bool) -> Edges {
        self.with(|state| {
            let nudged = {
                // What was added a moment ago is not a distance that the reader scrolled.
                let mut state = state.borrow_mut();
                let went_up = state.log.scroll_top() < state.top;
                state.stuck = has_end && (edges(&state.log).below <= END_PX || (state.stuck && !went_up));
                state.stuck && went_up
            };
            // A little way up from the end is where the reader wants to be, until something arrives.
            if !nudged {
                restore(state);
            }
            let edges = edges(&state.borrow().log);
            let mut state = state.borrow_mut();
            state.anchors = in_sight(&state);
            state.top = state.log.scroll_top();
            edges
        })
        .unwrap_or_default()
    }

    /// Goes to the end and stays there.
    pub fn to_end(self) {
        self.with(|state| {
            state.borrow_mut().stuck = true;
            restore(state);
        });
    }

    /// Brings an element to the middle and stays with it.
    pub fn to(self, element: &Element) {
        self.with(|state| {
            let mut state = state.borrow_mut();
            let (log, target) = (state.log.get_bounding_client_rect(), element.get_bounding_client_rect());
            scroll_by(&state.log, target.top() - log.top() - (log.height() - target.height()).max(0.0) / 3.0);
            state.stuck = false;
            state.anchors = vec![(element.clone(), place_of(&state.log, element))];
            state.top = state.log.scroll_top();
        });
    }

    pub fn is_stuck(self) -> bool {
        self.with(|state| state.borrow().stuck).unwrap_or_default()
    }

    /// The element of a message, by its seq.
    pub fn message(self, seq: i64) -> Option<HtmlElement> {
        self.first(&format!("[data-seq='{seq}']"))
    }

    /// The first element of the content that matches.
    pub fn first(self, selector: &str) -> Option<HtmlElement> {
        self.with(|state| {
            let found = state.borrow().content.query_selector(selector);
            found.ok().flatten()?.dyn_into().ok()
        })
        .flatten()
    }
}

/// How far one can still scroll, in px.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Edges {
    pub above: i32,
    pub below: i32,
}

fn edges(log: &HtmlElement) -> Edges {
    Edges { above: log.scroll_top(), below: log.scroll_height() - log.scroll_top() - log.client_height() }
}

fn restore(state: &Rc<RefCell<State>>) {
    let mut state = state.borrow_mut();
    if state.stuck {
        state.log.set_scroll_top(state.log.scroll_height());
    } else if let Some((element, before)) = state.anchors.iter().find(|(element, _)| element.is_connected()) {
        let moved = place_of(&state.log, element) - before;
        if moved.abs() >= 1.0 {
            scroll_by(&state.log, moved);
            state.anchors = in_sight(&state);
        }
    }
    state.top = state.log.scroll_top();
}

/// An element's distance from where scrolling begins, in px.
fn place_of(log: &HtmlElement, element: &Element) -> f64 {
    element.get_bounding_client_rect().top() - log.get_bounding_client_rect().top() + f64::from(log.scroll_top())
}

fn scroll_by(log: &HtmlElement, px: f64) {
    #[expect(clippy::cast_possible_truncation, reason = "a distance within a page")]
    log.set_scroll_top(log.scroll_top() + px.round() as i32);
}

/// The first messages that reach into sight, and their places. Rows lie in order, so that halving finds them.
fn in_sight(state: &State) -> Vec<(Element, f64)> {
    let top = state.log.get_bounding_client_rect().top();
    let rows = state.content.children();
    let above = |at: u32| rows.item(at).is_some_and(|row| row.get_bounding_client_rect().bottom() <= top);
    let (mut low, mut high) = (0, rows.length());
    while low < high {
        let middle = u32::midpoint(low, high);
        if above(middle) { low = middle + 1 } else { high = middle }
    }
    (low..rows.length())
        .filter_map(|at| rows.item(at))
        .filter(|row| row.tag_name() == "ARTICLE")
        .take(ANCHORS)
        .map(|row| {
            let place = place_of(&state.log, &row);
            (row, place)
        })
        .collect()
}
