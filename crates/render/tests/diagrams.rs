//! Both sequence diagrams, of a session in which everything occurs and of a hostile one.

mod support;

use hindcast_render::{html, mermaid, svg};
use support::{hostile, refund, rich};

#[test]
fn mermaid_of_the_rich_draft() {
    insta::assert_snapshot!(mermaid::sequence(&rich()));
}

#[test]
fn mermaid_of_the_refund() {
    insta::assert_snapshot!(mermaid::sequence(&refund()));
}

/// Every line is one of four statements, and what follows the first colon holds nothing that Mermaid reads.
#[test]
fn mermaid_holds_nothing_but_statements() {
    for draft in [rich(), hostile(), refund()] {
        let text = mermaid::sequence(&draft);
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("sequenceDiagram"));
        let mut lanes = 0;
        for line in lines {
            let line = line.strip_prefix("    ").expect("indented");
            assert!(!line.contains(['`', '<', '&', '$', '~', '|']) && !line.contains("%%"), "{line}");
            // A number sign begins an entity code, and a semicolon ends one.
            for part in line.split('#').skip(1) {
                let code = part.split_once(';').map(|(code, _)| code);
                assert!(code.is_some_and(|c| c.bytes().all(|b| b.is_ascii_digit())), "{line}");
            }
            assert_eq!(line.matches(';').count(), line.matches('#').count(), "{line}");
            assert!(line.chars().count() < 220, "{line}");
            if let Some(rest) = line.strip_prefix("participant p").or_else(|| line.strip_prefix("actor p")) {
                assert!(rest.starts_with(&format!("{lanes} as ")), "{line}");
                lanes += 1;
                continue;
            }
            let (head, words) = line.split_once(": ").expect("words");
            assert!(!words.trim().is_empty(), "{line}");
            let places = match head.strip_prefix("Note over ") {
                Some(places) => places.split(',').collect::<Vec<_>>(),
                None => head
                    .split_once("-->>")
                    .or_else(|| head.split_once("->>"))
                    .map(|(a, b)| vec![a, b])
                    .expect("an arrow"),
            };
            for place in places {
                let lane: usize = place.strip_prefix('p').and_then(|n| n.parse().ok()).expect("a participant");
                assert!(lane < lanes, "{line}");
            }
        }
    }
}

#[test]
fn svg_of_the_rich_draft() {
    insta::assert_snapshot!(svg::sequence(&rich()));
}

#[test]
fn svg_is_well_formed_and_escaped() {
    for draft in [rich(), hostile(), refund()] {
        let text = svg::sequence(&draft);
        assert!(text.starts_with("<svg ") && text.ends_with("</svg>\n"));
        let mut open = Vec::new();
        for part in text.split('<').skip(1) {
            let (tag, words) = part.split_once('>').expect("closed");
            assert!(!words.contains('>'), "{words}");
            match tag.strip_prefix('/') {
                Some(name) => assert_eq!(open.pop(), Some(name.to_owned())),
                None if tag.ends_with('/') => {}
                None => open.push(tag.split(' ').next().unwrap_or_default().to_owned()),
            }
        }
        assert!(open.is_empty());
        assert!(!text.contains("<script") && !text.contains("javascript:alert(1)\""));
    }
}

#[test]
fn the_diagram_follows_who_talks_to_whom() {
    let text = mermaid::sequence(&rich());
    assert!(text.contains("actor p0 as user"), "{text}");
    // The agent that hands over and the one that takes over have lifelines of their own.
    assert!(text.contains("as agent front-desk") && text.contains("as agent billing-agent"));
    // Results are dashed; a rejected finding is not marked.
    assert!(text.contains("-->>"));
    assert!(text.contains("FINDING 1") && !text.contains("FINDING 4"));
    assert!(text.contains("17 events, see the timeline"));
}

#[test]
fn links_of_the_diagram_are_those_of_the_page() {
    let draft = rich();
    let page = html::page(&draft).expect("a page");
    for part in svg::sequence(&draft).split("href=\"#").skip(1) {
        let (id, _) = part.split_once('"').expect("an id");
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
}
