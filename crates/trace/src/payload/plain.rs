//! A conversation as plain text: `system: …`, `user: …`, each turn from the start of a line.

use super::message;
use crate::item::{CallPart, Msg, MsgRole, Part, ResultPart};
use crate::json::parse_lenient;
use crate::model::{Text, Transport};
use crate::node::Node;
use crate::notation::Notation;

/// The turns in a text; empty where it does not begin with a speaker's name, as most texts do not.
pub fn turns(text: &Text) -> Vec<Msg> {
    let mut starts: Vec<(MsgRole, usize, usize)> = Vec::new();
    let mut at = 0;
    for line in text.text.split_inclusive('\n') {
        if let Some((role, name_end)) = speaker(line) {
            starts.push((role, at, at + name_end));
        } else if starts.is_empty() && !line.trim().is_empty() {
            return Vec::new();
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).map(|s| s.1).chain([text.text.len()]);
    starts.iter().zip(ends).filter_map(|(&(role, _, from), to)| turn(text, role, from, to)).collect()
}

/// The turns in a text that LangChain made of messages (`get_buffer_string`): calls stand behind the words as Python prints
/// them. Empty where the text is of another kind.
pub fn flattened(text: &Text) -> Vec<Msg> {
    let mut found = turns(text);
    for msg in found.iter_mut().filter(|msg| msg.role == MsgRole::Assistant) {
        let Some(Part::Text(said)) = msg.parts.pop() else { continue };
        let calls = said.text.find(PRINTED).and_then(|at| Some((at, printed_calls(&said, at)?)));
        match calls {
            Some((at, calls)) => {
                msg.parts.extend(said.trimmed(0, at).map(Part::Text));
                msg.parts.extend(calls);
            }
            None => msg.parts.push(Part::Text(said)),
        }
    }
    found
}

/// How a list of calls begins that Python prints.
const PRINTED: &str = "[{'name': '";

/// The calls that the rest of a text is. Their arguments are told where the calls were made.
fn printed_calls(said: &Text, at: usize) -> Option<Vec<Part>> {
    let json = Notation::Python.to_json(said.text.get(at..)?.trim_end())?;
    let (doc, fault) = parse_lenient(json.into_bytes())?;
    let root = Node::new(doc.root(), said.loc.base);
    let mut from = at;
    let mut calls = Vec::new();
    for item in root.items().filter(|_| fault.is_none()) {
        let (name, id) = (item.str_at("name")?, item.str_at("id")?);
        let quoted = format!("'name': '{name}'");
        let start = from + said.text.get(from..)?.find(&quoted)? + "'name': '".len();
        from = start + name.len();
        let name = said.slice(start, from)?;
        calls.push(Part::Call(CallPart { id: Some(id.into_owned()), name, arguments: None }));
    }
    (!calls.is_empty()).then_some(calls)
}

fn turn(text: &Text, role: MsgRole, from: usize, to: usize) -> Option<Msg> {
    let raw = text.text.get(from..to)?;
    let from = from + (raw.len() - raw.trim_start().len());
    let said = text.slice(from, from + raw.trim().len()).filter(|t| !t.text.is_empty())?;
    let mut msg = Msg::new(role, said.loc);
    msg.parts.push(match role {
        MsgRole::Tool => Part::Result(ResultPart {
            id: None,
            name: None,
            arguments: None,
            loc: said.loc,
            content: Some(said),
            transport: Transport::Unknown,
            error: None,
        }),
        _ => Part::Text(said),
    });
    Some(msg)
}

/// The speaker that a line begins with, and where its name and colon end.
fn speaker(line: &str) -> Option<(MsgRole, usize)> {
    let (name, _) = line.split_once(':')?;
    // The longest word for a role has nine letters; looking no further keeps prose out.
    let word = Some(name.trim()).filter(|n| n.len() <= 9 && !n.contains(' '))?;
    Some((message::role(word)?, name.len() + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locator::{Form, Loc};

    fn text(text: &str) -> Text {
        Text { text: text.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } }
    }

    fn told(of: &str) -> Vec<(MsgRole, String)> {
        let words = |m: &Msg| match &m.parts[0] {
            Part::Text(t) => t.text.clone(),
            Part::Result(r) => r.content.as_ref().map(|t| t.text.clone()).unwrap_or_default(),
            other => panic!("{other:?}"),
        };
        turns(&text(of)).iter().map(|m| (m.role, words(m))).collect()
    }

    #[test]
    fn turns_begin_at_line_starts_and_keep_their_lines() {
        let found = told("system: Be kind.\nAnd short.\nuser: Hi: there\nAI: Hello!\n");
        let expected =
            [(MsgRole::System, "Be kind.\nAnd short."), (MsgRole::User, "Hi: there"), (MsgRole::Assistant, "Hello!")];
        assert_eq!(found, expected.map(|(r, t)| (r, t.to_owned())));
    }

    #[test]
    fn calls_that_python_printed_are_no_words() {
        let found = flattened(&text(
            "Human: Where?\nAI: I look.[{'name': 'look', 'args': {'id': 'A-17'}, 'id': 'c1', 'type': 'tool_call'}]\nTool: pending\nAI: [see above]",
        ));
        let [_, called, _, said] = &found[..] else { panic!("{found:?}") };
        let [Part::Text(words), Part::Call(call)] = &called.parts[..] else { panic!("{called:?}") };
        assert_eq!((words.text.as_str(), call.name.text.as_str(), call.id.as_deref()), ("I look.", "look", Some("c1")));
        assert!(matches!(&said.parts[..], [Part::Text(t)] if t.text == "[see above]"));
    }

    #[test]
    fn prose_with_colons_is_no_conversation() {
        assert!(told("Dear user: hello").is_empty());
        assert!(told("Here is what happened:\nuser: hi").is_empty());
        assert!(told("").is_empty());
    }

    #[test]
    fn each_turn_knows_its_bytes() {
        let whole = text("user: héllo\nassistant: ok");
        for msg in turns(&whole) {
            let Part::Text(part) = &msg.parts[0] else { panic!("words") };
            let Form::Slice { from, to } = part.loc.form else { panic!("a slice") };
            assert_eq!(whole.text[from as usize..to as usize], part.text);
        }
    }
}
