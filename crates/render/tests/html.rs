//! The page as a reader and as an attacker meet it.

mod support;

use hindcast_render::html;
use std::collections::HashMap;
use support::{hostile, refund, rich};

fn pages() -> Vec<String> {
    let drafts = [refund(), rich(), hostile()];
    let mut pages: Vec<String> = drafts.iter().map(|d| html::page(d).expect("a page")).collect();
    pages.push(html::pages(&drafts).expect("pages"));
    pages.push(html::pages(&[]).expect("an empty page"));
    pages
}

/// Every tag with its attributes as (name, value), read by the rules that the page keeps to.
fn tags(page: &str) -> Vec<(String, Vec<(String, String)>)> {
    let body = page.split_once("</style>").expect("style").1;
    let mut tags = Vec::new();
    for part in body.split('<').skip(1) {
        let (tag, _) = part.split_once('>').expect("a closed tag");
        let tag = tag.strip_suffix('/').unwrap_or(tag);
        let (name, mut rest) = tag.split_once(' ').unwrap_or((tag, ""));
        let mut attributes = Vec::new();
        while let Some((key, after)) = rest.split_once("=\"") {
            let (value, after) = after.split_once('"').expect("a quoted value");
            attributes.push((key.trim().to_owned(), value.to_owned()));
            rest = after;
        }
        assert!(rest.trim().is_empty(), "an attribute without a value in <{tag}>");
        tags.push((name.to_owned(), attributes));
    }
    tags
}

#[test]
fn refund_page() {
    insta::assert_snapshot!("refund", without_style(&html::page(&refund()).expect("a page")));
}

#[test]
fn rich_page() {
    insta::assert_snapshot!("rich", without_style(&html::page(&rich()).expect("a page")));
}

#[test]
fn hostile_page() {
    insta::assert_snapshot!("hostile", without_style(&html::page(&hostile()).expect("a page")));
}

/// The style has its own files; in a snapshot it would only make each change of it noisy.
fn without_style(page: &str) -> String {
    let (before, rest) = page.split_once("<style>").expect("style");
    let (_, after) = rest.split_once("</style>").expect("style");
    format!("{before}<style>…</style>{after}")
}

#[test]
fn every_link_leads_somewhere_in_the_page() {
    for page in pages() {
        let mut ids: HashMap<String, usize> = HashMap::new();
        let mut wanted = Vec::new();
        for (tag, attributes) in tags(&page) {
            for (key, value) in attributes {
                match key.as_str() {
                    "id" => *ids.entry(value).or_default() += 1,
                    "href" => wanted.push(
                        value.strip_prefix('#').unwrap_or_else(|| panic!("<{tag}> leads out: {value}")).to_owned(),
                    ),
                    "aria-labelledby" => wanted.extend(value.split(' ').map(str::to_owned)),
                    _ => {}
                }
            }
        }
        for (id, count) in &ids {
            assert_eq!(*count, 1, "id {id}");
            assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "id {id}");
        }
        for id in wanted {
            assert!(ids.contains_key(&id), "#{id} is nowhere");
        }
    }
}

#[test]
fn every_quote_is_cited_and_links_back() {
    let page = html::page(&rich()).expect("a page");
    for quote in rich().quotes() {
        assert!(page.contains(&format!("<li id=\"{}\" class=\"quote\"", quote.id)));
        assert!(page.contains(&format!("<a class=\"cite\" href=\"#{}\"", quote.id)), "{} is not cited", quote.id);
    }
    assert!(!page.contains("cited in nothing"));
}

#[test]
fn nothing_runs_and_nothing_is_fetched() {
    let elements = [
        "a",
        "article",
        "aside",
        "b",
        "bdi",
        "blockquote",
        "body",
        "caption",
        "circle",
        "code",
        "dd",
        "desc",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "g",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "head",
        "header",
        "html",
        "li",
        "line",
        "main",
        "nav",
        "ol",
        "p",
        "path",
        "pre",
        "rect",
        "section",
        "span",
        "strong",
        "summary",
        "svg",
        "table",
        "tbody",
        "td",
        "text",
        "th",
        "thead",
        "time",
        "title",
        "tr",
        "tspan",
        "ul",
    ];
    for page in pages() {
        assert!(page.contains("default-src 'none'"));
        assert!(
            !page.contains("<script") && !page.contains("<img") && !page.contains("@import") && !page.contains("url(")
        );
        for (tag, attributes) in tags(&page) {
            assert!(elements.contains(&tag.trim_start_matches('/')), "<{tag}>");
            for (key, value) in attributes {
                assert!(!key.starts_with("on") && key != "style" && key != "src", "<{tag} {key}={value}>");
            }
        }
        assert_eq!(page.matches("</style>").count(), 1);
        let body = page.split_once("</style>").expect("style").1;
        assert!(
            body.chars().all(|c| c == '\n' || c == '\t' || !(c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)))
        );
    }
}

#[test]
fn headings_are_in_order() {
    for page in pages() {
        let levels = tags(&page).into_iter().filter_map(|(tag, _)| tag.strip_prefix('h')?.parse::<u8>().ok());
        let mut before = 0;
        let mut tops = 0;
        for level in levels {
            assert!(level <= before + 1, "h{level} after h{before}");
            tops += u8::from(level == 1);
            before = level;
        }
        assert_eq!(tops, 1);
    }
}

#[test]
fn the_same_draft_gives_the_same_page() {
    assert_eq!(html::page(&rich()).expect("a page"), html::page(&rich()).expect("a page"));
}

#[test]
fn nothing_unknown_is_left_blank() {
    let page = html::page(&rich()).expect("a page");
    assert!(page.contains("During which period could this happen?"));
    assert!(page.contains("unassigned") && page.contains("no date") && page.contains("not measured"));
    assert!(!page.contains("<td></td>") && !page.contains("<dd></dd>"));
}

#[test]
fn several_retros_in_one_page() {
    let drafts = [refund(), rich()];
    let page = html::pages(&drafts).expect("pages");
    assert!(page.contains("<h1 class=\"many\">2 incident retros</h1>"));
    assert!(
        page.contains("id=\"r1-timeline\"") && page.contains("id=\"r2-timeline\"") && page.contains("href=\"#r2-f1\"")
    );
    assert_eq!(html::pages(&drafts[..1]).expect("one"), html::page(&drafts[0]).expect("a page"));
}
