//! Pages: many services hand over a long list piece by piece, and say beside each piece whether more follows. A file that is one
//! such piece is not the whole, whatever its format.

use crate::item::Session;
use crate::model::{Gap, GapKind};
use crate::node::Node;

/// What a file says of the rest of its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// More follows.
    Follows,
    /// Nothing does.
    Ends,
}

/// What is said of a list that goes on.
const MORE: &str =
    "the file is one page of a longer list: it says that more records follow, but they are not among the files";

/// Documents of a file that are looked at: a page is one document, and lines are seldom pages.
const DOCUMENTS: usize = 64;

/// The gap that the pages among the documents of some files leave, if none of them is the last one.
pub fn gap<'d>(files: impl IntoIterator<Item = Vec<Node<'d>>>) -> Option<Gap> {
    let (mut first, mut ends) = (None, false);
    for root in files.into_iter().flat_map(|roots| roots.into_iter().take(DOCUMENTS)) {
        match rest(root) {
            Some((Rest::Follows, place)) => first = first.or(Some(place)),
            Some((Rest::Ends, _)) => ends = true,
            None => {}
        }
    }
    let loc = first.filter(|_| !ends)?.loc();
    Some(Gap { kind: GapKind::HistoryMissing, what: MORE.to_owned(), loc: Some(loc), event: None })
}

/// Adds the gap to every session of these files: any of them may go on.
pub fn name(sessions: &mut [Session], gap: Option<&Gap>) {
    sessions.iter_mut().for_each(|session| session.gaps.extend(gap.cloned()));
}

/// What stands beside a list, or in an object beside it.
fn rest(root: Node<'_>) -> Option<(Rest, Node<'_>)> {
    let list = root.entries().any(|(_, member)| member.is_array() && member.items().all(Node::is_object));
    if !list {
        return None;
    }
    let beside = root.entries().filter(|(_, member)| member.is_object()).flat_map(|(_, member)| member.entries());
    let told: Vec<_> =
        root.entries().chain(beside).filter_map(|(key, value)| Some((says(&key, value)?, value))).collect();
    // Of a cursor and a flag, the flag is the surer one; any that says more is heard.
    let follows = told.iter().find(|(rest, _)| *rest == Rest::Follows).copied();
    let flag = told.iter().find(|(_, value)| value.bool().is_some()).copied();
    flag.or(follows).or(told.first().copied())
}

/// What a member says of the rest: whether there is more, or where the next page is.
fn says(key: &str, value: Node<'_>) -> Option<Rest> {
    const PLACES: [&str; 12] =
        ["page", "cursor", "token", "link", "url", "uri", "offset", "key", "marker", "start", "href", "id"];
    if key.len() > 40 {
        return None;
    }
    let words = words(key);
    let of = |more: bool| Some(if more { Rest::Follows } else { Rest::Ends });
    match &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["has", rest @ ..] if rest.iter().any(|word| matches!(*word, "more" | "next")) => of(value.bool()?),
        ["next"] => match value.str() {
            // Where a record names the record behind it, this is no page.
            Some(place) if place.is_empty() => of(false),
            Some(place) if place.contains(['/', '?', '=']) => of(true),
            None if value.is_null() => of(false),
            _ => None,
        },
        ["next", rest @ ..] if rest.iter().all(|word| PLACES.contains(word)) => {
            of(!value.is_null() && value.str().is_none_or(|place| !place.is_empty()))
        }
        _ => None,
    }
}

/// The words of a key in snake case or in camel case, in lower case.
fn words(key: &str) -> Vec<String> {
    let mut words: Vec<String> = vec![String::new()];
    for c in key.chars() {
        if (!c.is_alphanumeric() || c.is_uppercase()) && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::MORE;
    use crate::test_support::one;
    use crate::{Evidence, read};

    fn page(beside: &str) -> String {
        format!(
            r#"{{"data":[{{"id":"m1","conversation_id":"c","query":"Hi","answer":"Hello","created_at":1777888800,"inputs":{{}},"message_files":[]}}],"limit":20{beside}}}"#
        )
    }

    fn told(beside: &str) -> bool {
        one("page.json", &page(beside)).gaps.iter().any(|gap| gap.what == MORE)
    }

    #[test]
    fn a_page_that_is_not_the_last_is_a_gap() {
        for beside in [
            r#","has_more":true"#,
            r#","hasMore":true"#,
            r#","next_page":"p2""#,
            r#","meta":{"nextCursor":"x"}"#,
            r#","pageInfo":{"hasNextPage":true,"endCursor":"x"}"#,
            r#","links":{"next":"https://example.com/x?page=2"}"#,
        ] {
            assert!(told(beside), "{beside}");
        }
        for beside in [
            "",
            r#","has_more":false"#,
            r#","has_more":false,"next_page":"p2""#,
            r#","next_page":null"#,
            r#","next_cursor":"""#,
            r#","next":"m2""#,
        ] {
            assert!(!told(beside), "{beside}");
        }
    }

    #[test]
    fn a_list_whose_last_page_is_there_is_whole() {
        let pages = [page(r#","has_more":true"#), page(r#","has_more":false"#).replace("m1", "m0")];
        let files = pages.map(|text| Evidence::new("page.json", text.into_bytes()));
        let read = read(&files).expect("reads");
        assert!(read.sessions.iter().flat_map(|s| &s.gaps).all(|gap| gap.what != MORE));
    }
}
