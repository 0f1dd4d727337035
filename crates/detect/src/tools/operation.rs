//! What a call does, where its name alone does not say: a dry run, an HTTP method, a statement, an operation that is
//! easily undone.

use crate::prose::classes::class;
use crate::prose::lexicon::english;
use crate::session::Call;
use crate::tools::command::{self, Command};
use crate::tools::contract::{Effect, Source, words_of};
use crate::tools::outgoing;
use hindcast_trace::json::Value;

/// How much hangs on a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weight {
    /// It only looks, or only tries.
    Look,
    /// It changes something that anybody can change back: a draft, a note, a cart, a file under work.
    Light,
    /// It changes something for somebody.
    Heavy,
    /// Nobody knows: a workflow by number, a command line.
    Opaque,
}

/// What a call does, with the words for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// How much hangs on it.
    pub weight: Weight,
    /// The words that a request for it would have: the families' verbs and nouns are reached through these.
    pub families: Vec<String>,
    /// How that is known.
    pub source: Source,
}

/// What is easily undone, or touches nobody else.
const LIGHT: [&str; 34] = [
    "draft",
    "drafts",
    "note",
    "notes",
    "cart",
    "basket",
    "tag",
    "tags",
    "comment",
    "reminder",
    "todo",
    "todos",
    "memo",
    "log",
    "label",
    "labels",
    "bookmark",
    "file",
    "files",
    "notebook",
    "code",
    "memory",
    "thought",
    "plan",
    "case",
    "ticket",
    "escalate",
    "escalation",
    "human",
    "supervisor",
    "wishlist",
    "cell",
    "document",
    "scratchpad",
];
/// Verbs that say nothing of what is done.
const GENERIC: [&str; 12] = [
    "execute",
    "run",
    "call",
    "invoke",
    "request",
    "perform",
    "api",
    "http",
    "process",
    "submit_request",
    "fetch",
    "start",
];

/// What a call does.
pub fn of<'c>(call: &'c Call<'_>) -> &'c Operation {
    call.operation()
}

/// What a call does. Ask [`Call::operation`], which remembers.
pub(crate) fn weigh(call: &Call<'_>) -> Operation {
    let words = &call.known.words[..];
    let lexicon = english();
    let (effect, source) = call.known.effect;
    let mut families =
        crate::dialogue::request::principal_families(call).into_iter().map(str::to_owned).collect::<Vec<_>>();
    // `send_money` is asked for as a payment.
    if words.iter().any(|w| matches!(w.as_str(), "money" | "payment" | "funds" | "transaction"))
        && effect == Effect::Write
    {
        families.extend(["pay", "transfer", "refund"].map(str::to_owned));
    }
    // `compose`, described as "Send an e-mail".
    if effect != Effect::Read && outgoing::is(call) && !families.iter().any(|f| f == "send") {
        families.push("send".to_owned());
    }
    let contract = call.known.contract.as_ref();
    let confirmable = contract.is_some_and(|c| c.confirm == Some(true));
    let args = call.args();
    let weight = if args.is_some_and(tries_only) {
        Weight::Look
    } else if let Some((weight, family)) = args.and_then(|a| by_arguments(a, words)) {
        families = vec![family.to_owned()];
        weight
    } else if source != Source::Name {
        by_effect(effect)
    } else if is_handover(words) {
        Weight::Light
    } else if effect == Effect::Read {
        Weight::Look
    } else if effect == Effect::Unknown {
        if words.iter().any(|w| lexicon.is("more_writes", w)) { Weight::Heavy } else { Weight::Opaque }
    } else if words.iter().all(|w| GENERIC.contains(&w.as_str()) || lexicon.of_tool_word(w).is_empty())
        && words.iter().any(|w| GENERIC.contains(&w.as_str()))
    {
        Weight::Opaque
    } else if words.iter().enumerate().any(|(at, w)| LIGHT.contains(&w.as_str()) && !is_key(words, at))
        && !is_for_somebody(call)
        && !families
            .iter()
            .any(|f| matches!(f.as_str(), "delete" | "send" | "pay" | "transfer" | "refund" | "book" | "order"))
    {
        Weight::Light
    } else {
        Weight::Heavy
    };
    let weight = if confirmable && weight != Weight::Look { Weight::Heavy } else { weight };
    Operation { weight, families, source }
}

