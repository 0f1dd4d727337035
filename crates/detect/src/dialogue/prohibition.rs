//! What the user, the operator, or a file with rules for agents forbids outright: "don't touch prod", "never bypass the
//! hooks", "no new dependencies". What is forbidden under a condition is not among it.

mod table;

use crate::dialogue::allowance;
use crate::finding::Cite;
use crate::prose::abbreviations::ends_sentence;
use crate::session::Session;
use hindcast_trace::model::{Role, Text};
pub use table::{Table, table};

/// Something forbidden.
#[derive(Debug, Clone)]
pub struct Ban {
    /// The event of the text.
    pub event: u32,
    /// What is forbidden.
    pub what: What,
    /// The sentence.
    pub cite: Cite,
    /// From here on it no longer holds.
    pub until: u32,
}

/// What is forbidden.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A kind of deed, and the word for the place where it is forbidden, if it is one.
    Deed(&'static str, Option<String>),
    /// Changes of what has one of these in its path.
    Paths(Vec<String>),
    /// The removal of what has one of these in its path.
    Removal(Vec<String>),
    /// Changes of tests that are there.
    Tests,
    /// Anything in an environment; its name in the table.
    Place(&'static str),
    /// What the project does not depend on yet.
    Dependencies,
    /// Going around hooks and checks.
    Hooks,
    /// Any change of files.
    Edits,
    /// A command that begins with these words, or an option.
    Command(Vec<String>),
}

/// Longer texts are read up to here.
const LONGEST: usize = 65_536;
/// A longer text is a plan or a document.
const LONGEST_ORDER: usize = 1500;
/// So many prohibitions of a session are kept.
const MOST: usize = 64;

/// Everything that is forbidden in a session, in order.
pub fn of(session: &Session<'_>) -> Vec<Ban> {
    let agent = |event: u32| session.event(event).agent.as_deref().is_some_and(|a| a.starts_with("sub-agent"));
    let said = session.messages.iter().filter(|m| m.role != Role::Assistant && !agent(m.event));
    let mut texts: Vec<(u32, bool, &Text)> =
        said.flat_map(|m| m.texts.iter().map(|t| (m.event, m.role == Role::User, t))).collect();
    for call in session.until_stopped(session.calls.iter().filter(|c| allowance::reads_rules(c))) {
        texts.extend(call.result.iter().flat_map(|r| r.texts().map(|t| (r.event, false, t))));
    }
    texts.sort_by_key(|(event, ..)| *event);
    let mut bans: Vec<Ban> = Vec::new();
    for (event, _, text) in &texts {
        for (what, cite, passing) in read(*event, text) {
            if bans.len() < MOST {
                let until = if passing { 0 } else { u32::MAX };
                bans.push(Ban { event: *event, what, cite, until });
            }
        }
    }
    for ban in &mut bans {
        let passing = ban.until == 0 || ban.what == What::Edits;
        let own = texts.iter().any(|(event, user, _)| *event == ban.event && *user);
        let lifts = |(event, user, text): &&(u32, bool, &Text)| {
            *user && (*event > ban.event || !own) && (passing && *event > ban.event || lifted(ban, text))
        };
        ban.until = texts.iter().find(lifts).map_or(u32::MAX, |(event, ..)| *event);
    }
    bans
}

/// True when a text of the user's takes a prohibition back, or may do so.
fn lifted(ban: &Ban, text: &Text) -> bool {
    let folded = folded(text).replace('\u{2019}', "'");
    let table = table();
    if table.assent.as_ref().is_some_and(|r| r.is_match(&folded)) {
        return true;
    }
    let asks = |sentence: &str| !table.opens.as_ref().is_some_and(|r| r.is_match(sentence)) && speaks(ban, sentence);
    sentences(&folded).into_iter().any(|range| asks(&folded[range])) || !folded.is_ascii() && !is_english(&folded)
}

fn is_english(text: &str) -> bool {
    let foreign = text.chars().filter(|c| c.is_alphabetic() && *c > '\u{24F}').count();
    foreign * 4 < text.chars().count()
}

/// Whether a sentence speaks of what a prohibition is about.
fn speaks(ban: &Ban, sentence: &str) -> bool {
    let has = |word: &str| sentence.contains(word);
    match &ban.what {
        What::Deed(kind, _) => {
            let asked = crate::work::words::table().asked.iter();
            asked.filter(|(k, _)| k == kind).any(|(_, r)| r.is_match(sentence))
        }
        What::Paths(names) | What::Removal(names) => names.iter().any(|n| has(n)),
        What::Tests => has("test") || has("spec") || has("snapshot"),
        What::Place(place) => table().places_in(sentence).contains(place),
        What::Dependencies => has("install") || has("depend") || has("package") || has("librar") || has("add "),
        What::Hooks => has("hook") || has("verify"),
        What::Edits => true,
        What::Command(words) => has(&words.join(" ")),
    }
}

/// A text in lower case; places agree, since only ASCII is folded.
fn folded(text: &Text) -> String {
    text.text[..text.text.floor_char_boundary(LONGEST)].to_ascii_lowercase()
}

/// The sentences of a text outside of code and quotes of others.
fn sentences(text: &str) -> Vec<std::ops::Range<usize>> {
    let mut all = Vec::new();
    let (mut start, mut fenced) = (0, false);
    for line in text.split_inclusive('\n') {
        let from = start;
        start += line.len();
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
            continue;
        }
        if fenced || line.trim_start().starts_with('>') {
            continue;
        }
        let mut begin = from;
        let bytes = line.as_bytes();
        for (i, byte) in bytes.iter().enumerate() {
            let ends =
                matches!(byte, b'.' | b'!' | b'?' | b';') && bytes.get(i + 1).is_none_or(u8::is_ascii_whitespace);
            if ends && (*byte != b'.' || ends_sentence(line, i)) {
                all.push(begin..from + i + 1);
                begin = from + i + 1;
            }
        }
        all.push(begin..start);
    }
    all.retain(|r| text.get(r.clone()).is_some_and(|s| s.trim().len() > 3 && s.len() < 400 && !s.contains('?')));
    all
}

