//! Instants as people read them: in the locale of the chosen language and in the reader's time zone, by the browser's
//! own `Intl`. Formatters are made once; [`use_zone`] drops them.

use std::{cell::RefCell, collections::HashMap, rc::Rc};

use js_sys::{Array, Date, Function, Object, Reflect};
use leptos::prelude::*;
use studyhall_wire::Timestamp;
use wasm_bindgen::{JsCast, JsValue};

use crate::{i18n, t};

/// How an instant is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum TimeStyle {
    /// 14:05
    #[default]
    Clock,
    /// 21 November; with the year where it is not this one
    Day,
    /// Saturday, 21 November 2026 at 14:05
    Full,
    /// 21 Nov 2026
    Short,
}

/// A formatter's key: the options that it is made with.
type Options = &'static [(&'static str, &'static str)];

const CLOCK: Options = &[("hour", "numeric"), ("minute", "2-digit")];
const DAY: Options = &[("weekday", "long"), ("day", "numeric"), ("month", "long")];
const DAY_YEAR: Options = &[("weekday", "long"), ("day", "numeric"), ("month", "long"), ("year", "numeric")];
const FULL: Options = &[("dateStyle", "full"), ("timeStyle", "short")];
const SHORT: Options = &[("dateStyle", "medium")];
/// Within the year that the reader knows to be meant.
const BRIEF: Options = &[("day", "numeric"), ("month", "short")];
const WEEKDAY: Options = &[("weekday", "short")];
/// Digits alone, for comparing days.
const KEY: Options = &[
    ("year", "numeric"),
    ("month", "2-digit"),
    ("day", "2-digit"),
    ("numberingSystem", "latn"),
    ("calendar", "iso8601"),
];

struct Formatters {
    zone: Option<String>,
    language: Rc<str>,
    made: HashMap<Options, Function>,
}

thread_local! {
    static FORMATTERS: RefCell<Formatters> =
        RefCell::new(Formatters { zone: None, language: Rc::from(""), made: HashMap::new() });
}

thread_local! {
    /// The day that it is, as [`day_key`] has it.
    static TODAY: ArcRwSignal<String> = ArcRwSignal::new(String::new());
}

/// Tracks what day it is: texts such as "Today" are true until midnight.
pub fn track_day() {
    TODAY.with(ArcRwSignal::track);
}

/// Looks every minute whether it is another day; once, at the root.
pub fn watch_midnight() {
    let look = || {
        let today = day_key(now());
        TODAY.with(|known| {
            if known.with_untracked(|known| *known != today) {
                known.set(today);
            }
        });
    };
    look();
    set_interval(look, std::time::Duration::from_mins(1));
}

/// Writes times in this IANA zone from now on; without one, in the browser's.
pub fn use_zone(zone: Option<String>) {
    FORMATTERS.with_borrow_mut(|formatters| {
        formatters.zone = zone;
        formatters.made.clear();
    });
}

fn format(at: Timestamp, options: Options) -> String {
    let language = i18n::locale();
    FORMATTERS.with_borrow_mut(|formatters| {
        if formatters.language != language {
            formatters.language = Rc::clone(&language);
            formatters.made.clear();
        }
        let zone = formatters.zone.clone();
        let function = formatters.made.entry(options).or_insert_with(|| formatter(&language, zone.as_deref(), options));
        let date = Date::new(&JsValue::from_f64(millis(at)));
        function.call1(&JsValue::UNDEFINED, &date).ok().and_then(|text| text.as_string()).unwrap_or_default()
    })
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds up to the year 9999 are exact in an f64")]
fn millis(at: Timestamp) -> f64 {
    at.as_millis() as f64
}

/// `new Intl[class](language, options)`.
fn construct(class: &str, language: &str, options: &Object) -> Result<JsValue, JsValue> {
    let intl: JsValue = Reflect::get(&js_sys::global(), &"Intl".into())?;
    let class: Function = Reflect::get(&intl, &class.into())?.unchecked_into();
    let arguments = Array::new();
    arguments.push(&language.into());
    arguments.push(options);
    Reflect::construct(&class, &arguments)
}

/// Makes `Intl.DateTimeFormat(language, {timeZone, …options}).format`. A zone that the browser does not know is left out.
fn formatter(language: &str, zone: Option<&str>, options: Options) -> Function {
    let make = |zone: Option<&str>| {
        let object = Object::new();
        let zone = zone.map(|zone| ("timeZone", zone));
        for (key, value) in options.iter().copied().chain(zone) {
            let _ = Reflect::set(&object, &key.into(), &value.into());
        }
        construct("DateTimeFormat", language, &object)
    };
    let made = make(zone).or_else(|_| make(None)).and_then(|made| Reflect::get(&made, &"format".into()));
    // Without a formatter there is no text: `call1` on what is no function fails, and gives an empty one.
    made.unwrap_or_default().unchecked_into()
}

/// Now.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::cast_possible_truncation, reason = "whole milliseconds, far below 2^53")]
    Timestamp::from_millis(Date::now() as i64)
}