/// True for the code of a gate, a door or a voucher, which somebody relies on: `update_gate_code`, not `write_python_code`.
fn is_key(words: &[String], at: usize) -> bool {
    let of = at.checked_sub(1).and_then(|i| words.get(i)).map_or("", String::as_str);
    let program = matches!(
        of,
        "" | "source"
            | "python"
            | "javascript"
            | "js"
            | "sql"
            | "shell"
            | "sample"
            | "write"
            | "edit"
            | "run"
            | "review"
            | "generate"
            | "format"
            | "insert"
            | "read"
    );
    words[at] == "code" && !program && !GENERIC.contains(&of) && english().of_tool_word(of).is_empty()
}

/// True when arguments or description say for whom: a customer's plan is a tariff, an agent's own is a list of steps; an entry
/// in a patient's record is no note of the agent's.
fn is_for_somebody(call: &Call<'_>) -> bool {
    let own = |w: &&String| matches!(w.as_str(), "plan" | "note" | "notes" | "comment" | "memo" | "log");
    let Some(of) = call.known.words.iter().find(own) else { return false };
    let list = if of == "plan" { "plan_holder" } else { "record_holder" };
    let names = |word: &str| english().is(list, word);
    let told = |d: &str| {
        let sentence = d.split(['.', '\n', ';']).next().unwrap_or_default();
        sentence.split(|c: char| !c.is_alphanumeric()).any(|w| names(&w.to_ascii_lowercase()))
    };
    let key = |(key, _): (Value<'_>, Value<'_>)| words_of(&key.str().unwrap_or_default()).iter().any(|w| names(w));
    call.described.is_some_and(|d| told(&d.text)) || call.args().is_some_and(|a| a.entries().any(key))
}

/// True for an entry in somebody's record that a name of the tool takes for a note: it tells what was said, or something else.
pub(crate) fn is_record_entry(call: &Call<'_>) -> bool {
    let note = |w: &String| matches!(w.as_str(), "note" | "notes" | "comment" | "memo" | "log");
    call.known.words.iter().any(note) && is_for_somebody(call)
}

fn by_effect(effect: Effect) -> Weight {
    match effect {
        Effect::Read | Effect::Scratch => Weight::Look,
        Effect::Write => Weight::Heavy,
        Effect::Unknown => Weight::Opaque,
    }
}

/// `transfer_to_human_agents` moves the conversation and nothing else.
fn is_handover(words: &[String]) -> bool {
    let to = ["human", "agent", "agents", "person", "representative", "operator", "supervisor", "support"];
    words.iter().any(|w| matches!(w.as_str(), "transfer" | "handoff" | "handover" | "escalate" | "route"))
        && words.iter().any(|w| to.contains(&w.as_str()))
}

/// True for a call whose arguments make it a dry run, which changes nothing.
pub(crate) fn is_rehearsal(call: &Call<'_>) -> bool {
    call.args().is_some_and(tries_only)
}

/// True for a dry run by its arguments, by the name of its tool, by its own word in a short value of a mode, in any language, or by its command:
/// `simularAlteracao`, `"modus": "SIMULATION"`, `terraform plan`.
pub(crate) fn is_trial(call: &Call<'_>) -> bool {
    let trial = |text: &str| text.len() <= 24 && class("trial").begins(text);
    let mode = |key: &str| class("mode").is_in_text(key);
    let in_mode = |root: Value<'_>| {
        root.entries()
            .take(40)
            .any(|(key, value)| key.str().is_some_and(|k| mode(&k)) && value.str().is_some_and(|v| trial(&v)))
    };
    is_rehearsal(call)
        || call.known.words.first().is_some_and(|w| trial(w))
        || call.args().into_iter().chain(call.result.as_ref().and_then(|r| r.json())).any(in_mode)
        || tries_commands(call)
}

