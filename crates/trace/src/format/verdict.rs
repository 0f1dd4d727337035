//! What a guard said, in the words of whoever wrote it.

use crate::locator::Bases;
use crate::model::Verdict;
use crate::node::Node;

/// The verdict in what a guard put out, also as JSON in a string.
pub fn of(said: Node<'_>, bases: &mut Bases) -> Verdict {
    match said.nested() {
        Some(nested) => verdict(nested.root(bases)),
        None => verdict(said),
    }
}

/// The verdict in what a guard put out, where it says one in the usual words.
fn verdict(node: Node<'_>) -> Verdict {
    const BAD: [&str; 5] = ["triggered", "tripwire_triggered", "tripwireTriggered", "flagged", "blocked"];
    const GOOD: [&str; 5] = ["passed", "allowed", "safe", "valid", "is_valid"];
    let decide = |bad: bool| if bad { Verdict::Triggered } else { Verdict::Passed };
    if let Some(bad) = node.any(&BAD).and_then(Node::bool) {
        return decide(bad);
    }
    if let Some(good) = node.any(&GOOD).and_then(Node::bool) {
        return decide(!good);
    }
    let word = if node.is_str() {
        node.str()
    } else {
        node.any(&["verdict", "action", "decision", "result"]).and_then(Node::str)
    };
    match word.unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "allow" | "allowed" | "pass" | "passed" | "safe" | "ok" => Verdict::Passed,
        "block" | "blocked" | "deny" | "denied" | "flag" | "flagged" | "reject" | "rejected" | "unsafe" => {
            Verdict::Triggered
        }
        _ => Verdict::Unknown,
    }
}
