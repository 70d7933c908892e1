//! `/docs`: where the documents are, and the tables that neither of them shows well.

use std::fmt::Write;

use studyhall_wire::{CloseCode, ErrorCode, EventBody};

/// For the documentation alone: Swagger UI writes styles of its own.
pub const PAGE_CSP: &str = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
     frame-ancestors 'none'; base-uri 'none'; form-action 'none'; object-src 'none'";

/// The page, as HTML.
pub fn render() -> String {
    let page = include_str!("page.html");
    page.replace("{{errors}}", &errors()).replace("{{closes}}", &closes()).replace("{{kinds}}", &kinds())
}

fn errors() -> String {
    ErrorCode::ALL.iter().fold(String::new(), |mut rows, code| {
        let _ = writeln!(rows, "<tr><td>{}<td><code>{code}</code><td>{}", code.status(), code.title());
        rows
    })
}

fn closes() -> String {
    CloseCode::ALL.iter().fold(String::new(), |mut rows, code| {
        let _ = writeln!(rows, "<tr><td>{}<td>{}", code.code(), code.reason());
        rows
    })
}

fn kinds() -> String {
    EventBody::KINDS.iter().fold(String::new(), |mut items, kind| {
        let _ = writeln!(items, "<li><code>{kind}</code>");
        items
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_code_and_nothing_from_outside() {
        let page = render();
        for code in ErrorCode::ALL {
            assert!(page.contains(&format!("<code>{code}</code>")), "{code}");
        }
        for outside in ["{{", "http://", "https://", "//cdn", "<script"] {
            assert!(!page.contains(outside), "{outside}");
        }
    }
}
