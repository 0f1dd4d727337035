//! Python objects as text: what a tracing library writes when it calls `str()` on messages instead of serializing them.

use crate::json::parse_lenient;
use crate::node::Node;

/// How much of a text is looked at.
const HEAD: usize = 4096;

/// How many members of an object are looked at, and how deep.
const MEMBERS: usize = 64;
const DEPTH: usize = 3;

/// True for a text that is the repr of messages: a list of objects or dictionaries, one object, or its fields. Such a
/// text holds the words of everybody, so it is nobody's.
pub fn is_one(text: &str) -> bool {
    let text = text.trim();
    let head = &text[..text.floor_char_boundary(HEAD)];
    let inner = head.trim_start_matches(['[', '(', ' ', '\n']);
    let listed = inner.len() < head.len();
    let dictionary = inner.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('\''));
    let tuple = listed && ["'system'", "'human'", "'user'", "'ai'", "'assistant'"].iter().any(|r| inner.starts_with(r));
    let (class, fields) = (constructor(inner), fields(inner));
    if !(dictionary || tuple || class || fields) {
        return false;
    }
    // Code may look alike; a message has a speaker, words or parts.
    const MARKS: [&str; 14] = [
        "'role':",
        "role=",
        "Message(",
        "'content':",
        "content=",
        "parts=[",
        "'parts':",
        "'messages':",
        "messages=[",
        "tool_calls=",
        "'tool_calls':",
        "text=",
        "response_metadata=",
        "blocks=[",
    ];
    let marked = MARKS.iter().filter(|m| head.contains(**m)).count();
    tuple || marked >= 2 || (marked == 1 && class)
}

/// True for a JSON object with messages in it that were written so one by one: how a function was called, and nobody's words.
pub fn holds_one(text: &str) -> bool {
    if !text.starts_with('{') || !text.contains("Message(") {
        return false;
    }
    let Some((doc, _)) = parse_lenient(text) else { return false };
    within(Node::new(doc.root(), 0), 0, &mut MEMBERS.clone())
}

fn within(node: Node<'_>, depth: usize, left: &mut usize) -> bool {
    for member in node.entries().map(|(_, member)| member).chain(node.items()) {
        if *left == 0 || depth > DEPTH {
            return false;
        }
        *left -= 1;
        if member.str().is_some_and(|text| is_one(&text)) || within(member, depth + 1, left) {
            return true;
        }
    }
    false
}

/// `Message(role=…`, `schema.HumanMessage(content=…`: the name of a class, and arguments with names.
fn constructor(text: &str) -> bool {
    let Some((name, rest)) = text.split_once('(') else { return false };
    let class = name.rsplit('.').next().unwrap_or(name);
    let word = name.len() <= 80 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    word && class.starts_with(|c: char| c.is_ascii_uppercase()) && keyword(rest)
}

/// `content='…' additional_kwargs={}`: fields one after another, the first of them quoted or an object.
fn fields(text: &str) -> bool {
    let Some((_, value)) = text.split_once('=') else { return false };
    keyword(text) && value.starts_with(['\'', '"', '[', '{', '<']) && value.contains("=")
}

/// True where a text begins with a name and an equals sign.
fn keyword(text: &str) -> bool {
    let name = text.trim_start().split('=').next().unwrap_or_default();
    !name.is_empty()
        && name.len() <= 40
        && name.len() < text.len()
        && name.chars().all(|c| c.is_ascii_lowercase() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::{holds_one, is_one};

    #[test]
    fn messages_as_python_writes_them() {
        for text in [
            "[Message(role='system', content='a'), Message(role='user', content='b')]",
            "[{'role': 'user', 'content': None}]",
            "{'messages': [HumanMessage(content='a', additional_kwargs={})]}",
            "[('system', 'a'), ('human', 'b')]",
            "content=\"You're off\" additional_kwargs={} response_metadata={}",
            "RunResponse(content='done', event='RunResponse')",
            "[schema.ChatMessage(role=<MessageRole.USER: 'user'>, blocks=[])]",
        ] {
            assert!(is_one(text), "{text}");
        }
    }

    #[test]
    fn arguments_with_messages_that_python_wrote() {
        let call = r#"{"tools":["<T object>"],"history":["ChatMessage(role=<Role.USER: 'user'>, blocks=[TextBlock(text='Hi')])"]}"#;
        assert!(holds_one(call));
        for text in [
            r#"{"note":"send a Message(to=me)"}"#,
            r#"{"history":[{"role":"user"}]}"#,
            "{",
            "Message(role='a', content='b')",
        ] {
            assert!(!holds_one(text), "{text}");
        }
    }

    #[test]
    fn words_json_and_code_are_none() {
        for text in [
            "Refund me, please",
            "[{\"role\": \"user\", \"content\": \"a\"}]",
            "print(content=1)",
            "Set mode='fast' for the job",
            "mode='fast'",
            "{'a': 1}",
            "Dear team (all of you): content='x'",
            "",
        ] {
            assert!(!is_one(text), "{text}");
        }
    }
}
