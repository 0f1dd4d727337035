//! Tool arguments that a record writes in another notation than JSON, as JSON.
//!
//! Detectors read arguments as JSON. Some records hold them as a Python literal, as XML tags, or as a bare command. The
//! rewritten text is evidence too: its locator names the notation, so anybody can rewrite the same bytes again.

use crate::json::parse_lenient;

/// How arguments are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Notation {
    /// A Python literal: `{'id': 1, 'all': True}`.
    Python,
    /// One tag for each argument: `<path>a.txt</path><line>3</line>`. Values are strings.
    Tags,
    /// Text that is one command; it becomes the member `command`.
    Command,
    /// A JSON list with a name, a type and a value for each argument: `[{"name":"n","type":"integer","value":"1"}]`.
    NamedValues,
}

impl Notation {
    const ALL: [Notation; 4] = [Notation::Python, Notation::Tags, Notation::Command, Notation::NamedValues];

    /// The name in a locator.
    pub fn name(self) -> &'static str {
        match self {
            Notation::Python => "python-literal",
            Notation::Tags => "xml-tags",
            Notation::Command => "command",
            Notation::NamedValues => "named-values",
        }
    }

    /// The notation with this name in a locator.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|n| n.name() == name)
    }

    /// The text as JSON; `None` if it is not written in this notation.
    pub fn to_json(self, text: &str) -> Option<String> {
        match self {
            Notation::Python => python(text),
            Notation::Tags => Some(tags(text)),
            Notation::Command => Some(format!("{{\"command\":{}}}", quoted(text))),
            Notation::NamedValues => named_values(text),
        }
    }
}

/// A value is text there; one of another type is written as it is, if it is JSON of its own.
fn named_values(text: &str) -> Option<String> {
    let list: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_str(text).ok()?;
    let mut all = serde_json::Map::new();
    for item in list {
        let name = item.get("name")?.as_str()?.to_owned();
        let value = item.get("value").cloned().unwrap_or_default();
        let typed = item.get("type").and_then(|kind| kind.as_str()).is_some_and(|kind| kind != "string");
        let parsed = value.as_str().filter(|_| typed).and_then(|text| serde_json::from_str(text).ok());
        all.insert(name, parsed.unwrap_or(value));
    }
    Some(serde_json::Value::Object(all).to_string())
}

fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

/// Token by token, without recursion. What is no literal fails the check at the end.
fn python(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text.trim();
    while let Some(c) = rest.chars().next() {
        match c {
            '\'' | '"' => {
                let (value, len) = string(rest, c)?;
                out.push_str(&quoted(&value));
                rest = rest.get(len..)?;
                continue;
            }
            '(' => out.push('['),
            ')' | ']' | '}' => {
                // Python allows a comma behind the last item.
                let kept = out.trim_end();
                let kept = kept.strip_suffix(',').unwrap_or(kept).len();
                out.truncate(kept);
                out.push(if c == ')' { ']' } else { c });
            }
            c if c.is_alphabetic() || c == '_' => {
                let len = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                match rest.get(..len)? {
                    "True" | "true" => out.push_str("true"),
                    "False" | "false" => out.push_str("false"),
                    "None" | "null" => out.push_str("null"),
                    _ => return None,
                }
                rest = rest.get(len..)?;
                continue;
            }
            c => out.push(c),
        }
        rest = rest.get(c.len_utf8()..)?;
    }
    let (doc, fault) = parse_lenient(out.as_str())?;
    (fault.is_none() && doc.root().bytes().len() == out.trim().len()).then_some(out)
}

/// The string at the start of a text, and how many bytes it takes with its quotes.
fn string(text: &str, quote: char) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            c if c == quote => return Some((value, at + c.len_utf8())),
            '\\' => match chars.next()?.1 {
                'n' => value.push('\n'),
                't' => value.push('\t'),
                'r' => value.push('\r'),
                '\n' => {}
                digits @ ('x' | 'u') => {
                    let count = if digits == 'x' { 2 } else { 4 };
                    let hex: String = (0..count).filter_map(|_| chars.next().map(|(_, c)| c)).collect();
                    value.push(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}'));
                }
                c @ ('\'' | '"' | '\\') => value.push(c),
                c => value.extend(['\\', c]),
            },
            c => value.push(c),
        }
    }
    None
}

/// Tags inside a value belong to the value: only the next closing tag of the same name ends it.
fn tags(text: &str) -> String {
    let mut members = Vec::new();
    let mut unclosed = Vec::new();
    let mut rest = text;
    while let Some((name, value, after)) = next_tag(rest, &mut unclosed) {
        members.push(format!("{}:{}", quoted(name), quoted(trim_line_ends(value))));
        rest = after;
    }
    format!("{{{}}}", members.join(","))
}

/// The next tag with an end: its name, its value, and what follows. A name whose end was not found is in none of what
/// follows either, so each name is looked for once.
pub(crate) fn next_tag<'t>(text: &'t str, unclosed: &mut Vec<&'t str>) -> Option<(&'t str, &'t str, &'t str)> {
    let mut rest = text;
    while unclosed.len() < MAX_UNCLOSED {
        let open = rest.find('<')?;
        let inner = rest.get(open + 1..)?;
        let (name, behind) = inner.split_at(inner.find(|c: char| !is_name(c))?);
        rest = inner;
        let Some(body) = behind.strip_prefix('>').filter(|_| !name.is_empty() && !unclosed.contains(&name)) else {
            continue;
        };
        let closing = format!("</{name}>");
        match body.find(&closing) {
            Some(at) => return Some((name, body.get(..at)?, body.get(at + closing.len()..)?)),
            None => unclosed.push(name),
        }
    }
    None
}

/// Names of tags without an end that are passed over in one text; a hostile text may have any number.
const MAX_UNCLOSED: usize = 64;

/// True for a character of a tag's name.
fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

fn trim_line_ends(value: &str) -> &str {
    let value = value.strip_prefix('\n').unwrap_or(value);
    value.strip_suffix('\n').unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_literals_become_json() {
        let json = |text: &str| Notation::Python.to_json(text);
        assert_eq!(
            json(r#"{'a': 'it\'s', "b": [True, None, 1.5,], 'c': (1, 2)}"#).as_deref(),
            Some(r#"{"a": "it's", "b": [true, null, 1.5], "c": [1, 2]}"#)
        );
        assert_eq!(json(r"{'n': 'a\nb\xe9'}").as_deref(), Some("{\"n\": \"a\\nb\u{e9}\"}"));
    }

    #[test]
    fn what_is_no_literal_is_refused() {
        for text in ["{'a': run()}", "{'a': 'open", "{'a': 1} and more", "{'a' 1}", "{'a'"] {
            assert_eq!(Notation::Python.to_json(text), None, "{text}");
        }
    }

    #[test]
    fn each_tag_is_an_argument_and_inner_tags_stay_text() {
        let text = "\n<path>a.html</path>\n<content>\n<b>x</b>\n</content>\n<open>";
        assert_eq!(Notation::Tags.to_json(text).as_deref(), Some(r#"{"path":"a.html","content":"<b>x</b>"}"#));
        assert_eq!(Notation::Tags.to_json("no tags, 1 < 2").as_deref(), Some("{}"));
    }

    #[test]
    fn names_lead_back() {
        for notation in Notation::ALL {
            assert_eq!(Notation::from_name(notation.name()), Some(notation));
        }
        assert_eq!(Notation::Command.to_json("ls \"x\"").as_deref(), Some(r#"{"command":"ls \"x\""}"#));
    }
}
