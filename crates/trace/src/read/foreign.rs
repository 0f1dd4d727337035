//! Formats that are known and not read: a file of one of them is refused by name, rather than read in part by a format
//! that happens to look alike.
//!
//! A format that gets a reader leaves this table.

use crate::node::Node;

/// A format that is not read.
pub struct Foreign {
    /// What people call it.
    pub name: &'static str,
    /// What to give instead.
    pub instead: &'static str,
    /// A document is of this format where all marks of one of these groups hold.
    marks: &'static [&'static [Mark]],
}

/// Something that a document of one format has, and of others not. A path names members and items: `message.parts.0`.
enum Mark {
    /// Something is there, and is not null.
    Has(&'static str),
    /// A list is there, or an object.
    Holds(&'static str),
    /// A string is there, and is one of these.
    Is(&'static str, &'static [&'static str]),
    /// Nothing is there.
    Lacks(&'static str),
}

use Mark::{Has, Holds, Is, Lacks};

/// How many documents of a file are looked at.
const SAMPLE: usize = 20;

/// The format among these that any of the first documents is of.
pub fn of(roots: &[Node<'_>]) -> Option<&'static Foreign> {
    let sample = &roots[..roots.len().min(SAMPLE)];
    ALL.iter().find(|foreign| sample.iter().any(|root| foreign.is(*root)))
}

impl Foreign {
    fn is(&self, root: Node<'_>) -> bool {
        self.marks.iter().any(|group| group.iter().all(|mark| mark.holds(root)))
    }
}

impl Mark {
    fn holds(&self, root: Node<'_>) -> bool {
        match self {
            Has(path) => at(root, path).is_some(),
            Holds(path) => at(root, path).is_some_and(|n| n.is_array() || n.is_object()),
            Is(path, words) => at(root, path).and_then(Node::str).is_some_and(|s| words.contains(&s.as_ref())),
            Lacks(path) => at(root, path).is_none(),
        }
    }
}

fn at<'d>(root: Node<'d>, path: &str) -> Option<Node<'d>> {
    path.split('.').try_fold(root, |node, step| match step.parse::<usize>() {
        Ok(index) => node.items().nth(index),
        Err(_) => node.get(step),
    })
}

/// What to give instead of what is not read at all.
pub const INSTEAD: &str = "Export the session through OpenTelemetry (OTLP), or as OpenAI chat messages.";
const CHAT: &str = "Convert its messages to OpenAI chat messages.";

const REALTIME: &[&str] = &[
    "conversation.item.create",
    "conversation.item.created",
    "conversation.item.added",
    "conversation.item.done",
    "conversation.item.input_audio_transcription.completed",
    "response.output_audio_transcript.done",
    "response.audio_transcript.done",
    "input_audio_buffer.committed",
];

const fn foreign(name: &'static str, instead: &'static str, marks: &'static [&'static [Mark]]) -> Foreign {
    Foreign { name, instead, marks }
}

static ALL: &[Foreign] = &[
    // Observability.
    foreign(
        "a Helicone request",
        CHAT,
        &[&[Has("request_body"), Has("response_body")], &[Has("data.0.request_body"), Has("data.0.response_body")]],
    ),
    foreign(
        "an Azure Monitor query",
        "Export the spans through OpenTelemetry (OTLP).",
        &[&[Holds("tables.0.columns"), Holds("tables.0.rows")]],
    ),
    // Frameworks and APIs.
    foreign("a Semantic Kernel chat history", CHAT, &[&[Has("Role.Label"), Holds("Items")]]),
    foreign(
        "a log of OpenAI Realtime events",
        INSTEAD,
        &[
            &[Is("type", REALTIME), Lacks("role"), Holds("item")],
            &[Is("type", REALTIME), Lacks("role"), Has("item_id")],
            &[Is("type", &["session.created", "session.updated"]), Has("session.model")],
        ],
    ),
    // Voice and support.
    foreign("a TalkPilot webhook", CHAT, &[&[Is("event", &["call_ended"]), Lacks("call"), Has("transcript.0.text")]]),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Evidence, ReadError, read};

    #[test]
    fn a_known_format_is_refused_by_name_with_what_to_do() {
        for (text, name) in [
            (r#"{"request_body":{"model":"m"},"response_body":{"id":"r"}}"#, "Helicone"),
            (r#"{"data":[{"request_body":{"model":"m"},"response_body":{"id":"r"}}]}"#, "Helicone"),
            (r#"[{"Role":{"Label":"user"},"Items":[{"$type":"TextContent","Text":"Hi"}]}]"#, "Semantic Kernel"),
            (
                r#"{"type":"conversation.item.created","item":{"type":"message","role":"user","content":[]}}"#,
                "Realtime",
            ),
            (r#"{"tables":[{"name":"PrimaryResult","columns":[],"rows":[]}]}"#, "Azure"),
        ] {
            let error = read(&[Evidence::new("f.json", text.as_bytes().to_vec())]).expect_err(text);
            assert!(matches!(&error, ReadError::Foreign { format, .. } if format.contains(name)), "{error}");
            assert!(error.to_string().contains("Export") || error.to_string().contains("Convert"), "{error}");
        }
    }

    #[test]
    fn every_entry_says_what_it_is_known_by() {
        for foreign in ALL {
            assert!(
                !foreign.marks.is_empty() && foreign.marks.iter().all(|group| !group.is_empty()),
                "{}",
                foreign.name
            );
        }
    }
}
