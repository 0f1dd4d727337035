//! The length at which a recorder cuts every text. JSON that was cut shows by itself; words do not. But where several texts of
//! a session are of exactly one length and none is longer, nobody wrote them so.

use super::cut;
use crate::hash::HashMap;
use crate::item::{Item, Msg, Part};
use crate::locator::Form;
use crate::model::{Event, EventKind, Gap, GapKind, Role, Text};
use serde::de::IgnoredAny;

/// No recorder cuts shorter, and short texts are of one length by chance.
const SHORTEST: usize = 64;
/// Texts without a sign that they were cut that prove a limit by their length alone; fewer do where the limit is a round number.
const SEVERAL: usize = 3;

/// In what recorders count.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Characters,
    Bytes,
    /// Units of UTF-16, as JavaScript, Java and .NET count.
    Utf16,
}

impl Unit {
    fn of(self, text: &str) -> usize {
        match self {
            Unit::Bytes => text.len(),
            _ if text.is_ascii() => text.len(),
            Unit::Characters => text.chars().count(),
            Unit::Utf16 => text.encode_utf16().count(),
        }
    }
}

/// A length that no text of a session exceeds, and that several have.
#[derive(Clone, Copy)]
pub struct Limit {
    unit: Unit,
    length: usize,
}

/// A text, or what is left of one.
enum Value<'i> {
    Text(&'i Text),
    /// The characters of a text that breaks off.
    Broken(usize),
}

impl Limit {
    /// The limit that the sightings of a session prove.
    pub fn find<'i>(items: impl Iterator<Item = &'i Item> + Clone) -> Option<Limit> {
        [Unit::Characters, Unit::Bytes, Unit::Utf16].into_iter().find_map(|unit| {
            let size = |value: &Value<'_>| match value {
                Value::Text(text) => unit.of(&text.text),
                Value::Broken(length) => *length,
            };
            let mut length = 0;
            each(items.clone(), &mut |value| length = length.max(size(&value)));
            if length < SHORTEST {
                return None;
            }
            // Requests repeat what was said: it counts once.
            let mut broken = 0;
            let mut words: HashMap<&str, bool> = HashMap::default();
            each(items.clone(), &mut |value| match value {
                _ if size(&value) != length => {}
                Value::Broken(_) => broken += 1,
                Value::Text(text) if text.loc.form != Form::Own => {}
                Value::Text(text) => {
                    let known = words.len() < SEVERAL || words.contains_key(text.text.as_str());
                    if known && (may_be_cut(&text.text) || breaks_off(&text.text)) {
                        words.insert(&text.text, breaks_off(&text.text));
                    }
                }
            });
            let sure = broken + words.values().filter(|cut| **cut).count();
            let all = broken + words.len();
            let proven = all >= 2 && (sure > 0 || is_round(length)) || all >= SEVERAL;
            proven.then_some(Limit { unit, length })
        })
    }

    /// What is said of an event whose words end at the limit.
    pub fn gap(self, at: usize, event: &Event) -> Option<Gap> {
        let ends = |text: &&Text| {
            let whole = text.text.starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(&text.text).is_ok();
            text.loc.form == Form::Own && self.unit.of(&text.text) == self.length && !whole
        };
        let (text, whose) = match &event.kind {
            EventKind::Message { texts, role, .. } => {
                let whose = match role {
                    Role::User => "a user message",
                    Role::Assistant => "an agent message",
                    Role::System => "the instructions",
                    Role::Harness => "a harness message",
                };
                (texts.iter().find(ends)?, whose.to_owned())
            }
            EventKind::Reasoning { text } => (Some(text).filter(ends)?, "the reasoning".to_owned()),
            EventKind::ToolResult { content, error, name, .. } => {
                let found = content.as_ref().filter(ends).or(error.as_ref().filter(ends))?;
                (found, format!("the result of `{name}`"))
            }
            _ => return None,
        };
        let unit = if self.unit == Unit::Bytes { "bytes" } else { "characters" };
        let what = format!(
            "{whose} is truncated at {} {unit}: other texts of this session end at the same length, and none is longer",
            self.length
        );
        Some(Gap { kind: GapKind::ContentTruncated, what, loc: Some(text.loc), event: Some(at as u32) })
    }
}

/// True for a number that people choose as a limit.
fn is_round(length: usize) -> bool {
    length.is_power_of_two() || (length + 1).is_power_of_two() || length.is_multiple_of(100)
}

/// True for JSON that ends in the middle.
fn breaks_off(text: &str) -> bool {
    cut::arguments(text) || cut::answer(text)
}

