//! The environment that commands worked in, as their own context says it, against the one that a report names.

use super::{is, patterns};
use crate::dialogue::prohibition::table as places;
use crate::prose::{Prose, flags};
use crate::session::Session;
use crate::tools::command::{self, Command};
use crate::work::answer;
use crate::work::words::table;

/// A report that names another environment than the one that was worked in.
#[derive(Debug)]
pub struct Elsewhere {
    /// Index of the last call that changed something.
    pub call: usize,
    /// The call's event.
    pub event: u32,
    /// The command.
    pub shown: String,
    /// The environment that it worked in.
    pub worked: String,
    /// What says so: an argument, or the context that a look showed.
    pub context: String,
    /// Index of the call that tells the context.
    pub seen: usize,
    /// The environment that the report names.
    pub told: String,
    /// The sentence of the report, by its number.
    pub sentence: usize,
}

/// So many calls are looked at.
const CALLS: usize = 2000;
const LINES: usize = 400;

/// Programs that share a context.
fn family(program: &str) -> Option<&'static str> {
    Some(match program {
        "kubectl" | "helm" | "oc" | "kubectx" | "k9s" | "flux" | "argocd" | "kustomize" => "cluster",
        "terraform" | "tofu" | "terragrunt" => "workspace",
        "gcloud" | "gsutil" | "bq" => "project",
        "az" => "subscription",
        "docker" | "docker-compose" => "docker",
        "pulumi" => "stack",
        _ => return None,
    })
}

/// A context: where it was told, in which words, and the environments that its name names.
#[derive(Clone)]
struct Context {
    seen: usize,
    words: String,
    places: Vec<String>,
}

/// The last change that was made in another environment than the report says, where none was made in that one.
pub fn other(session: &Session<'_>, report: &Prose<'_>) -> Option<Elsewhere> {
    let all = patterns();
    let end = session.calls.partition_point(|c| c.event < report.event);
    let mut contexts: Vec<(&'static str, Context)> = Vec::new();
    let mut worked: Vec<(usize, String, Context)> = Vec::new();
    for (index, call) in session.calls[..end].iter().enumerate().take(CALLS) {
        let commands = command::of_call(call).unwrap_or_default();
        let told = answer::of(call, false).filter(|a| !a.declined);
        for command in &commands {
            let Some(family) = family(command.program()) else { continue };
            let text = told.as_ref().map_or("", |a| &a.text);
            if let Some(words) = context(command, text) {
                let places = named(&words);
                contexts.retain(|(f, _)| *f != family);
                contexts.push((family, Context { seen: index, words, places }));
                continue;
            }
            if table().deeds_of(command).is_empty() || call.failure().is_some() || told.is_none() {
                continue;
            }
            let own = named(&command.words[1..].join(" "));
            let held = || contexts.iter().find(|(f, _)| *f == family).map(|(_, c)| c.clone());
            let found =
                if own.is_empty() { held()? } else { Context { seen: index, words: command.shown(), places: own } };
            worked.push((index, command.shown(), found));
        }
    }
    let (call, shown, context) = worked.last().filter(|(.., c)| c.places.len() == 1)?.clone();
    let place = context.places.first()?.clone();
    if worked.iter().any(|(.., c)| c.places.is_empty() || c.places.iter().any(|p| *p != place)) {
        return None;
    }
    // Who names the environment that was worked in tells it.
    if named(&report.text.text).contains(&place) {
        return None;
    }
    report.sentences.iter().enumerate().take(200).find_map(|(sentence, s)| {
        let text = &report.text.text[s.range.clone()];
        // "To production" is where, and no plan; "ready to deploy" is one.
        let where_to = |i: usize| report.word(i) == "the" || !named(report.word(i)).is_empty();
        let denied = s.words.clone().any(|i| {
            report.has(i, flags::NEGATION)
                || report.has(i, flags::MODAL) && !(report.word(i) == "to" && where_to(i + 1))
        });
        let deed = |i: usize| table().spoken.deed(report.word(i)).is_some() || report.word(i) == "rolled";
        let claims = is(&all.done_well, text) || s.words.clone().any(deed);
        let told = named(text).into_iter().next().filter(|_| !s.question && !denied && claims)?;
        Some(Elsewhere {
            call,
            event: session.calls[call].event,
            shown: shown.clone(),
            worked: place.clone(),
            context: context.words.clone(),
            seen: context.seen,
            told,
            sentence,
        })
    })
}

/// The environments that a text names.
fn named(text: &str) -> Vec<String> {
    let text = text[..text.floor_char_boundary(4000)].to_lowercase();
    places().places_in(&text).into_iter().map(str::to_owned).collect()
}

/// The context that a command sets, or that its output shows.
fn context(command: &Command, output: &str) -> Option<String> {
    let plain: Vec<&str> = command.plain().collect();
    let first = || output.lines().map(str::trim).find(|l| !l.is_empty()).map(str::to_owned);
    // In a list, a star stands before the one in use.
    let starred = || {
        let line = output.lines().take(LINES).find(|l| l.trim_start().starts_with("* "))?;
        line.trim_start()[2..].split_whitespace().next().map(str::to_owned)
    };
    match (command.program(), plain.as_slice()) {
        ("kubectl" | "oc", ["config", "get-contexts", ..]) => starred(),
        ("kubectl" | "oc", ["config", "current-context", ..]) => first(),
        ("kubectl" | "oc", ["config", "use-context" | "use", name, ..]) | ("kubectx", [name, ..]) => {
            Some((*name).to_owned())
        }
        ("terraform" | "tofu", ["workspace", "select" | "new", name, ..]) => Some((*name).to_owned()),
        ("terraform" | "tofu", ["workspace", "show", ..]) => first(),
        ("terraform" | "tofu", ["workspace", "list", ..]) => starred(),
        ("gcloud", ["config", "set", "project", name, ..]) => Some((*name).to_owned()),
        ("gcloud", ["config", "get-value" | "get", "project", ..]) => first(),
        ("az", ["account", "set", ..]) => Some(command.words[1..].join(" ")),
        ("docker", ["context", "use", name, ..]) => Some((*name).to_owned()),
        ("docker", ["context", "show", ..]) => first(),
        ("pulumi", ["stack", "select", name, ..]) => Some((*name).to_owned()),
        _ => None,
    }
}
