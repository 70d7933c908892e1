//! The writer: Markdown events in, HTML out. Every tag that can appear is written here, and every text is escaped.

use std::fmt::Write as _;

use pulldown_cmark::{Alignment, CodeBlockKind, Event, Tag};

use super::{Mark, Mentions, inline};
use crate::t;

/// Quotes and lists deeper than this are not indented further: thousands of nested elements slow a browser down.
pub(super) const MAX_DEPTH: usize = 24;

/// A text as it was typed, with its line breaks.
pub(super) fn typed(text: &str) -> String {
    let mut html = "<p dir=\"auto\">".to_owned();
    for (number, line) in text.lines().enumerate() {
        if number > 0 {
            html.push_str("<br>");
        }
        escape(&mut html, line);
    }
    html.push_str("</p>");
    html
}

pub(super) fn write<'a>(events: impl Iterator<Item = Event<'a>>, mentions: &Mentions) -> String {
    let mut writer = Writer {
        out: String::new(),
        mentions,
        closing: Vec::new(),
        links: 0,
        code: None,
        columns: Vec::new(),
        column: 0,
        in_head: false,
    };
    for event in events {
        writer.event(event);
    }
    writer.out
}

struct Writer<'a> {
    out: String,
    mentions: &'a Mentions,
    /// What closes each open tag; empty for those that were left out.
    closing: Vec<&'static str>,
    /// How many links are open: there is none inside another.
    links: usize,
    /// The text of the open code block.
    code: Option<String>,
    /// How the columns of the open table are aligned.
    columns: Vec<Alignment>,
    column: usize,
    in_head: bool,
}

