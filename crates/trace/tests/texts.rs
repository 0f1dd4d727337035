//! Plain texts: dialogues of a user and an agent are read, and every other kind of text is refused by what it is.
#![allow(clippy::unwrap_used, missing_docs)]

use hindcast_trace::model::{EventKind, Role};
use hindcast_trace::{Evidence, ReadError, read};
use std::path::Path;

/// Texts in `texts/prose`, each with what it is.
const PROSE: [(&str, &str); 24] = [
    ("readme.md", "a Markdown document"),
    ("readme-plain.txt", "plain text"),
    ("changelog.md", "a changelog"),
    ("changelog.txt", "a changelog"),
    ("mail.txt", "an email"),
    ("mail-thread.txt", "an email"),
    ("interview.txt", "a conversation"),
    ("play.txt", "a conversation"),
    ("minutes.txt", "plain text"),
    ("settings.yaml", "a YAML document"),
    ("recipe.txt", "plain text"),
    ("faq.txt", "plain text"),
    ("two-people.txt", "a conversation"),
    ("two-people-times.txt", "a conversation"),
    ("service.log", "a log"),
    ("settings.ini", "a configuration file"),
    ("help.txt", "plain text"),
    ("contract.txt", "plain text"),
    ("glossary.txt", "plain text"),
    ("postmortem.md", "a Markdown document"),
    ("article.txt", "plain text"),
    ("jobs.txt", "plain text"),
    ("testplan.txt", "plain text"),
    ("protocol.md", "a Markdown document"),
];

/// Texts in `texts/dialogue`, each with who speaks in turn.
const DIALOGUES: [(&str, &str); 13] = [
    ("short.txt", "ua"),
    ("bold.md", "uaua"),
    ("times.txt", "uaua"),
    ("notes-in-answers.txt", "uauaua"),
    ("code-in-answer.md", "uaua"),
    ("long-answer.md", "uaua"),
    ("system-and-tool.txt", "uaua"),
    ("handoff.txt", "uaaua"),
    ("upper.txt", "uau"),
    ("call.txt", "uaua"),
    ("impatient.txt", "uuuaua"),
    ("agent-first.txt", "auaua"),
    ("topics.txt", "uauaua"),
];

fn file(folder: &str, name: &str) -> Evidence {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts").join(folder).join(name);
    Evidence::new(name, std::fs::read(path).unwrap())
}

#[test]
fn prose_is_refused_by_what_it_is() {
    let mut wrong = Vec::new();
    for (name, is) in PROSE {
        match read(&[file("prose", name)]) {
            Err(ReadError::Foreign { format, .. }) if format.contains(is) => {}
            Err(other) => wrong.push(format!("{name} is {is}: {other}")),
            Ok(_) => wrong.push(format!("{name} is {is}: read as a dialogue")),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn dialogues_are_read_with_who_speaks() {
    let mut wrong = Vec::new();
    for (name, turns) in DIALOGUES {
        let reading = match read(&[file("dialogue", name)]) {
            Ok(reading) => reading,
            Err(why) => {
                wrong.push(format!("{name}: {why}"));
                continue;
            }
        };
        let speaker = |kind: &EventKind| match kind {
            EventKind::Message { role: Role::User, .. } => Some('u'),
            EventKind::Message { role: Role::Assistant, .. } => Some('a'),
            _ => None,
        };
        let heard: String = reading.sessions[0].events.iter().filter_map(|event| speaker(&event.kind)).collect();
        if heard != turns || reading.sessions.len() != 1 || reading.detections[0].format != "dialogue" {
            wrong.push(format!("{name}: {heard}, not {turns}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_text_has_a_label() {
    for (folder, labels) in [("prose", PROSE.len()), ("dialogue", DIALOGUES.len())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts").join(folder);
        assert_eq!(std::fs::read_dir(path).unwrap().count(), labels, "{folder}");
    }
}
