//! A conversation as plain text: `system: …`, `user: …`, each turn from the start of a line.

use super::message;
use crate::item::{Msg, MsgRole, Part, ResultPart};
use crate::model::{Text, Transport};

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
