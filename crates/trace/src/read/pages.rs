//! Pages: many services hand over a long list piece by piece, and say beside each piece whether more follows. A file that is one
//! such piece is not the whole, whatever its format.

use crate::item::Session;
use crate::model::{Gap, GapKind};
use crate::node::Node;
use std::collections::BTreeSet;

/// What a file says of the rest of its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// More follows.
    Follows,
    /// Nothing does.
    Ends,
    /// It is this page of so many, counted from 1.
    Page(u64, u64),
}

/// What is said of a list that goes on.
const MORE: &str =
    "the file is one page of a longer list: it says that more records follow, but they are not among the files";

/// What is said of a list whose pages are numbered.
const SOME: &str =
    "the file is one page of a longer list: it says how many pages there are, and not all of them are among the files";

/// Documents of a file that are looked at: a page is one document, and lines are seldom pages.
const DOCUMENTS: usize = 64;

/// The gap that the pages among the documents of some files leave, if none of them is the last one.
pub fn gap<'d>(files: impl IntoIterator<Item = Vec<Node<'d>>>) -> Option<Gap> {
    let (mut first, mut ends) = (None, false);
    let (mut pages, mut last, mut numbered) = (BTreeSet::new(), 0, None);
    for root in files.into_iter().flat_map(|roots| roots.into_iter().take(DOCUMENTS)) {
        match rest(root) {
            Some((Rest::Follows, place)) => first = first.or(Some(place)),
            Some((Rest::Ends, _)) => ends = true,
            Some((Rest::Page(page, count), place)) => {
                pages.insert(page);
                last = count.max(last);
                numbered = numbered.or(Some(place));
            }
            None => {}
        }
    }
    let lacks = (pages.len() as u64) < last && pages.len() < DOCUMENTS;
    let (what, place) = match numbered.filter(|_| lacks) {
        Some(place) => (SOME, place),
        None => (MORE, first.filter(|_| !ends)?),
    };
    Some(Gap { kind: GapKind::HistoryMissing, what: what.to_owned(), loc: Some(place.loc()), event: None })
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
    let beside = root.entries().map(|(_, member)| member).filter(|member| member.is_object());
    let numbered = std::iter::once(root).chain(beside).find_map(numbered);
    let beside = root.entries().filter(|(_, member)| member.is_object()).flat_map(|(_, member)| member.entries());
    let told: Vec<_> =
        root.entries().chain(beside).filter_map(|(key, value)| Some((says(&key, value)?, value))).collect();
    // Of a cursor and a flag, the flag is the surer one; any that says more is heard.
    let follows = told.iter().find(|(rest, _)| *rest == Rest::Follows).copied();
    let flag = told.iter().find(|(_, value)| value.bool().is_some()).copied();
    flag.or(follows).or(numbered).or(told.first().copied())
}

/// The number of a page, from its place among all pages, or from how many records there are. Pages are counted from 0 or from 1, which
/// shows at the first one only.
fn numbered(holder: Node<'_>) -> Option<(Rest, Node<'_>)> {
    const COUNTS: [&str; 5] = ["totalPages", "total_pages", "pageCount", "page_count", "pages"];
    const SIZES: [&str; 7] = ["limit", "size", "page_size", "pageSize", "per_page", "perPage", "pageLimit"];
    const TOTALS: [&str; 6] = ["total", "totalItems", "total_items", "totalCount", "total_count", "totalElements"];
    let number = |keys: &[&str]| u64::try_from(holder.any(keys)?.i64()?).ok();
    let page = holder.any(&["page", "page_number", "pageNumber", "currentPage", "current_page"])?;
    let at = u64::try_from(page.i64()?).ok()?;
    let count = number(&COUNTS)
        .or_else(|| number(&SIZES).filter(|size| *size > 0).and_then(|size| Some(number(&TOTALS)?.div_ceil(size))))?;
    let at = at.max(1);
    (at <= count).then_some((Rest::Page(at, count), page))
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
        // Where the page behind this one begins.
        ["cursor"] => value.str().map(|place| if place.is_empty() { Rest::Ends } else { Rest::Follows }),
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
    use super::{MORE, SOME};
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
            r#","cursor":"aGFa""#,
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
            r#","cursor":null"#,
            r#","cursor":"""#,
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

    #[test]
    fn a_page_says_its_number_among_all() {
        let told = |beside: &[&str]| {
            let pages = beside.iter().enumerate();
            let files: Vec<_> = pages
                .map(|(n, beside)| {
                    let text = page(beside).replace(r#","limit":20"#, "").replace("m1", &format!("m{n}"));
                    Evidence::new(format!("page{n}.json"), text.into_bytes())
                })
                .collect();
            read(&files).expect("reads").sessions.iter().flat_map(|s| &s.gaps).any(|gap| gap.what == SOME)
        };
        let [first, last] =
            [1, 2].map(|n| format!(r#","meta":{{"page":{n},"limit":4,"totalItems":7,"totalPages":2}}"#));
        for beside in [&first, &last, r#","page":1,"size":9,"total":12"#, r#","page":0,"page_size":9,"total_count":12"#]
        {
            assert!(told(&[beside]), "{beside}");
        }
        for beside in [
            &[first.as_str(), last.as_str()][..],
            &[r#","page":1,"size":9,"total":9"#],
            &[r#","page":1,"total_pages":1"#],
            &[r#","page":1,"total":30"#],
        ] {
            assert!(!told(beside), "{beside:?}");
        }
    }
}
