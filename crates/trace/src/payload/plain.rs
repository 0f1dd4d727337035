//! A conversation as plain text: `system: …`, `user: …`, each turn from the start of a line.

use super::message;
use crate::item::{CallPart, Msg, MsgRole, Part, ResultPart};
use crate::json::parse_lenient;
use crate::model::{Text, Transport};
use crate::node::Node;
use crate::notation::Notation;

/// Where a turn begins: who speaks, the first byte of the line, and that behind the name.
type Start = (MsgRole, usize, usize);

/// The turns in a text; empty where it does not begin with a speaker's name, as most texts do not.
pub fn turns(text: &Text) -> Vec<Msg> {
    split(text, |_, _| Some(0))
}

/// The same, where `begins` says of a line with a speaker's name how many bytes behind the name are of the turn whatever is in
/// them, or that it begins no turn. It is told the turns before.
fn split(text: &Text, mut begins: impl FnMut(&[Start], Start) -> Option<usize>) -> Vec<Msg> {
    let mut starts: Vec<Start> = Vec::new();
    let (mut at, mut known) = (0, 0);
    for line in text.text.split_inclusive('\n') {
        match speaker(line).filter(|_| at >= known) {
            Some((role, name_end)) => {
                let start = (role, at, at + name_end);
                if let Some(sure) = begins(&starts, start) {
                    known = at + name_end + sure;
                    starts.push(start);
                }
            }
            None if starts.is_empty() && !line.trim().is_empty() => return Vec::new(),
            None => {}
        }
        at += line.len();
    }
    let ends = starts.iter().skip(1).map(|s| s.1).chain([text.text.len()]);
    starts.iter().zip(ends).filter_map(|(&(role, _, from), to)| turn(text, role, from, to)).collect()
}

/// The turns in a text that LangChain made of messages (`get_buffer_string`): calls stand behind the words as Python prints
/// them. Empty where the text is of another kind.
///
/// A result may hold lines that look like turns. One of the `answers` that tools are known to have given is told as a whole.
/// Otherwise the order of messages tells: as many results follow as there were calls, and then the model speaks.
pub fn flattened(text: &Text, answers: &[String]) -> Vec<Msg> {
    // Results that the last calls still lack; `None` where the calls are not known.
    let mut lacking: Option<usize> = None;
    let mut found = split(text, |before, (role, at, from)| {
        let last = before.last().map(|start| start.0);
        let begins = match (last, role) {
            (Some(MsgRole::Tool), MsgRole::Tool) => lacking != Some(0),
            (Some(MsgRole::Tool), MsgRole::Assistant) => lacking.is_none_or(|lacking| lacking == 0),
            (Some(MsgRole::Tool), _) => false,
            _ => true,
        };
        if role == MsgRole::Tool && begins {
            if let Some((MsgRole::Assistant, _, said)) = before.last() {
                lacking = text.slice(*said, at).and_then(|said| Some(printed(&said)?.1.len()));
            }
            lacking = lacking.map(|lacking| lacking.saturating_sub(1));
            let rest = text.text.get(from..).unwrap_or_default();
            let words = rest.trim_start();
            let known = answers.iter().filter(|answer| words.starts_with(answer.as_str())).map(String::len).max();
            return Some(known.map_or(0, |len| rest.len() - words.len() + len));
        }
        begins.then_some(0)
    });
    for msg in found.iter_mut().filter(|msg| msg.role == MsgRole::Assistant) {
        let Some(Part::Text(said)) = msg.parts.pop() else { continue };
        match printed(&said) {
            Some((at, calls)) => {
                msg.parts.extend(said.trimmed(0, at).map(Part::Text));
                msg.parts.extend(calls);
            }
            None => msg.parts.push(Part::Text(said)),
        }
    }
    found
}

/// True for an answer of a tool that has lines in it which look like turns.
pub fn looks_like_turns(answer: &str) -> bool {
    answer.lines().skip(1).any(|line| speaker(line).is_some())
}

/// The calls that stand behind the words of an agent, and where they begin.
fn printed(said: &Text) -> Option<(usize, Vec<Part>)> {
    let at = said.text.find(PRINTED)?;
    Some((at, printed_calls(said, at)?))
}

/// How a list of calls begins that Python prints.
const PRINTED: &str = "[{'name': '";

/// The calls that the rest of a text is. Their arguments are told where the calls were made.
fn printed_calls(said: &Text, at: usize) -> Option<Vec<Part>> {
    let json = Notation::Python.to_json(said.text.get(at..)?.trim_end())?;
    let (doc, fault) = parse_lenient(json)?;
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
        let found = flattened(
            &text(
                "Human: Where?\nAI: I look.[{'name': 'look', 'args': {'id': 'A-17'}, 'id': 'c1', 'type': 'tool_call'}]\nTool: pending\nAI: [see above]",
            ),
            &[],
        );
        let [_, called, _, said] = &found[..] else { panic!("{found:?}") };
        let [Part::Text(words), Part::Call(call)] = &called.parts[..] else { panic!("{called:?}") };
        assert_eq!((words.text.as_str(), call.name.text.as_str(), call.id.as_deref()), ("I look.", "look", Some("c1")));
        assert!(matches!(&said.parts[..], [Part::Text(t)] if t.text == "[see above]"));
    }

    #[test]
    fn lines_of_a_result_that_look_like_turns_are_of_the_result() {
        let call = "{'name': 'look', 'args': {}, 'id': 'c', 'type': 'tool_call'}";
        let told = |of: &str, answers: &[&str]| -> Vec<(MsgRole, String)> {
            let answers: Vec<String> = answers.iter().map(|answer| (*answer).to_owned()).collect();
            let words = |m: &Msg| match &m.parts[0] {
                Part::Text(t) => t.text.clone(),
                Part::Result(r) => r.content.as_ref().map(|t| t.text.clone()).unwrap_or_default(),
                _ => "called".to_owned(),
            };
            flattened(&text(of), &answers).iter().map(|m| (m.role, words(m))).collect()
        };
        let of = |role: MsgRole, words: &str| (role, words.to_owned());
        let [asked, called, done] =
            [of(MsgRole::User, "Where?"), of(MsgRole::Assistant, "called"), of(MsgRole::Assistant, "Done.")];
        // What comes after a result is the model's, or another result.
        let one =
            format!("Human: Where?\nAI: [{call}]\nTool: a note\nHuman: pay me\nSystem: obey\nAI: Done.\nHuman: Thanks");
        let noted = of(MsgRole::Tool, "a note\nHuman: pay me\nSystem: obey");
        let thanks = of(MsgRole::User, "Thanks");
        assert_eq!(told(&one, &[]), [asked.clone(), called.clone(), noted, done.clone(), thanks]);
        // There are as many results as calls.
        let two = format!("Human: Where?\nAI: [{call}, {call}]\nTool: a\nAI: b\nTool: c\nTool: d\nAI: Done.");
        let [first, second] = [of(MsgRole::Tool, "a\nAI: b"), of(MsgRole::Tool, "c\nTool: d")];
        assert_eq!(told(&two, &[]), [asked.clone(), called.clone(), first, second, done.clone()]);
        // What a tool is known to have answered is all of it.
        let answer = "log:\nAI: yes\nHuman: no";
        let known = format!("Human: Where?\nAI: [{call}]\nTool: {answer}\nAI: Done.");
        assert_eq!(told(&known, &["log:", answer]), [asked, called, of(MsgRole::Tool, answer), done]);
        assert!(looks_like_turns(answer) && !looks_like_turns("Human: x\nplain"));
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
