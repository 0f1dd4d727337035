//! Reasoning that a model writes among its words, in an element of its own. Programs that show the words leave it out, so that
//! nobody was told what stands there.

use crate::item::{Item, Msg, MsgRole, Part};
use crate::model::Text;

/// The elements, without their brackets.
const ELEMENTS: [&str; 4] = ["think", "thinking", "thought", "scratch_pad"];

/// Takes reasoning out of what the agent says, in all sightings.
pub fn apart<'i>(items: impl Iterator<Item = &'i mut Item>) {
    for mut item in items {
        while let Item::Within(_, inner) = item {
            item = inner;
        }
        match item {
            Item::Message(msg) | Item::Answer(_, msg) => message(msg),
            Item::Transcript(all) => all.messages.iter_mut().for_each(message),
            Item::Model(run) | Item::Rest(_, run) => run.input.iter_mut().chain(&mut run.output).for_each(message),
            Item::Tool(_) | Item::Event(_) | Item::Within(..) => {}
        }
    }
}

fn message(msg: &mut Msg) {
    let begins = |part: &Part| matches!(part, Part::Text(text) if is_marked(&text.text));
    if msg.role != MsgRole::Assistant || !msg.parts.iter().any(begins) {
        return;
    }
    for part in std::mem::take(&mut msg.parts) {
        match part {
            Part::Text(text) if is_marked(&text.text) => match split(&text) {
                Some(parts) => msg.parts.extend(parts),
                None => msg.parts.push(Part::Text(text)),
            },
            part => msg.parts.push(part),
        }
    }
}

/// True for a text that begins with such an element, or ends one: some servers give the model the opening themselves.
fn is_marked(text: &str) -> bool {
    opening(text).is_some() || text.contains("</think>")
}

fn opening(text: &str) -> Option<(&'static str, usize)> {
    let skipped = text.len() - text.trim_start().len();
    let rest = text[skipped..].strip_prefix('<')?;
    let name = ELEMENTS.into_iter().find(|name| rest.strip_prefix(name).is_some_and(|rest| rest.starts_with('>')))?;
    Some((name, skipped + name.len() + 2))
}

/// The reasoning and the words; `None` where the text is a part of no value, so that a part of it has no place.
fn split(text: &Text) -> Option<Vec<Part>> {
    let whole = &text.text;
    let (from, to, behind) = match opening(whole) {
        Some((name, from)) => {
            let close = format!("</{name}>");
            match whole[from..].find(&close) {
                Some(at) => (from, from + at, from + at + close.len()),
                // The answer ends before its reasoning does.
                None => (from, whole.len(), whole.len()),
            }
        }
        None => {
            // Words about the element have it within a line.
            let close = "</think>";
            let to = whole.find(close).filter(|at| !whole[..*at].contains("<think"))?;
            let behind = to + close.len();
            let alone = whole[..to].ends_with('\n') || whole[behind..].starts_with('\n');
            Some((0, to, behind)).filter(|_| alone)?
        }
    };
    text.slice(0, 0)?;
    let thought = text.trimmed(from, to).map(Part::Reasoning);
    let words = text.trimmed(behind, whole.len()).map(Part::Text);
    Some(thought.into_iter().chain(words).collect())
}

#[cfg(test)]
mod tests {
    use crate::test_support::{all, kinds, texts};
    use serde_json::json;

    #[test]
    fn reasoning_in_an_element_is_not_said() {
        for said in [
            "<think>\nThe tank is full.\n</think>\n\nIt is full.",
            "<thinking>full?</thinking>It is full.",
            "The tank is full.\n</think>\n\nIt is full.",
        ] {
            let chat =
                json!({"messages": [{"role": "user", "content": "How full?"}, {"role": "assistant", "content": said}]});
            let claude = json!({"messages": [{"role": "user", "content": "How full?"}, {"role": "assistant", "content": [{"type": "text", "text": said}]}]});
            for file in [chat, claude] {
                let trace = &all("c.json", &file.to_string())[0];
                assert_eq!(kinds(trace), ["user", "reasoning", "assistant"], "{said}");
                assert_eq!(texts(trace), ["How full?", "It is full."]);
            }
        }
    }

    #[test]
    fn words_about_the_element_are_words() {
        for said in ["Close it with </think> and go on.", "Use <think> first, then\n</think>\nthe answer.", "<thinker>"]
        {
            let chat =
                json!({"messages": [{"role": "user", "content": "How?"}, {"role": "assistant", "content": said}]});
            assert_eq!(texts(&all("c.json", &chat.to_string())[0]), ["How?", said]);
        }
    }
}
