//! What people write, and what others try.

use super::{Mentions, html::typed, plain, render};

fn html(text: &str) -> String {
    let names = vec![("ada".to_owned(), false), ("j.doe".to_owned(), true)];
    render(text, &Mentions { names, everyone: true })
}

const REL: &str = "target=\"_blank\" rel=\"noopener noreferrer nofollow\"";

#[test]
fn marks_become_tags() {
    assert_eq!(
        html("*a* **b** ~~c~~ `d<`"),
        "<p dir=\"auto\"><em>a</em> <strong>b</strong> <del>c</del> <code dir=\"auto\">d&lt;</code></p>"
    );
    assert_eq!(html("one\ntwo"), "<p dir=\"auto\">one<br>two</p>");
    assert_eq!(html("> q"), "<blockquote dir=\"auto\"><p dir=\"auto\">q</p></blockquote>");
    assert_eq!(html("3. a\n4. b"), "<ol dir=\"auto\" start=\"3\"><li>a</li><li>b</li></ol>");
    assert!(html("- [x] a").contains("<li><input type=\"checkbox\" disabled checked aria-label="));
}

#[test]
fn what_was_typed_is_text() {
    assert_eq!(typed("**a** <b>\n&"), "<p dir=\"auto\">**a** &lt;b&gt;<br>&amp;</p>");
}

#[test]
fn raw_html_is_text() {
    assert_eq!(html("<b>x</b>"), "<p dir=\"auto\">&lt;b&gt;x&lt;/b&gt;</p>");
    for attack in [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "a <svg/onload=alert(1)> b",
        "<!-- --><iframe srcdoc='x'>",
        "```\"><script>\nx\n```",
        "[x](https://a.b/\"onmouseover=alert(1))",
        "| <script> |\n|---|\n| <img onerror=x> |",
    ] {
        let html = html(attack);
        for bad in ["<script", "<img", "<svg", "<iframe", "<!--", "\"onmouseover"] {
            assert!(!html.contains(bad), "{attack} became {html}");
        }
    }
}

#[test]
fn links_have_a_scheme_out_of_three() {
    assert_eq!(html("[a](https://b.c)"), format!("<p dir=\"auto\"><a href=\"https://b.c\" {REL}>a</a></p>"));
    assert!(html("<mailto:a@b.c>").contains("href=\"mailto:a@b.c\""));
    for url in [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.org",
        "/settings",
        "file:///etc",
        "https:",
        "&#106;avascript:alert(1)",
    ] {
        let html = html(&format!("[a]({url})"));
        assert!(!html.contains("href"), "{url} became {html}");
        assert!(html.contains('a'));
    }
    assert!(!html("<javascript:alert(1)>").contains("href"));
}

#[test]
fn a_picture_is_a_link() {
    assert_eq!(
        html("![cat](https://b.c/d.png)"),
        format!("<p dir=\"auto\"><a href=\"https://b.c/d.png\" {REL}>cat</a></p>")
    );
    assert_eq!(html("[![cat](https://x.y)](https://b.c)").matches("<a ").count(), 1);
}

#[test]
fn bare_urls_are_linked() {
    let link = |url: &str| format!("<a href=\"{url}\" {REL}>{url}</a>");
    assert_eq!(html("see https://a.b/c_d?e=1."), format!("<p dir=\"auto\">see {}.</p>", link("https://a.b/c_d?e=1")));
    assert_eq!(html("(https://a.b/x_(y))"), format!("<p dir=\"auto\">({})</p>", link("https://a.b/x_(y)")));
    assert_eq!(html("`https://a.b`"), "<p dir=\"auto\"><code dir=\"auto\">https://a.b</code></p>");
    assert_eq!(html("xhttps://a.b http:// https://"), "<p dir=\"auto\">xhttps://a.b http:// https://</p>");
    assert_eq!(html("[https://a.b](https://c.d)").matches("<a ").count(), 1);
}

#[test]
fn known_names_are_mentions() {
    assert_eq!(
        html("@ada, @Ada. @j.doe."),
        "<p dir=\"auto\"><span class=\"mention\">@ada</span>, <span class=\"mention\">@Ada</span>. <span class=\"mention mention-me\">@j.doe</span>.</p>"
    );
    assert_eq!(
        html("@bob x@ada.org a.@ada `@ada`"),
        "<p dir=\"auto\">@bob x@ada.org a.@ada <code dir=\"auto\">@ada</code></p>"
    );
    assert!(html("@everyone").contains("mention-me"));
    assert!(!render("@everyone", &Mentions::default()).contains("mention"));
}

#[test]
fn code_has_its_language_and_a_button() {
    let html = html("```rust,ignore\nlet a = \"<&>\";\n```");
    assert!(html.contains("<span class=\"code-language\">rust</span>"), "{html}");
    assert!(html.contains("<pre tabindex=\"0\"><code>let a = &quot;&lt;&amp;&gt;&quot;;</code></pre></div>"), "{html}");
    assert!(html.contains("class=\"code-copy\""));
}

#[test]
fn tables_are_whole() {
    let html = html("| a | b |\n|:-:|--:|\n| 1 | 2 |");
    assert!(html.contains("<thead><tr><th scope=\"col\" class=\"align-center\">a</th>"), "{html}");
    assert!(
        html.ends_with(
            "<tbody><tr><td class=\"align-center\">1</td><td class=\"align-end\">2</td></tr></tbody></table></div>"
        ),
        "{html}"
    );
}

#[test]
fn nesting_without_end_is_cut() {
    let html = html(&">".repeat(4000));
    assert!(html.matches("<blockquote").count() <= super::html::MAX_DEPTH);
    assert_eq!(html.matches("<blockquote").count(), html.matches("</blockquote>").count());
}

#[test]
fn previews_are_one_plain_line() {
    assert_eq!(plain("# Hi\n\n*you* and\n`me` [there](https://a.b)", 80), "Hi you and me there");
    assert_eq!(plain("- a\n- b", 80), "a b");
    assert_eq!(plain("abcdef", 3), "abc…");
    assert_eq!(plain("日本語のテキスト", 3), "日本語…");
}

#[test]
fn marks_stand_on_the_last_line() {
    let mark = super::Mark { icon: None, text: "a<b".into(), tip: Some("\"then\"".into()) };
    let marked = |text| super::render_marked(text, &Mentions::default(), std::slice::from_ref(&mark));
    let span = "<span class=\"message-mark\" data-tip=\"&quot;then&quot;\">a&lt;b</span></p>";
    assert_eq!(marked("one\n\ntwo"), format!("<p dir=\"auto\">one</p><p dir=\"auto\">two {span}"));
    assert!(marked("- one").ends_with(&format!("</ul><p> {span}")));
    assert_eq!(super::render_marked("one", &Mentions::default(), &[]), render("one", &Mentions::default()));
}