impl Writer<'_> {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(_) => self.end(),
            Event::Text(text) => match &mut self.code {
                Some(code) => code.push_str(&text),
                None => inline::write(&mut self.out, &text, self.mentions, self.links > 0),
            },
            Event::Code(text) => {
                self.out.push_str("<code dir=\"auto\">");
                escape(&mut self.out, &text);
                self.out.push_str("</code>");
            }
            Event::Html(text) | Event::InlineHtml(text) => {
                let mut lines = text.split_inclusive('\n').peekable();
                while let Some(line) = lines.next() {
                    escape(&mut self.out, line.trim_end_matches('\n'));
                    if lines.peek().is_some() || line.ends_with('\n') {
                        self.out.push_str("<br>");
                    }
                }
            }
            Event::SoftBreak | Event::HardBreak => self.out.push_str("<br>"),
            Event::Rule => self.out.push_str("<hr>"),
            Event::TaskListMarker(done) => {
                let (checked, label) = if done { (" checked", t!("task-done")) } else { ("", t!("task-open")) };
                let _ = write!(self.out, "<input type=\"checkbox\" disabled{checked} aria-label=\"{label}\"> ");
            }
            // Their extensions are off.
            Event::InlineMath(text) | Event::DisplayMath(text) | Event::FootnoteReference(text) => {
                escape(&mut self.out, &text);
            }
        }
    }

    /// Writes a tag and remembers what closes it.
    fn open(&mut self, tag: &str, closing: &'static str) {
        self.out.push_str(tag);
        self.closing.push(closing);
    }

    /// The same for what can be nested without end.
    fn open_nested(&mut self, tag: &str, closing: &'static str) {
        if self.closing.len() < MAX_DEPTH {
            self.open(tag, closing);
        } else {
            self.closing.push("");
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::Paragraph | Tag::HtmlBlock => self.open("<p dir=\"auto\">", "</p>"),
            // A message stands below the page's own headings.
            Tag::Heading { level, .. } => match level as usize {
                1 => self.open("<h4 class=\"md-h1\" dir=\"auto\">", "</h4>"),
                2 => self.open("<h5 class=\"md-h2\" dir=\"auto\">", "</h5>"),
                _ => self.open("<h6 class=\"md-h3\" dir=\"auto\">", "</h6>"),
            },
            Tag::BlockQuote(_) => self.open_nested("<blockquote dir=\"auto\">", "</blockquote>"),
            Tag::List(None) => self.open_nested("<ul dir=\"auto\">", "</ul>"),
            Tag::List(Some(first)) => self.open_nested(&format!("<ol dir=\"auto\" start=\"{first}\">"), "</ol>"),
            Tag::Item => self.open_nested("<li>", "</li>"),
            Tag::CodeBlock(kind) => self.start_code(&kind),
            Tag::Table(columns) => {
                self.columns = columns;
                let label = t!("table");
                let open = format!(
                    "<div class=\"md-scroll\" role=\"group\" tabindex=\"0\" aria-label=\"{label}\"><table dir=\"auto\">"
                );
                self.open(&open, "</tbody></table></div>");
            }
            Tag::TableHead => {
                (self.in_head, self.column) = (true, 0);
                self.open("<thead><tr>", "</tr></thead><tbody>");
            }
            Tag::TableRow => {
                self.column = 0;
                self.open("<tr>", "</tr>");
            }
            Tag::TableCell => self.start_cell(),
            Tag::Emphasis => self.open("<em>", "</em>"),
            Tag::Strong => self.open("<strong>", "</strong>"),
            Tag::Strikethrough => self.open("<del>", "</del>"),
            Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. } => self.start_link(&dest_url),
            // Their extensions are off.
            Tag::FootnoteDefinition(_)
            | Tag::DefinitionList
            | Tag::DefinitionListTitle
            | Tag::DefinitionListDefinition
            | Tag::Superscript
            | Tag::Subscript
            | Tag::MetadataBlock(_) => self.closing.push(""),
        }
    }

    fn end(&mut self) {
        let Some(closing) = self.closing.pop() else { return };
        match closing {
            CODE_END => {
                let code = self.code.take().unwrap_or_default();
                escape(&mut self.out, code.strip_suffix('\n').unwrap_or(&code));
            }
            LINK_END => self.links -= 1,
            "</tr></thead><tbody>" => self.in_head = false,
            _ => {}
        }
        self.out.push_str(closing);
    }

    /// A link, or its text alone where its scheme is not allowed or where it stands inside another link.
    fn start_link(&mut self, url: &str) {
        if self.links == 0 && inline::is_allowed(url) {
            self.links += 1;
            open_link(&mut self.out, url);
            self.closing.push(LINK_END);
        } else {
            self.closing.push("");
        }
    }

    fn start_cell(&mut self) {
        let align = match self.columns.get(self.column) {
            Some(Alignment::Center) => " class=\"align-center\"",
            Some(Alignment::Right) => " class=\"align-end\"",
            _ => "",
        };
        self.column += 1;
        if self.in_head {
            self.open(&format!("<th scope=\"col\"{align}>"), "</th>");
        } else {
            self.open(&format!("<td{align}>"), "</td>");
        }
    }

    fn start_code(&mut self, kind: &CodeBlockKind<'_>) {
        let language = match kind {
            CodeBlockKind::Fenced(info) => info.split([' ', ',', '{']).next().unwrap_or_default(),
            CodeBlockKind::Indented => "",
        };
        self.out.push_str("<div class=\"code\" dir=\"ltr\"><div class=\"code-head\"><span class=\"code-language\">");
        escape(&mut self.out, language);
        let (copy, name) = (t!("copy"), t!("code-copy"));
        let _ = write!(
            self.out,
            "</span><button type=\"button\" class=\"code-copy\" aria-label=\"{name}\" aria-live=\"polite\">{copy}</button></div>"
        );
        self.code = Some(String::new());
        self.open("<pre tabindex=\"0\"><code>", CODE_END);
    }
}

/// Writes marks into the last paragraph, or into one of their own behind anything else.
pub(super) fn add_marks(html: &mut String, marks: &[Mark]) {
    const END: &str = "</p>";
    if html.ends_with(END) {
        html.truncate(html.len() - END.len());
    } else {
        html.push_str("<p>");
    }
    for Mark { icon, text, tip } in marks {
        html.push_str(" <span class=\"message-mark\"");
        if let Some(tip) = tip {
            html.push_str(" data-tip=\"");
            escape(html, tip);
            html.push('"');
        }
        html.push('>');
        if let Some(icon) = icon {
            let path = icon.path();
            let _ = write!(
                html,
                "<svg class=\"icon\" viewBox=\"0 0 24 24\" width=\"14\" height=\"14\" aria-hidden=\"true\"><path d=\"{path}\"/></svg>"
            );
        }
        escape(html, text);
        html.push_str("</span>");
    }
    html.push_str(END);
}

const CODE_END: &str = "</code></pre></div>";
pub(super) const LINK_END: &str = "</a>";

/// Writes the opening tag of a link that has been found to be allowed.
pub(super) fn open_link(out: &mut String, url: &str) {
    out.push_str("<a href=\"");
    escape(out, url);
    out.push_str("\" target=\"_blank\" rel=\"noopener noreferrer nofollow\">");
}

/// Escapes for text and for quoted attributes.
pub(super) fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
}
