//! Acts that the last words of a session tell as about to happen, or as happening: "Patching the deployment to 4Gi, then rolling it",
//! "one moment, booking it", "Trage ich sofort ein".
//!
//! Nothing can come behind the last words, so it takes less to be read as an announcement there than anywhere else: a wait that is
//! asked for, a clause that begins with a progressive, or the speaker, a verb and a word for "now". A condition, a wish or a question
//! in the sentence leaves it to somebody else.

use super::Announcement;
use crate::finding::Cite;
use crate::prose::accents::unaccented;
use crate::prose::doing;
use crate::prose::flags;
use crate::prose::foreign;
use crate::prose::lexicon::english;
use crate::prose::{Language, Prose, Sentence};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    wait: Vec<String>,
    now: Vec<String>,
    #[serde(rename = "self")]
    own: Vec<String>,
    #[serde(default)]
    talk: Vec<String>,
    #[serde(default)]
    about: Vec<String>,
    #[serde(default)]
    endings: Vec<String>,
    #[serde(default)]
    hedges: Vec<String>,
}

/// One language, ready to be looked for: words of scripts with spaces have one on both sides.
#[derive(Debug)]
struct Ready {
    wait: Vec<String>,
    now: Vec<String>,
    own: Vec<String>,
    /// Beginnings of verbs of looking and talking.
    talk: Vec<String>,
    about: Vec<String>,
    hedges: Vec<String>,
    /// What tells that it was done: the perfect.
    perfect: Vec<String>,
    /// Beginnings of verbs of operations.
    verbs: BTreeSet<String>,
    endings: Vec<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static LANGUAGES: LazyLock<BTreeMap<String, Ready>> = LazyLock::new(|| {
    let read: BTreeMap<String, File> =
        serde_saphyr::from_str(include_str!("../../data/underway.yaml")).unwrap_or_default();
    read.into_iter().map(|(name, file)| (name.clone(), ready(&name, file))).collect()
});

fn ready(name: &str, file: File) -> Ready {
    let spaced = |words: &[String]| -> Vec<String> {
        let has_spaces = |w: &String| w.chars().all(|c| c < '\u{3000}');
        words.iter().map(|w| if has_spaces(w) { format!(" {w} ") } else { w.clone() }).collect()
    };
    let known = doing::languages().find(|(n, _)| *n == name).map(|(_, doing)| doing);
    // A participle and the present of the same verb begin alike: "enviado", "envío".
    let beginning = |form: String| {
        let letters = form.chars().count();
        (!form.contains(' ') && letters > 5)
            .then(|| unaccented(&form).chars().take((letters - 3).max(4)).collect::<String>())
    };
    let verbs = known.into_iter().flat_map(|d| d.participles()).filter_map(|(_, form)| beginning(form)).collect();
    Ready {
        wait: spaced(&file.wait),
        now: spaced(&file.now),
        own: spaced(&file.own),
        talk: file.talk,
        about: spaced(&file.about),
        hedges: spaced(&file.hedges),
        perfect: known.map(|d| spaced(&d.first)).unwrap_or_default(),
        verbs,
        endings: file.endings,
    }
}

/// Longer sentences tell more than that something is about to happen.
const LONGEST: usize = 300;
/// No more sentences of a message are read than this, the last ones.
const MOST: usize = 4;

/// Where a message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the last one of a session.
    Last,
    /// The talk goes on behind it: a wait that is asked for announces nothing there, nor does a look or talk.
    Inside,
}

/// The announcement with which a message ends, if it does. `ordered` are words of what the other side asked for.
pub(super) fn last(prose: &Prose<'_>, ordered: &BTreeSet<String>, place: Place) -> Option<Announcement> {
    prose.sentences.iter().rev().take(MOST).find_map(|sentence| {
        let open = !sentence.question
            && sentence.range.len() <= LONGEST
            && !sentence.words.clone().any(|i| prose.words[i].quoted);
        let at = if !open {
            None
        } else if prose.language == Language::Other || place == Place::Inside && foreign::is_other(&prose.text.text) {
            in_other_words(&prose.text.text[sentence.range.clone()], place).then_some(sentence.words.start)
        } else {
            in_english(prose, sentence, ordered, place)
        }?;
        let cite = Cite::of(prose.event, prose.text, prose.bytes(at..sentence.words.end))?;
        let whole = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()))?;
        let verb = prose.word(at).to_owned();
        Some(Announcement {
            event: prose.event,
            cite,
            sentence: whole,
            families: Vec::new(),
            look: false,
            verb,
            loose: true,
        })
    })
}

