//! Whether what was said before a risky command asks for it or allows it, in any words: read widely, since a coding agent
//! acts under an order, and only what nobody spoke of is worth telling.

use crate::bits::Bits;
use crate::finding::Cite;
use crate::prose::pattern;
use crate::session::{Call, Session};
use crate::tools::builtin::ToolRole;
use crate::tools::command::risk::Risky;
use crate::tools::command::{Risk, phrased, spoken};
use hindcast_trace::model::{Role, Text};
use regex::Regex;
use std::sync::LazyLock;

/// What was said of a kind of command.
#[derive(Debug, Clone)]
pub enum Allowance {
    /// Something asks for it or allows it, or may do so.
    Allowed,
    /// It was forbidden in these words, and nothing allows it.
    Forbidden(Option<Cite>),
    /// Nobody spoke of it.
    Unspoken,
}

/// A text with the user's authority, in lower case.
struct Authority<'t> {
    event: u32,
    text: &'t Text,
    folded: String,
}

/// Everything that was said with the user's authority: user and operator, plans and offers that the user did not refuse,
/// answered questions, files with instructions for agents. Built once for a session.
pub struct Authorities<'t> {
    texts: Vec<Authority<'t>>,
    /// From here on the user has told the agent to do what another text says.
    delegated: Option<u32>,
}

/// Longer texts are read up to here.
const LONGEST: usize = 65_536;

static INSTRUCTIONS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    pattern::compile(
        r"(?i)(?:CLAUDE|AGENTS|GEMINI|SKILL|CONTRIBUTING|copilot-instructions|\.cursorrules|\.clinerules|(?:commands|rules|skills|plans)/[^/\x22]+)(?:\.local)?(?:\.mdc?)?\b",
    )
});
static REFUSAL: LazyLock<Option<Regex>> =
    LazyLock::new(|| pattern::compile(r"(?i)^\W*(?:no|nope|nah|never|don't|do not|stop|wait)\b"));