/// True for words that do not end as a sentence or a value does. An ID or a hash has one length by nature.
fn may_be_cut(text: &str) -> bool {
    let ended = |c: char| ".!?…:;)]}>\"'`。！？".contains(c);
    let of_words = text.contains(char::is_whitespace) || !text.is_ascii();
    of_words && !text.trim_end().ends_with(ended)
}

/// Hands over every text that a recorder wrote as a value of its own.
fn each<'i>(items: impl Iterator<Item = &'i Item>, take: &mut dyn FnMut(Value<'i>)) {
    for mut item in items {
        while let Item::Within(_, inner) = item {
            item = inner;
        }
        match item {
            Item::Message(msg) | Item::Answer(_, msg) => message(msg, take),
            Item::Transcript(all) => all.messages.iter().for_each(|msg| message(msg, take)),
            Item::Model(run) | Item::Rest(_, run) => {
                run.input.iter().chain(&run.output).for_each(|msg| message(msg, take));
            }
            Item::Tool(run) => {
                [&run.arguments, &run.content, &run.error].into_iter().flatten().for_each(|t| take(Value::Text(t)));
            }
            Item::Event(_) | Item::Within(..) => {}
        }
    }
}

fn message<'i>(msg: &'i Msg, take: &mut dyn FnMut(Value<'i>)) {
    for part in &msg.parts {
        match part {
            Part::Text(text) | Part::Reasoning(text) => take(Value::Text(text)),
            Part::Call(call) => call.arguments.iter().for_each(|text| take(Value::Text(text))),
            Part::Result(result) => {
                [&result.content, &result.error].into_iter().flatten().for_each(|text| take(Value::Text(text)));
            }
            Part::Compacted(text) => text.iter().for_each(|text| take(Value::Text(text))),
            Part::Unread(unread) if unread.length > 0 => take(Value::Broken(unread.length as usize)),
            Part::Unread(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::model::GapKind;
    use crate::test_support::one;
    use serde_json::{Value, json};

    fn span(n: u64, kind: &str, mut own: Value) -> Value {
        let attributes: Vec<Value> = own
            .as_object_mut()
            .unwrap()
            .iter()
            .map(|(key, value)| json!({"key": key, "value": {"stringValue": value}}))
            .chain([json!({"key": "openinference.span.kind", "value": {"stringValue": kind}})])
            .collect();
        let at = |second: u64| format!("{}", 1_777_888_800_000_000_000 + second * 1_000_000_000);
        json!({"traceId": "a".repeat(32), "spanId": format!("{n:016x}"), "name": "step", "startTimeUnixNano": at(n), "endTimeUnixNano": at(n + 1), "attributes": attributes})
    }

    fn session(result: &str, arguments: &str, answer: &str) -> String {
        let model = json!({"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Water the beds", "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "water", "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments": arguments});
        let tool = json!({"tool.name": "water", "input.value": arguments, "output.value": result});
        let last = json!({"llm.input_messages.0.message.role": "user", "llm.input_messages.0.message.content": "Water the beds", "llm.output_messages.0.message.role": "assistant", "llm.output_messages.0.message.content": answer});
        let spans = [span(1, "LLM", model), span(3, "TOOL", tool), span(5, "LLM", last)];
        json!({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).to_string()
    }

    fn told(file: &str) -> Vec<String> {
        let gaps = one("t.json", file).gaps.into_iter().filter(|gap| gap.kind == GapKind::ContentTruncated);
        gaps.map(|gap| gap.what).filter(|what| what.contains("none is longer")).collect()
    }

    fn filled(words: &str, length: usize) -> String {
        words.repeat(length / words.len() + 1).chars().take(length).collect()
    }

    #[test]
    fn words_that_end_where_json_was_cut_are_cut() {
        let json = format!(r#"{{"valve":"{}"#, filled("north ", 80));
        let words = filled("The north valve is open and ", 90);
        let told = told(&session(&json, "{}", &words));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("an agent message is truncated at 90 characters"), "{told:?}");
    }

    #[test]
    fn two_texts_of_a_round_length_are_cut() {
        let told = told(&session(&filled("bed 4 is wét ", 128), "{}", &filled("I watered the beds ", 128)));
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("the result of `water`"), "{told:?}");
    }

    #[test]
    fn one_longer_text_or_one_end_of_a_sentence_proves_that_there_is_no_limit() {
        let words = filled("I watered the beds ", 128);
        let ended = format!("{}.", filled("I watered the beds ", 127));
        for (result, answer) in [
            (filled("bed 4 is wet ", 129), words.clone()),
            (filled("bed 4 is wet ", 90), words.clone()),
            (ended.clone(), words.clone()),
            (filled("0123456789abcdef", 128), words),
        ] {
            assert!(told(&session(&result, "{}", &answer)).is_empty(), "{result}");
        }
    }
}