/// The prohibitions in a text, each with its sentence, and whether it holds for the time being.
fn read(event: u32, text: &Text) -> Vec<(What, Cite, bool)> {
    let folded = folded(text);
    let table = table();
    let is = |r: &Option<regex::Regex>, s: &str| r.as_ref().is_some_and(|r| r.is_match(s));
    let Some(opens) = &table.opens else { return Vec::new() };
    let mut all = Vec::new();
    for range in sentences(&folded) {
        let sentence = folded[range.clone()].replace('\u{2019}', "'");
        if is(&table.conditional, &sentence) {
            continue;
        }
        let quoted = text.text.get(range.clone()).map(str::trim).unwrap_or_default();
        let at = range.start + text.text[range.clone()].find(quoted).unwrap_or(0);
        let Some(cite) = Cite::of(event, text, at..at + quoted.len()) else { continue };
        let passing = is(&table.passing, &sentence);
        if is(&table.only_standard, &sentence) {
            all.push((What::Dependencies, cite.clone(), passing));
        }
        let stays = table.stays.iter().flat_map(|r| r.captures_iter(&sentence).take(4));
        let kept =
            stays.filter_map(|c| forbidden(&format!("touch {}", c.iter().skip(1).flatten().next()?.as_str()), "not"));
        all.extend(kept.filter(|w| *w != What::Edits).map(|what| (what, cite.clone(), passing)));
        for found in opens.find_iter(&sentence).take(8) {
            let rest = clause(&sentence[found.end()..]);
            if is(&table.harmless, rest) {
                continue;
            }
            // In a plan or in brackets, "no code change" is said of one step.
            let step = text.text.len() > LONGEST_ORDER || found.as_str().trim_start().starts_with('(');
            let what = forbidden(rest, found.as_str().trim()).filter(|w| !step || *w != What::Edits);
            all.extend(what.map(|what| (what, cite.clone(), passing)));
        }
    }
    all
}