/// True for a line of commands of which one is a trial, and the others only look.
fn tries_commands(call: &Call<'_>) -> bool {
    let tries = |all: &[Command]| {
        all.iter().any(command::is_trial) && all.iter().all(|c| command::is_trial(c) || !command::may_change(c))
    };
    command::of_call(call).is_some_and(|all| tries(&all))
}

/// A flag that makes the call a rehearsal.
fn tries_only(args: Value<'_>) -> bool {
    args.entries().any(|(key, value)| {
        let yes = value.bool() == Some(true) || value.is("true");
        let no = value.bool() == Some(false) || value.is("false");
        let mode = || ["preview", "dry_run", "dry-run", "simulate", "test"].iter().any(|m| value.is(m));
        if !yes && !no && !mode() {
            return false;
        }
        let key = key.str().unwrap_or_default().to_ascii_lowercase().replace(['-', '_'], "");
        (yes && matches!(
            key.as_str(),
            "dryrun"
                | "preview"
                | "simulate"
                | "simulation"
                | "validateonly"
                | "checkonly"
                | "testmode"
                | "whatif"
                | "noop"
        )) || (no && matches!(key.as_str(), "commit" | "execute" | "apply"))
            || (key == "mode" && mode())
    })
}

/// HTTP methods and SQL statements say what they do.
fn by_arguments(args: Value<'_>, words: &[String]) -> Option<(Weight, &'static str)> {
    if let Some(method) = ["method", "http_method", "verb"].iter().find_map(|k| args.get(k)).and_then(Value::str) {
        match method.to_ascii_uppercase().as_str() {
            "GET" | "HEAD" | "OPTIONS" => return Some((Weight::Look, "read")),
            "DELETE" => return Some((Weight::Heavy, "delete")),
            "PUT" | "PATCH" => return Some((Weight::Heavy, "update")),
            "POST" if words.iter().any(|w| matches!(w.as_str(), "http" | "api" | "request" | "rest")) => {
                return Some((Weight::Heavy, "create"));
            }
            _ => {}
        }
    }
    let statement = ["statement", "sql", "query"].iter().find_map(|k| args.get(k)).and_then(Value::str)?;
    let first = statement.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next()?.to_ascii_uppercase();
    match first.as_str() {
        "SELECT" | "SHOW" | "EXPLAIN" | "DESCRIBE" | "PRAGMA"
            if words.iter().any(|w| matches!(w.as_str(), "sql" | "db" | "database" | "query")) =>
        {
            Some((Weight::Look, "read"))
        }
        "DELETE" | "DROP" | "TRUNCATE" => Some((Weight::Heavy, "delete")),
        "UPDATE" | "ALTER" | "MERGE" => Some((Weight::Heavy, "update")),
        "INSERT" | "CREATE" | "GRANT" => Some((Weight::Heavy, "create")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{turn, with_session};

    #[test]
    fn a_dry_run_in_any_language() {
        let is = |call| with_session(&turn("Go", &[call], "Done."), |s| super::is_trial(&s.calls[0]));
        for call in [
            ("simularAlteracao", r#"{"apolice": "A-7"}"#, r#"{"premio": 12}"#),
            ("bestellung_anlegen", r#"{"artikel": "A-7", "modus": "SIMULATION"}"#, r#"{"ok": true}"#),
            ("commande_creer", r#"{"article": "A-7"}"#, r#"{"mode": "simulation", "total": 12}"#),
            ("create_order", r#"{"item": "A-7", "dry_run": true}"#, r#"{"ok": true}"#),
        ] {
            assert!(is(call), "{call:?}");
        }
        for call in [
            ("bestellung_anlegen", r#"{"artikel": "A-7", "modus": "ECHT"}"#, r#"{"ok": true}"#),
            ("create_order", r#"{"item": "flight simulator", "mode": "express"}"#, r#"{"ok": true}"#),
        ] {
            assert!(!is(call), "{call:?}");
        }
    }
}
