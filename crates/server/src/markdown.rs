//! People's Markdown as HTML that can do no harm.

use linkify::{LinkFinder, LinkKind};
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

/// Characters of one text that are shown at most.
const MOST: usize = 200_000;

/// Markdown as HTML: tables, strikethrough, task lists and links to the web; HTML in it is shown as text; no scripts, no
/// pictures from elsewhere.
pub fn html(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let text = &text[..text.floor_char_boundary(MOST)];
    // Addresses inside of a link or of code stay as they are.
    let mut inside = 0_usize;
    let mut events = Vec::new();
    for event in Parser::new_ext(text, options) {
        match event {
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::CodeBlock(_)) => inside += 1,
            Event::End(TagEnd::Link | TagEnd::Image | TagEnd::CodeBlock) => inside = inside.saturating_sub(1),
            _ => {}
        }
        match event {
            Event::Html(raw) | Event::InlineHtml(raw) => events.push(Event::Text(raw)),
            Event::Text(plain) if inside == 0 => linked(plain, &mut events),
            other => events.push(other),
        }
    }
    let mut written = String::with_capacity(text.len() * 3 / 2);
    pulldown_cmark::html::push_html(&mut written, events.into_iter());
    ammonia::Builder::default()
        .rm_tags(["img"])
        .url_schemes(["http", "https", "mailto"].into())
        .link_rel(Some("noopener noreferrer nofollow"))
        .clean(&written)
        .to_string()
}

/// Text with the web and mail addresses in it as links.
fn linked<'a>(text: CowStr<'a>, events: &mut Vec<Event<'a>>) {
    let mut finder = LinkFinder::new();
    finder.kinds(&[LinkKind::Url, LinkKind::Email]);
    if finder.links(&text).next().is_none() {
        events.push(Event::Text(text));
        return;
    }
    for span in finder.spans(&text) {
        let words = Event::Text(span.as_str().to_owned().into());
        let address = match span.kind() {
            Some(LinkKind::Url) => span.as_str().to_owned(),
            Some(LinkKind::Email) => format!("mailto:{}", span.as_str()),
            _ => {
                events.push(words);
                continue;
            }
        };
        events.push(Event::Start(Tag::Link {
            link_type: LinkType::Inline,
            dest_url: address.into(),
            title: "".into(),
            id: "".into(),
        }));
        events.push(words);
        events.push(Event::End(TagEnd::Link));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn harmless_markdown_stays() {
        let html = html("**yes** [a](https://example.com/)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");
        for part in ["<strong>yes</strong>", "href=\"https://example.com/\"", "<td>1</td>"] {
            assert!(html.contains(part), "{html}");
        }
    }

    #[test]
    fn addresses_become_links_but_not_inside_of_links_and_code() {
        let html = html(
            "see https://example.com/a_b, or `https://example.org/`, [https://example.net/](https://example.edu/)",
        );
        assert_eq!(html.matches("<a ").count(), 2, "{html}");
        assert!(
            html.contains("href=\"https://example.com/a_b\"") && html.contains("href=\"https://example.edu/\""),
            "{html}"
        );
    }

    #[test]
    fn html_is_shown_as_text() {
        assert_eq!(html("a <b>c</b>").trim(), "<p>a &lt;b&gt;c&lt;/b&gt;</p>");
    }

    #[test]
    fn nothing_that_runs_gets_through() {
        for hostile in [
            "<script>alert(1)</script>",
            "[x](javascript:alert(1))",
            "[x](data:text/html;base64,PHNjcmlwdD4=)",
            "![x](https://example.com/track.png)",
            "<img src=x onerror=alert(1)>",
            "<a href='java\nscript:alert(1)'>x</a>",
            "<svg/onload=alert(1)>",
            "[x](vbscript:msgbox)",
            "<style>body{display:none}</style>",
            "<iframe src=//example.com></iframe>",
        ] {
            let html = html(hostile).to_lowercase();
            for bad in
                ["<script", "href=\"javascript", "href=\"data", "<img", "<svg", "href=\"vbscript", "<style", "<iframe"]
            {
                assert!(!html.contains(bad), "{hostile}: {html}");
            }
        }
    }

    #[test]
    fn a_huge_table_is_cut_and_does_no_harm() {
        let row = format!("|{}\n", "a|".repeat(2000));
        let table = format!("{row}|{}\n{}", "-|".repeat(2000), row.repeat(200));
        assert!(html(&table).len() < 20 * MOST);
    }
}