/// Up to where the clause ends.
fn clause(rest: &str) -> &str {
    let cuts = [
        " but ",
        " because ",
        " since ",
        " so that ",
        " \u{2014} ",
        " \u{2013} ",
        " - ",
        " (",
        ": ",
        " and ",
        " just ",
        " instead",
        ", ",
    ];
    let end = cuts.iter().filter_map(|c| rest.find(c)).min().unwrap_or(rest.len());
    rest[..end].trim_end_matches(['.', '!', ';', ',', ')', '*', '\n', ' '])
}

/// What a clause behind an opening like "don't" forbids.
fn forbidden(rest: &str, opening: &str) -> Option<What> {
    let table = table();
    // Behind some openings a noun follows: "no new dependencies", "not prod", "hands off the migrations".
    let ends = |words: &[&str]| words.iter().any(|w| opening.ends_with(w));
    let whole = ends(&["hands off", "away from", "out of"]);
    if ends(&["no"]) && rest.split_whitespace().count() > 5 {
        return None;
    }
    let bare = whole || ends(&["not", "no"]) && rest.split_whitespace().count() <= 4;
    let after = |r: &Option<regex::Regex>| r.as_ref().and_then(|r| r.find(rest)).map(|m| rest[m.end()..].trim());
    let is = |r: &Option<regex::Regex>| r.as_ref().is_some_and(|r| r.is_match(rest));
    if is(&table.hooks) {
        return Some(What::Hooks);
    }
    if let Some(words) = command_in(rest, after(&table.run)) {
        return Some(What::Command(words));
    }
    if is(&table.dependencies) && (bare || rest.contains(' ')) {
        return Some(What::Dependencies);
    }
    if is(&table.everything) {
        return Some(What::Edits);
    }
    if let Some(place) =
        after(&table.reach).or(Some(rest).filter(|_| bare)).and_then(|r| table.places_in(r).first().copied())
    {
        return Some(What::Place(place));
    }
    if let Some((kind, found)) = table.deeds.iter().find_map(|(kind, r)| Some((*kind, r.find(rest)?))) {
        let behind = rest[found.end()..].trim();
        let mut words = behind.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
        if words.clone().all(|w| table.generic.contains(w)) {
            return Some(What::Deed(kind, None));
        }
        let place = words.next_back().map(|w| w.trim_matches(['`', '"', '\'']).to_owned())?;
        let prior: Vec<&str> = behind.split_whitespace().collect();
        let leads = |w: &str| matches!(w, "to" | "on" | "onto" | "into" | "in");
        let prior = &prior[..prior.len().saturating_sub(1)];
        let known = |w: &&str| table.generic.contains(*w) || leads(w) || matches!(*w, "directly" | "straight");
        let leads = prior.iter().any(|w| leads(w)) && prior.iter().all(known);
        return leads.then_some(What::Deed(kind, Some(place)));
    }
    if let Some(object) = after(&table.touch).or(Some(rest).filter(|_| whole)) {
        return if table.tests.as_ref().is_some_and(|r| r.is_match(object)) {
            Some(What::Tests)
        } else {
            names(object).map(What::Paths)
        };
    }
    names(after(&table.remove)?).map(What::Removal)
}

/// The command or the option that a clause names: in backticks, as an option, or behind "run".
fn command_in(rest: &str, ran: Option<&str>) -> Option<Vec<String>> {
    let spans = rest.split('`').skip(1).step_by(2).next();
    let split = |s: &str| s.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    let option = |s: &str| s.starts_with("--") && s.len() > 3;
    if let Some(span) = spans.filter(|s| option(s) || rest.starts_with('`') || ran.is_some_and(|r| r.starts_with('`')))
    {
        return Some(split(span)).filter(|w| !w.is_empty());
    }
    if let Some(word) = rest.split_whitespace().map(|w| w.trim_matches(['"', '\'', ','])).find(|w| option(w)) {
        return Some(vec![word.to_owned()]);
    }
    let words = split(ran?);
    (words.len() >= 2 && words.len() <= 5).then_some(words)
}

