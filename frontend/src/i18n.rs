//! The texts of the interface: Fluent, one file per language in `locales/`, and the reader's locale for times and
//! numbers.
//!
//! `t!("key")` and `t!("key", name = value)` give a text in the current language. They read it once; the root of the
//! app calls [`language`], which is reactive, around everything that it shows, so that a switch draws it all anew.

use std::{cell::RefCell, rc::Rc, sync::OnceLock};

use fluent_bundle::{FluentArgs, FluentBundle, FluentResource, FluentValue};
use leptos::prelude::*;
use unic_langid::LanguageIdentifier;

use crate::parts::{self, Code};

/// A language that the client speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// All of them, in the order in which they are offered.
    pub const ALL: [Self; 2] = [Self::English, Self::German];

    /// Its subtag of BCP 47.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
        }
    }

    /// Its name in itself.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
        }
    }

    /// Its texts, where they are here.
    fn source(self) -> Option<&'static str> {
        match self {
            Self::English => Some(include_str!("../locales/en.ftl")),
            Self::German => GERMAN.get().copied(),
        }
    }

    /// The language of a locale such as `de-AT`; none where the client does not speak it.
    #[must_use]
    pub fn of_locale(locale: &str) -> Option<Self> {
        let subtag = locale.split(['-', '_']).next()?;
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(subtag))
    }
}

static GERMAN: OnceLock<&'static str> = OnceLock::new();

/// Fetches the texts of a language, unless they are here. English always is.
///
/// # Errors
/// They could not be fetched; to call it again is to try again.
pub async fn fetch(language: Language) -> Code<()> {
    if language == Language::German {
        let texts = parts::german().await?;
        GERMAN.get_or_init(|| texts);
    }
    Ok(())
}

/// Fetches the reader's language, before anything is shown. Where that fails, it is English.
pub async fn start() {
    drop(fetch(first_language()).await);
}

/// What the current language needs.
struct Catalogue {
    language: Language,
    /// The locale for times and numbers: the reader's own variant of the language, such as `en-GB`.
    locale: Rc<str>,
    bundle: FluentBundle<FluentResource>,
}

impl Catalogue {
    fn new(language: Language) -> Self {
        let (language, source) = match language.source() {
            Some(source) => (language, source),
            None => (Language::English, Language::English.source().unwrap_or_default()),
        };
        let locale = preferred_locales().into_iter().find(|locale| Language::of_locale(locale) == Some(language));
        let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
        let mut bundle = FluentBundle::new(vec![tag]);
        // Directions are isolated in the markup (`dir="auto"`, `<bdi>`); here the marks would end up in accessible names.
        bundle.set_use_isolating(false);
        bundle.set_formatter(Some(format_number));
        // What did not parse is missing and shows as its key; a test keeps both files whole.
        let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(parsed, _)| parsed);
        bundle.add_resource_overriding(resource);
        Self { language, locale: locale.unwrap_or_else(|| language.tag().to_owned()).into(), bundle }
    }
}

thread_local! {
    static CATALOGUE: RefCell<Option<Catalogue>> = const { RefCell::new(None) };
    static SWITCHES: ArcRwSignal<u32> = ArcRwSignal::new(0);
}

fn with_catalogue<T>(read: impl FnOnce(&Catalogue) -> T) -> T {
    CATALOGUE.with_borrow_mut(|catalogue| read(catalogue.get_or_insert_with(|| Catalogue::new(first_language()))))
}

/// The current language; reactive.
#[must_use]
pub fn language() -> Language {
    SWITCHES.with(ArcRwSignal::track);
    with_catalogue(|catalogue| catalogue.language)
}

/// The locale in which times and numbers are written, such as `en-GB`.
#[must_use]
pub fn locale() -> Rc<str> {
    with_catalogue(|catalogue| Rc::clone(&catalogue.locale))
}

