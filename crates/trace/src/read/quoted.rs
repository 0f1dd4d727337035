//! Records that stand as text: a list of strings, or lines of strings, each of which holds JSON. Programs that keep records in
//! columns or queues write them out so.

use crate::json::{Doc, Value};
use crate::locator::Bases;
use crate::node::Node;

/// Text inside of text: more than this is no export.
const DEPTH: usize = 3;

/// The documents inside of the texts, where documents are nothing but such texts.
pub fn open<'e>(mut docs: Vec<(Doc<'e>, u32)>, bases: &mut Bases) -> Vec<(Doc<'e>, u32)> {
    for _ in 0..DEPTH {
        match within(&docs, bases) {
            Some(inner) => docs = inner,
            None => break,
        }
    }
    docs
}

fn within(docs: &[(Doc<'_>, u32)], bases: &mut Bases) -> Option<Vec<(Doc<'static>, u32)>> {
    let mut found = Vec::new();
    for (doc, base) in docs {
        let root = doc.root();
        let texts: Vec<Value<'_>> = if root.is_array() { root.items().collect() } else { vec![root] };
        for text in texts {
            let inner = Some(text).filter(|text| text.is_str() && text.may_hold_json())?;
            let (doc, base) = Node::new(inner, *base).nested().filter(|nested| !nested.cut)?.into_doc(bases);
            found.push((doc, base));
        }
    }
    (!found.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds, one};

    #[test]
    fn records_that_stand_as_text_are_read() {
        let session =
            r#"{"id":"s1","messages":[{"role":"user","content":"Hi"},{"role":"assistant","content":"Hello"}]}"#;
        let other = session.replace("s1", "s2");
        let text = |inner: &str| serde_json::Value::from(inner).to_string();
        let list = format!("[{},{}]", text(session), text(&other));
        for file in [list.clone(), format!("{}\n{}\n", text(session), text(&other)), text(&list)] {
            let found = all("s.json", &file);
            assert_eq!(found.iter().map(kinds).collect::<Vec<_>>(), [["user", "assistant"], ["user", "assistant"]]);
        }
        assert_eq!(kinds(&one("s.json", &text(session))), ["user", "assistant"]);
    }

    #[test]
    fn words_are_no_records() {
        for file in [r#"["a","b"]"#, r#""a""#, r#"["{\"a\":"]"#] {
            assert!(crate::read(&[crate::Evidence::new("s.json", file.as_bytes().to_vec())]).is_err(), "{file}");
        }
    }
}