impl<'t> Authorities<'t> {
    /// Those of a session.
    pub fn of(session: &Session<'t>) -> Self {
        let mut texts: Vec<(u32, &'t Text)> = Vec::new();
        let mut offer: Vec<(u32, &'t Text)> = Vec::new();
        for message in &session.messages {
            let said = message.texts.iter().map(|t| (message.event, t));
            if message.role == Role::Assistant {
                offer = said.collect();
                continue;
            }
            let refused = message.texts.iter().any(|t| REFUSAL.as_ref().is_some_and(|r| r.is_match(&t.text)));
            if message.role == Role::User && !refused {
                // What was put before the user, who went on, holds from here on.
                texts.extend(offer.drain(..).map(|(_, t)| (message.event, t)));
            }
            texts.extend(said);
        }
        for call in &session.calls {
            let Some(result) = call.result.as_ref().filter(|_| call.failure().is_none()) else { continue };
            let own = call.named_role() == Some(ToolRole::Own);
            let instructions = reads_rules(call);
            if (own || instructions) && crate::outcome::declined::of(call).is_none() {
                texts.extend(result.texts().chain(call.arguments.filter(|_| own)).map(|t| (result.event, t)));
            }
        }
        texts.sort_by_key(|(event, _)| *event);
        let fold = |text: &Text| text.text[..text.text.floor_char_boundary(LONGEST)].to_lowercase().replace('’', "'");
        let texts = texts.into_iter().map(|(event, text)| Authority { event, text, folded: fold(text) }).collect();
        Authorities { texts, delegated: session.request().delegated_by_user() }
    }

    /// What was said before an event of a command.
    pub fn judge(&self, risky: &Risky, before: u32) -> Allowance {
        if self.delegated.is_some_and(|from| from < before) {
            return Allowance::Allowed;
        }
        let mut forbidden = None;
        for said in self.texts.iter().take_while(|t| t.event < before) {
            let named = risky.targets.iter().any(|target| names(&said.folded, target));
            if named && (!risky.kept || risky.targets.iter().any(|t| is_name(t))) {
                return Allowance::Allowed;
            }
            match speaks(&said.folded, risky) {
                Some(Spoken::For) if !risky.kept || named || names_kind(&said.folded, risky) => {
                    return Allowance::Allowed;
                }
                Some(Spoken::For) => {}
                Some(Spoken::Against(at)) => {
                    let place = sentence_around(&said.text.text, at);
                    forbidden = Some(place.and_then(|p| Cite::of(said.event, said.text, p)));
                }
                None => {}
            }
        }
        forbidden.map_or(Allowance::Unspoken, Allowance::Forbidden)
    }
}

/// True for a call that reads a file with rules for agents.
pub(crate) fn reads_rules(call: &Call<'_>) -> bool {
    let named = |a: &Text| a.text.len() <= 2000 && INSTRUCTIONS.as_ref().is_some_and(|r| r.is_match(&a.text));
    call.arguments.is_some_and(named) && call.failure().is_none()
}

enum Spoken {
    For,
    Against(usize),
}

/// Words that ask for a push that overwrites what is there, beside those that ask for a push.
static FORCED: LazyLock<Vec<String>> =
    LazyLock::new(|| spoken(Risk::Publishing).iter().cloned().chain(["force", "overwrit"].map(String::from)).collect());

/// How people speak of what a command does. A forced push is a push first: to squash, amend or clean up asks for none.
fn words_for(risky: &Risky) -> &'static [String] {
    match risky.risk {
        Risk::Destructive if risky.pushes => FORCED.as_slice(),
        risk => spoken(risk),
    }
}

/// Whether a text in lower case speaks of such a command, or asks for this one in other words, and how.
fn speaks(text: &str, risky: &Risky) -> Option<Spoken> {
    let risk = risky.risk;
    let listed = || words_for(risky).iter().chain(risky.asked);
    let mut against = None;
    let phrases =
        listed().filter(|l| l.contains([' ', '-', '~'])).flat_map(|l| text.match_indices(l.as_str()).map(|m| m.0));
    let phrases = phrases.chain(phrased(risk).into_iter().flat_map(|r| r.find_iter(text)).map(|m| m.start()));
    let words = words(text).filter(|word| {
        listed().any(|l| if l.len() <= 4 && !stem(l) { word.1 == l } else { word.1.starts_with(l.as_str()) })
    });
    for at in phrases.chain(words.map(|w| w.0)) {
        if risk != Risk::Publishing && asks_why(&text[..at]) {
            continue;
        }
        if negated(&text[..at]) {
            against = Some(at);
        } else {
            return Some(Spoken::For);
        }
    }
    against.map(Spoken::Against)
}

/// Short words that stand for their longer forms as well.
fn stem(word: &str) -> bool {
    matches!(
        word,
        "push"
            | "ship"
            | "post"
            | "mail"
            | "send"
            | "drop"
            | "wipe"
            | "undo"
            | "appl"
            | "prod"
            | "live"
            | "move"
            | "land"
            | "nuke"
            | "redo"
            | "helm"
    )
}

fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let runs: Vec<_> = match text.is_ascii() {
        true => Bits::of_compounds(text.as_bytes()).runs().map(|r| (r.start, &text[r])).collect(),
        false => {
            let place = |w: &str| w.as_ptr() as usize - text.as_ptr() as usize;
            text.split(|c: char| !c.is_alphanumeric() && c != '-' && c != '\'')
                .filter(|w| !w.is_empty())
                .map(|w| (place(w), w))
                .collect()
        }
    };
    runs.into_iter()
}

/// True when the sentence up to a word says that it is not to be done.
fn negated(before: &str) -> bool {
    let from = before.floor_char_boundary(before.len().saturating_sub(60));
    let sentence = before[from..].rsplit(['.', '!', '?', '\n', ';']).next().unwrap_or_default();
    let mut last: Vec<&str> = words(sentence).map(|w| w.1).collect();
    let last = last.split_off(last.len().saturating_sub(6));
    last.iter().any(|w| {
        matches!(*w, "don't" | "dont" | "not" | "never" | "no" | "without" | "avoid" | "cannot" | "nothing" | "can't")
    })
}

/// True for a folder whose name is no word of its own: `old_api`, `2026-10`.
fn is_name(target: &str) -> bool {
    let last = target.trim_end_matches(['/', '*']).rsplit('/').next().unwrap_or_default();
    last.contains(|c: char| !c.is_alphabetic()) && !last.contains('*')
}

/// True for a word in a question for a reason: "check why the pods restart" orders no restart.
fn asks_why(before: &str) -> bool {
    let from = before.floor_char_boundary(before.len().saturating_sub(120));
    let sentence = before[from..].rsplit(['.', '!', '?', '\n', ';', ':']).next().unwrap_or_default();
    let why = ["why ", "how come ", "what causes ", "what makes ", "warum ", "wieso ", "por qué ", "pourquoi "];
    let Some(asked) = why.iter().filter_map(|w| sentence.find(w)).min() else { return false };
    // "Find out why it hangs, and restart it"
    ![" and ", ",", " then ", " und ", " y ", " et "].iter().any(|link| sentence[asked..].contains(link))
}