/// Switches the language, which was fetched, remembers it in this browser, and tells the page (`<html lang>`).
pub fn set_language(language: Language) {
    if with_catalogue(|catalogue| catalogue.language) != language {
        CATALOGUE.set(Some(Catalogue::new(language)));
        SWITCHES.with(|switches| switches.update(|count| *count = count.wrapping_add(1)));
    }
    #[cfg(target_arch = "wasm32")]
    {
        if let Ok(Some(storage)) = window().local_storage() {
            let _ = storage.set_item(STORED, language.tag());
        }
    }
    tell_page();
}

/// Sets `<html lang>` to the current language; at the start.
pub fn tell_page() {
    #[cfg(target_arch = "wasm32")]
    if let Some(root) = document().document_element() {
        let _ = root.set_attribute("lang", with_catalogue(|catalogue| catalogue.language).tag());
    }
}

/// Where the choice is kept in `localStorage`.
#[cfg(target_arch = "wasm32")]
const STORED: &str = "studyhall.language";

/// The language to start with: what was chosen in this browser, else the first of its languages that the client speaks.
fn first_language() -> Language {
    #[cfg(target_arch = "wasm32")]
    {
        let stored =
            window().local_storage().ok().flatten().and_then(|storage| storage.get_item(STORED).ok().flatten());
        if let Some(language) = stored.and_then(|tag| Language::of_locale(&tag)) {
            return language;
        }
    }
    preferred_locales().iter().find_map(|locale| Language::of_locale(locale)).unwrap_or_default()
}

/// The browser's languages, the most wanted first.
fn preferred_locales() -> Vec<String> {
    #[cfg(target_arch = "wasm32")]
    {
        window().navigator().languages().iter().filter_map(|locale| locale.as_string()).collect()
    }
    #[cfg(not(target_arch = "wasm32"))]
    Vec::new()
}

/// Numbers by the reader's locale: 1,234 or 1.234.
fn format_number<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    let FluentValue::Number(number) = value else { return None };
    #[cfg(target_arch = "wasm32")]
    {
        // The catalogue is borrowed while its bundle formats, so that the locale cannot be read from it here.
        let text = js_sys::Number::from(number.value).to_locale_string(document_language().as_str());
        Some(text.into())
    }
    #[cfg(not(target_arch = "wasm32"))]
    Some(number.value.to_string())
}

#[cfg(target_arch = "wasm32")]
fn document_language() -> String {
    let lang = document().document_element().and_then(|root| root.get_attribute("lang"));
    lang.filter(|lang| !lang.is_empty()).unwrap_or_else(|| Language::default().tag().to_owned())
}

/// The text of a key, filled in with arguments; none where the language lacks it. For keys that are only known at run
/// time, such as `error-not_found`; else use [`crate::t!`].
#[must_use]
pub fn lookup(key: &str, arguments: &[(&str, FluentValue<'_>)]) -> Option<String> {
    with_catalogue(|catalogue| {
        let pattern = catalogue.bundle.get_message(key)?.value()?;
        let arguments: FluentArgs<'_> = arguments.iter().map(|(name, value)| (*name, value.clone())).collect();
        let mut errors = Vec::new();
        Some(catalogue.bundle.format_pattern(pattern, Some(&arguments), &mut errors).into_owned())
    })
}

/// The text of a key; the key itself where it is missing. What [`crate::t!`] calls.
#[must_use]
pub fn text(key: &str, arguments: &[(&str, FluentValue<'_>)]) -> String {
    lookup(key, arguments).unwrap_or_else(|| key.to_owned())
}

/// The text of a key in the current language: `t!("close")`, `t!("unread", count = 3)`. Gives a `String`.
#[macro_export]
macro_rules! t {
    ($key:literal $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::i18n::text($key, &[$((stringify!($name), $crate::i18n::value($value))),*])
    };
}

/// An argument of a text.
#[must_use]
pub fn value<'a>(value: impl Into<FluentValue<'a>>) -> FluentValue<'a> {
    value.into()
}

#[cfg(test)]
mod tests;
