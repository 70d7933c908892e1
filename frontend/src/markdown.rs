//! Message texts: Markdown to HTML that is safe by construction.
//!
//! The writer in `html` knows a fixed set of tags and writes nothing else: raw HTML in a message is text, a link
//! has a scheme out of a list of three, a picture is a link, and there are no style attributes. So nothing has to be
//! cleaned afterwards. A single newline breaks the line, as people expect of a chat.

mod html;
mod inline;
#[cfg(test)]
mod tests;

use leptos::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd, TextMergeStream};
use wasm_bindgen::JsCast;

use crate::{
    parts::{self, Code},
    t,
    ui::{IconName, clipboard},
};

/// The names that a text may mention; others stay plain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Usernames, and whether each is the reader's own.
    pub names: Vec<(String, bool)>,
    /// Whether `@everyone` is one.
    pub everyone: bool,
}

/// A word behind a message's text, such as "edited".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    pub icon: Option<IconName>,
    pub text: String,
    /// What pointing at it tells.
    pub tip: Option<String>,
}

/// What reads Markdown, cut off from the rest of the client: it is half as large as all that shows messages.
#[derive(Clone, Copy)]
pub struct Reader {
    html: fn(&str, &Mentions) -> String,
    plain: fn(&str) -> String,
}

impl Default for Reader {
    fn default() -> Self {
        Self { html: |text, mentions| html::write(events(text), mentions), plain: words }
    }
}

thread_local! {
    static READER: ArcRwSignal<Option<Reader>> = ArcRwSignal::new(None);
}

/// Fetches the reader, unless it is here.
///
/// # Errors
/// It could not be fetched; to call it again is to try again.
pub async fn fetch() -> Code<()> {
    let reader = parts::markdown().await?;
    READER.with(|here| {
        if here.with_untracked(Option::is_none) {
            here.set(Some(reader));
        }
    });
    Ok(())
}

/// The reader, where it is here. Reactive.
fn reader() -> Option<Reader> {
    let here = READER.with(ArcRwSignal::get);
    // On the host, where the tests run, nothing is cut off.
    #[cfg(not(target_arch = "wasm32"))]
    let here = here.or_else(|| Some(Reader::default()));
    here
}

fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    TextMergeStream::new(Parser::new_ext(text, options))
}

/// The HTML of a message's text: as it was typed, before [`fetch`]. Reactive.
#[must_use]
pub fn render(text: &str, mentions: &Mentions) -> String {
    reader().map_or_else(|| html::typed(text), |reader| (reader.html)(text, mentions))
}

/// The HTML of a message's text with marks behind its last word, so that they take no line of their own where there is
/// room on it.
#[must_use]
pub fn render_marked(text: &str, mentions: &Mentions, marks: &[Mark]) -> String {
    let mut html = render(text, mentions);
    if !marks.is_empty() {
        html::add_marks(&mut html, marks);
    }
    html
}

/// The text without its marks, on one line and cut to `max` characters: for previews and quotes. Reactive, as
/// [`render`] is.
#[must_use]
pub fn plain(text: &str, max: usize) -> String {
    let line = reader().map_or_else(|| text.to_owned(), |reader| (reader.plain)(text));
    let mut words = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((cut, _)) = words.char_indices().nth(max) {
        words.truncate(cut);
        words.push('…');
    }
    words
}

/// The words of a text.
fn words(text: &str) -> String {
    let mut line = String::new();
    for event in events(text) {
        match event {
            Event::Text(part) | Event::Code(part) | Event::Html(part) | Event::InlineHtml(part) => line.push_str(&part),
            Event::SoftBreak | Event::HardBreak | Event::Rule | Event::Start(Tag::Item | Tag::TableCell) => {
                line.push(' ');
            }
            Event::End(end) if !is_inline(end) => line.push(' '),
            _ => {}
        }
    }
    line
}

fn is_inline(end: TagEnd) -> bool {
    matches!(end, TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image)
}

/// A message's text. A press on a code block's button copies the code.
#[component]
pub fn Markdown(
    #[prop(into)] text: Signal<String>,
    #[prop(optional, into)] mentions: Signal<Mentions>,
    /// What stands behind the text.
    #[prop(optional, into)]
    marks: Signal<Vec<Mark>>,
) -> impl IntoView {
    let html =
        move || text.with(|text| mentions.with(|mentions| marks.with(|marks| render_marked(text, mentions, marks))));
    view! { <div class="md" class:md-large=move || text.with(|text| crate::emoji::is_only_emoji(text)) inner_html=html on:click=copy_code /> }
}

/// Copies the code of the block whose button was pressed, and says so on the button for two seconds.
fn copy_code(event: web_sys::MouseEvent) {
    let button = event
        .target()
        .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
        .and_then(|target| target.closest("button.code-copy").ok().flatten());
    let Some(button) = button else { return };
    let code = button.closest(".code").ok().flatten().and_then(|block| block.query_selector("pre").ok().flatten());
    let Some(code) = code.and_then(|code| code.text_content()) else { return };
    wasm_bindgen_futures::spawn_local(async move {
        if clipboard::copy(&code).await {
            button.set_text_content(Some(&t!("copied")));
            set_timeout(move || button.set_text_content(Some(&t!("copy"))), std::time::Duration::from_secs(2));
        }
    });
}