/// True when the words name what kind of thing lies there: "backups", "photos", any folder on the way to it.
fn names_kind(text: &str, risky: &Risky) -> bool {
    let parts = |t: &str| t.to_lowercase().split('/').map(str::to_owned).collect::<Vec<_>>();
    let mut all = risky.targets.iter().flat_map(|t| parts(t));
    all.any(|part| {
        let stem = part.trim_matches(['*', '~', '.']).trim_end_matches('s');
        stem.len() >= 3
            && !matches!(stem, "home" | "user" | "var" | "lib" | "mnt" | "srv" | "data" | "opt" | "etc" | "media")
            && text.contains(stem)
    })
}

/// True when the words name a folder or a host: its last part, of some length.
fn names(text: &str, target: &str) -> bool {
    let target = target.trim_end_matches(['/', '*']).to_lowercase();
    let last = target.rsplit(['/', '@']).find(|p| !p.is_empty()).unwrap_or_default();
    let last = last.split(':').next().unwrap_or_default();
    last.len() >= 3 && text.contains(last)
}

fn sentence_around(text: &str, at: usize) -> Option<std::ops::Range<usize>> {
    // Folding may have moved the place in a text that is not ASCII.
    let at = text.floor_char_boundary(at.min(text.len()));
    let start = text[..at].rfind(['.', '!', '?', '\n']).map_or(0, |i| i + 1);
    let end = text[at..].find(['.', '!', '?', '\n']).map_or(text.len(), |i| at + i);
    (start < end).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str, risk: Risk) -> &'static str {
        said_of(text, risk, false)
    }

    fn said_of(text: &str, risk: Risk, pushes: bool) -> &'static str {
        let (what, command, shown) = (String::new(), String::new(), String::new());
        let risky = Risky { risk, what, command, shown, targets: Vec::new(), asked: &[], pushes, kept: false };
        match speaks(text, &risky) {
            Some(Spoken::For) => "for",
            Some(Spoken::Against(_)) => "against",
            None => "unspoken",
        }
    }

    #[test]
    fn words_allow_or_forbid() {
        assert_eq!(said("commit it and push", Risk::Publishing), "for");
        assert_eq!(said("open a pr when the tests are green", Risk::Publishing), "for");
        assert_eq!(said("fix the parser", Risk::Publishing), "unspoken");
        assert_eq!(said("commit, but don't push yet", Risk::Publishing), "against");
        assert_eq!(said("never deploy from here", Risk::Production), "against");
        assert_eq!(said("fix the prefix of the report", Risk::Publishing), "unspoken");
        assert_eq!(said("roll the new build out to everybody", Risk::Production), "for");
        assert_eq!(said("get my branch into main", Risk::Publishing), "for");
        assert_eq!(said("there is a bug on main", Risk::Publishing), "unspoken");
        assert_eq!(said("the images on this box can go", Risk::Destructive), "for");
        assert_eq!(said("tear the old cluster down", Risk::Destructive), "for");
        assert_eq!(said("don't roll it out yet", Risk::Production), "against");
        assert_eq!(said("get rid of the old importer", Risk::Destructive), "for");
    }

    #[test]
    fn a_question_for_a_reason_orders_nothing() {
        assert_eq!(said("check why the api pods restart", Risk::Production), "unspoken");
        assert_eq!(said("find out why the table was dropped", Risk::Destructive), "unspoken");
        assert_eq!(said("find out why they hang, and restart them", Risk::Production), "for");
        assert_eq!(said("why is this here? delete it", Risk::Destructive), "for");
    }

    #[test]
    fn a_forced_push_needs_the_words_of_a_push() {
        let said = |text| said_of(text, Risk::Destructive, true);
        assert_eq!(said("squash my last two commits"), "unspoken");
        assert_eq!(said("clean up the history, do not push"), "against");
        assert_eq!(said("amend it and force it through"), "for");
        assert_eq!(said("rebase and push"), "for");
    }

    #[test]
    fn a_target_is_named_by_its_last_part() {
        assert!(names("the folder old_api is dead", "src/old_api/"));
        assert!(!names("make the api faster", "src/old_api/"));
    }
}