/// The day that an instant falls on for the reader, as a key that is equal for the instants of one day.
#[must_use]
pub fn day_key(at: Timestamp) -> String {
    format(at, KEY)
}

/// The clock alone: 14:05.
#[must_use]
pub fn clock(at: Timestamp) -> String {
    format(at, CLOCK)
}

/// Everything: Saturday, 21 November 2026 at 14:05.
#[must_use]
pub fn full(at: Timestamp) -> String {
    format(at, FULL)
}

/// "Today", "Yesterday", else weekday and date.
#[must_use]
pub fn day_label(at: Timestamp) -> String {
    let now = now();
    let day = day_key(at);
    if day == day_key(now) {
        t!("today")
    } else if day == day_key(Timestamp::from_millis(now.as_millis() - DAY_MS)) {
        t!("yesterday")
    } else if is_recent(at, now) {
        format(at, DAY)
    } else {
        format(at, DAY_YEAR)
    }
}

/// For lists: the clock today, the weekday within six days, else the date.
#[must_use]
pub fn brief(at: Timestamp) -> String {
    let now = now();
    if day_key(at) == day_key(now) {
        clock(at)
    } else if (0..6 * DAY_MS).contains(&(now.as_millis() - at.as_millis())) {
        format(at, WEEKDAY)
    } else if is_recent(at, now) {
        format(at, BRIEF)
    } else {
        format(at, SHORT)
    }
}

/// Whether a date says enough without its year.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    (now.as_millis() - at.as_millis()).abs() < 300 * DAY_MS
}

const MINUTE_MS: i64 = 60_000;
const HOUR_MS: i64 = 60 * MINUTE_MS;
const DAY_MS: i64 = 24 * HOUR_MS;

/// How long ago, in `Intl.RelativeTimeFormat`'s words: the amount (negative: past) and its unit; none within a minute.
#[must_use]
pub fn distance(at: i64, now: i64) -> Option<(i64, &'static str)> {
    let past = at - now;
    let (unit, name) = match past.abs() {
        0..MINUTE_MS => return None,
        MINUTE_MS..HOUR_MS => (MINUTE_MS, "minute"),
        HOUR_MS..DAY_MS => (HOUR_MS, "hour"),
        days if days < 30 * DAY_MS => (DAY_MS, "day"),
        months if months < 365 * DAY_MS => (30 * DAY_MS, "month"),
        _ => (365 * DAY_MS, "year"),
    };
    Some((past / unit, name))
}

/// How long ago: "5 minutes ago", "yesterday", "just now".
#[must_use]
pub fn relative(at: Timestamp) -> String {
    let Some((amount, unit)) = distance(at.as_millis(), now().as_millis()) else { return t!("just-now") };
    let words = || {
        let options = Object::new();
        Reflect::set(&options, &"numeric".into(), &"auto".into())?;
        let made = construct("RelativeTimeFormat", &i18n::locale(), &options)?;
        let method: Function = Reflect::get(&made, &"format".into())?.unchecked_into();
        #[expect(clippy::cast_precision_loss, reason = "an amount of days")]
        method.call2(&made, &JsValue::from_f64(amount as f64), &unit.into())
    };
    words().ok().and_then(|text| text.as_string()).unwrap_or_else(|| format(at, SHORT))
}

/// An instant; its tooltip has all of it.
#[component]
pub fn Time(#[prop(into)] at: Timestamp, #[prop(optional)] style: TimeStyle) -> impl IntoView {
    let text = move || match style {
        TimeStyle::Clock => clock(at),
        TimeStyle::Day => day_label(at),
        TimeStyle::Full => full(at),
        TimeStyle::Short => {
            track_day();
            brief(at)
        }
    };
    view! {
        <time datetime=at.to_string() data-tip=full(at)>
            {text}
        </time>
    }
    .into_any()
}

/// How long ago an instant was, kept true each minute.
#[component]
pub fn RelativeTime(#[prop(into)] at: Timestamp) -> impl IntoView {
    let text = RwSignal::new(relative(at));
    if let Ok(timer) = set_interval_with_handle(move || text.set(relative(at)), std::time::Duration::from_mins(1)) {
        on_cleanup(move || timer.clear());
    }
    view! {
        <time datetime=at.to_string() data-tip=full(at)>
            {move || text.get()}
        </time>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn distances_are_in_the_largest_whole_unit() {
        let now = 1_795_287_420_000;
        assert_eq!(distance(now - 59_999, now), None);
        assert_eq!(distance(now - 60_000, now), Some((-1, "minute")));
        assert_eq!(distance(now + 3 * 3_600_000, now), Some((3, "hour")));
        assert_eq!(distance(now - 47 * 3_600_000, now), Some((-1, "day")));
        assert_eq!(distance(now - 65 * 86_400_000, now), Some((-2, "month")));
        assert_eq!(distance(now - 800 * 86_400_000, now), Some((-2, "year")));
    }
}