/// The places in a project that a clause names.
fn names(object: &str) -> Option<Vec<String>> {
    let table = table();
    let object = object.trim();
    let word = |w: &str| w.trim_matches(['`', '"', '\'', ',', '.', ')', '(']).trim_end_matches('/').to_owned();
    let like_path = |w: &str| {
        w.len() >= 3
            && (w.contains('/') || w.rsplit_once('.').is_some_and(|(a, b)| !a.is_empty() && (1..=6).contains(&b.len())))
    };
    let mut all: Vec<String> = Vec::new();
    let words: Vec<&str> = object.split_whitespace().take(12).collect();
    for (i, raw) in words.iter().enumerate() {
        let named = word(raw);
        let beside =
            words.get(i + 1).is_some_and(|n| matches!(word(n).as_str(), "folder" | "directory" | "dir" | "file"));
        if like_path(&named) || (raw.starts_with('`') || beside) && named.len() >= 3 && !table.articles.contains(&named)
        {
            all.push(named.trim_start_matches("./").trim_end_matches(['*', '/']).to_owned());
        }
    }
    if all.is_empty() {
        let noun: Vec<String> = words.iter().map(|w| word(w)).filter(|w| !table.articles.contains(w)).collect();
        all.extend(table.areas.get(&noun.join(" ")).into_iter().flatten().cloned());
    }
    all.retain(|n| n.len() >= 2);
    (!all.is_empty()).then_some(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};

    fn whats(text: &str) -> Vec<What> {
        let text = Text { text: text.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        read(0, &text).into_iter().map(|(what, ..)| what).collect()
    }

    #[test]
    fn what_is_forbidden_outright_is_read() {
        assert_eq!(whats("Bump it in staging. Do NOT touch prod, there's a freeze."), [What::Place("production")]);
        assert_eq!(whats("deploy to staging, not production"), [What::Place("production")]);
        assert_eq!(whats("fix it but don't commit yet"), [What::Deed("commit", None)]);
        assert_eq!(whats("Please don\u{2019}t push."), [What::Deed("push", None)]);
        assert_eq!(whats("Never push directly to main."), [What::Deed("push", Some("main".to_owned()))]);
        assert_eq!(whats("Use what is there, no new dependencies."), [What::Dependencies]);
        assert_eq!(whats("Don't add any packages, stdlib only."), [What::Dependencies, What::Dependencies]);
        assert_eq!(whats("- NEVER bypass the git hooks"), [What::Hooks]);
        assert_eq!(whats("Never use `--no-verify`."), [What::Command(vec!["--no-verify".to_owned()])]);
        assert_eq!(whats("make it green without changing the tests"), [What::Tests]);
        assert_eq!(whats("Don't edit `src/gen/api.rs`."), [What::Paths(vec!["src/gen/api.rs".to_owned()])]);
        assert_eq!(
            whats("Do not run `npm audit fix`"),
            [What::Command(vec!["npm".into(), "audit".into(), "fix".into()])]
        );
        assert_eq!(whats("Just tell me why. Don't change anything."), [What::Edits]);
        assert!(matches!(whats("Keep your hands off the migrations folder").as_slice(), [What::Paths(_)]));
        assert!(matches!(whats("Refactor it. Leave the migrations alone.").as_slice(), [What::Paths(_)]));
        assert_eq!(whats("Fix the login, the tests are off limits."), [What::Tests]);
        assert!(matches!(whats("You must not modify the migrations.").as_slice(), [What::Paths(_)]));
    }

    #[test]
    fn other_sentences_forbid_nothing() {
        for text in [
            "Don't forget to commit.",
            "Don't push until the tests pass.",
            "Never commit unless I ask.",
            "the script does not push anything",
            "If it fails, don't deploy.",
            "Why don't you push it?",
            "Don't touch the API",
            "no changes were made by me in prod",
            "don't commit the lockfile",
        ] {
            assert_eq!(whats(text), [], "{text}");
        }
    }
}