/// The words of a text with a space before, between and behind them.
fn line(text: &str) -> String {
    let folded = text.to_lowercase();
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

fn in_other_words(text: &str, place: Place) -> bool {
    // Marks of scripts whose sentences have no space between them.
    text.split_inclusive(['。', '！', '？']).filter(|piece| !piece.ends_with('？')).any(|p| is_under_way(p, place))
}

fn is_under_way(piece: &str, place: Place) -> bool {
    let line = line(piece);
    let any = |list: &[String]| list.iter().any(|w| line.contains(w.as_str()));
    LANGUAGES.iter().filter(|(name, _)| *name != "english").any(|(_, language)| {
        if any(&language.hedges) || any(&language.perfect) {
            return false;
        }
        let conjugated = |w: &str| {
            language.verbs.iter().any(|v| unaccented(w).starts_with(v.as_str()))
                && language.endings.iter().any(|e| w.ends_with(e.as_str()))
                && w.chars().count() > 3
        };
        let acts = || any(&language.own) || any(&language.about) || line.split(' ').any(conjugated);
        match place {
            Place::Last => any(&language.wait) || any(&language.now) && acts(),
            Place::Inside => any(&language.now) && (acts() || beside_now(&line, language)) && !talks(&line, language),
        }
    })
}

/// "Inserisco subito la prenotazione": a word of the speaker's own ending right before the word for "now".
fn beside_now(line: &str, language: &Ready) -> bool {
    let own = |w: &str| w.chars().count() > 4 && language.endings.iter().any(|e| w.ends_with(e.as_str()));
    let before = |now: &String| line.find(now.as_str()).and_then(|at| line[..at].split(' ').next_back());
    language.now.iter().filter_map(before).any(own)
}

/// "Ich sehe jetzt die Buchung": verbs that do nothing to anything.
fn talks(line: &str, language: &Ready) -> bool {
    let is = |w: &str| language.talk.iter().any(|t| w == t || t.chars().count() > 3 && w.starts_with(t.as_str()));
    line.split(' ').any(is)
        || language.talk.iter().any(|t| t.chars().all(|c| c >= '\u{3000}') && line.contains(t.as_str()))
}

/// Where a sentence begins to tell that something is under way.
fn in_english(prose: &Prose<'_>, sentence: &Sentence, ordered: &BTreeSet<String>, place: Place) -> Option<usize> {
    let first = sentence.words.start;
    let language = LANGUAGES.get("english")?;
    let line = line(&prose.text.text[sentence.range.clone()]);
    let any = |list: &[String]| list.iter().any(|w| line.contains(w.as_str()));
    if any(&language.hedges) {
        return None;
    }
    if place == Place::Last && sentence.words.len() <= 14 && any(&language.wait) && !speaks_of_others(prose, sentence) {
        return Some(first);
    }
    if sentence.has(flags::NEGATION) {
        return None;
    }
    let now = any(&language.now);
    sentence.words.clone().find(|&i| progressive(prose, sentence, i, now, ordered) || about(prose, sentence, i))
}

/// True where a word before the verb makes somebody else the one who acts, or the listener.
fn speaks_of_others(prose: &Prose<'_>, sentence: &Sentence) -> bool {
    let subject = |w: &str| matches!(w, "you" | "it" | "they" | "he" | "she" | "this" | "that");
    let acts = |w: &str| {
        matches!(w, "ll" | "will" | "should" | "may" | "might" | "can" | "takes" | "take" | "re" | "s" | "is")
    };
    sentence.words.clone().any(|i| subject(prose.word(i)) && acts(prose.word(i + 1)))
}

/// "Patching the deployment to 4Gi", "then rolling it": a clause that begins with a progressive and has no other verb.
fn progressive(prose: &Prose<'_>, sentence: &Sentence, at: usize, now: bool, ordered: &BTreeSet<String>) -> bool {
    let lex = english();
    let begins = at == sentence.words.start
        || prose.words[at].after_break
        || matches!(prose.word(at.wrapping_sub(1)), "now" | "just" | "then" | "ok" | "okay" | "so" | "sure" | "great");
    let word = prose.word(at);
    let Some(root) = word.strip_suffix("ing").filter(|r| begins && r.len() > 2) else { return false };
    let clause =
        at + 1..(at + 1..sentence.words.end).find(|i| prose.words[*i].after_break).unwrap_or(sentence.words.end);
    let single = &root[..root.len() - 1];
    let forms = [root.to_owned(), format!("{root}e"), single.to_owned()];
    let asked = forms.iter().any(|f| ordered.contains(f.as_str()));
    let talk = forms.iter().any(|f| lex.is("no_act", f) || !asked && (lex.is("speech", f) || lex.is("look", f)));
    let known = asked || forms.iter().any(|f| !lex.of_base(f).is_empty());
    // "Booking details", "Sending takes a day": a title, and a clause about it.
    let object = clause.clone().next().map(|i| prose.word(i)).unwrap_or_default();
    let determined = matches!(
        object,
        "it" | "that"
            | "this"
            | "them"
            | "those"
            | "these"
            | "you"
            | "your"
            | "the"
            | "a"
            | "an"
            | "his"
            | "her"
            | "their"
            | "both"
            | "all"
    ) || object.bytes().any(|b| b.is_ascii_digit())
        || ordered.contains(object);
    let finite =
        clause.clone().any(|i| prose.has(i, flags::MODAL) && prose.word(i) != "to" || lex.is("finite", prose.word(i)));
    // A verb that no list has counts where the sentence is nothing but that clause and its like.
    let alone = || at == sentence.words.start && !sentence.words.clone().any(|i| lex.is("finite", prose.word(i)));
    !talk && !finite && determined && (known || now || alone())
}

/// "and am going to message them now", "as I'm about to trigger the reset".
fn about(prose: &Prose<'_>, sentence: &Sentence, at: usize) -> bool {
    let words = [prose.word(at), prose.word(at + 1), prose.word(at + 2)];
    let (["am" | "m", "about" | "going", "to"] | ["are" | "re", "about" | "going", "to"]) = words else { return false };
    let mine = (sentence.words.start..at)
        .rev()
        .map(|i| prose.word(i))
        .find(|w| matches!(*w, "i" | "we" | "you" | "they" | "it" | "he" | "she"));
    let verb = prose.word(at + 3);
    let lex = english();
    matches!(mine, Some("i" | "we")) && !lex.is("speech", verb) && !lex.is("look", verb)
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn told(text: &str) -> bool {
        let text = Text { text: text.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let prose = Prose::new(0, Role::Assistant, &text);
        let ordered = ["pause", "parcel", "order"].map(str::to_owned).into_iter().collect();
        last(&prose, &ordered, Place::Last).is_some()
    }

    #[test]
    fn the_file_is_read() {
        let read: Result<BTreeMap<String, File>, _> = serde_saphyr::from_str(include_str!("../../data/underway.yaml"));
        assert!(read.is_ok_and(|all| all.len() >= 15 && all.values().all(|f| !f.wait.is_empty() && !f.now.is_empty())));
    }

    #[test]
    fn what_is_told_as_under_way() {
        for text in [
            "Restarting the collector, then clearing its queue.",
            "Got it. Pausing order 88 until June, give me a moment.",
            "Perfect, one sec, cancelling it for you.",
            "I have their numbers and am going to text them now.",
            "The light goes green soon, as I'm about to reboot the unit.",
            "Currently at 2 replicas. Patching the deployment to 4, then rolling it.",
            "Just a minute while I swap the rooms.",
            "Alles klar, ich sperre das Konto sofort.",
            "Un instant, je modifie la livraison.",
            "Enseguida le envío la factura.",
            "Invio subito la ricevuta.",
            "Ik annuleer de rit nu meteen.",
            "Jag avbokar resan genast.",
            "かしこまりました。ただいま手続きいたします。",
            "好的，我马上为您取消。",
        ] {
            assert!(told(text), "{text}");
        }
    }

    #[test]
    fn what_is_told_as_under_way_inside_of_a_talk() {
        let told = |text: &str| in_other_words(text, Place::Inside);
        for text in [
            "Ik verleng het boek meteen voor je.",
            "Perfetto, inserisco subito la prenotazione.",
            "Die Fernleihe gebe ich gleich in Auftrag.",
            "Teen heti vikailmoituksen huollolle.",
            "ただいま25Cへ変更いたします。",
        ] {
            assert!(told(text), "{text}");
        }
        for text in [
            "Un momento, por favor.",
            "Ich sehe jetzt die Buchung.",
            "Das prüfe ich gleich.",
            "Wenn Sie wollen, buche ich sofort.",
        ] {
            assert!(!told(text), "{text}");
        }
    }

    #[test]
    fn what_is_left_to_others_or_done() {
        for text in [
            "Booking details are in the mail.",
            "Sending takes two days.",
            "If you agree, I'm going to cancel it.",
            "You are going to get a letter.",
            "The link should land in a moment.",
            "Looking forward to it.",
            "Anything else? I'm here.",
            "Wenn Sie möchten, storniere ich sofort.",
            "Ich habe das Konto gleich gesperrt.",
            "Die Praxis ruft gleich an.",
            "Si lo desea, ahora mismo le envío la factura.",
            "Se lo he enviado ahora mismo.",
            "ただいま手続きいたしました。",
        ] {
            assert!(!told(text), "{text}");
        }
    }
}
