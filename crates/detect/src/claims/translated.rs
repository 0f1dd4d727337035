//! Claims in other languages than English that something was done: plain sentences in the perfect, or of how things are now.
//!
//! Only what reads the same in nearly any sentence is read: a participle behind an auxiliary of its language, in a sentence without a
//! negation, a condition or a plan.

use super::Claim;
use crate::finding::Cite;
use crate::outcome::vocabulary;
use crate::prose::doing::{self, Doing};
use crate::prose::lexicon::english;
use crate::prose::{Language, Prose};
use crate::session::Session;
use std::sync::LazyLock;

/// A sentence that tells something as done.
#[derive(Debug, Clone)]
pub struct Told {
    /// The message's event.
    pub event: u32,
    /// The sentence.
    pub cite: Cite,
    /// The families of the operation; empty where the words fit any.
    pub families: Vec<&'static str>,
    /// True when the speaker tells what the speaker did.
    pub own: bool,
}

/// One language, ready to be looked for: each word and phrase with a space on both sides.
struct Ready {
    first: Vec<String>,
    rest: Vec<String>,
    hedges: Vec<String>,
    done: Vec<(Option<&'static str>, String)>,
    did: Vec<(Option<&'static str>, String)>,
}

static LANGUAGES: LazyLock<Vec<Ready>> = LazyLock::new(|| doing::languages().map(|(_, d)| ready(d)).collect());

fn ready(doing: &'static Doing) -> Ready {
    let spaced = |words: &[String]| words.iter().map(|w| format!(" {w} ")).collect::<Vec<_>>();
    let did =
        doing.did.iter().flat_map(|(f, words)| words.iter().map(move |w| (english().family(f), format!(" {w} "))));
    Ready {
        first: spaced(&doing.first),
        rest: doing.passive.iter().chain(&doing.state).map(|w| format!(" {w} ")).collect(),
        hedges: [spaced(&doing.hedges), spaced(&doing.denials)].concat(),
        done: doing.participles().map(|(f, word)| (english().family(f), format!(" {word} "))).collect(),
        did: did.collect(),
    }
}

/// Longer sentences tell more than that something was done.
const LONGEST: usize = 400;
/// No more messages are read than this, the latest ones.
const MOST: usize = 64;

/// What the agent tells as done in another language.
pub fn find(session: &Session<'_>) -> Vec<Told> {
    let others = session.prose().iter().rev().filter(|p| p.language == Language::Other).take(MOST);
    let mut found: Vec<_> = others.flat_map(of_message).collect();
    found.reverse();
    found
}

/// A message that tells anywhere that something is open or did not work claims nothing here.
fn of_message(prose: &Prose<'_>) -> Vec<Told> {
    let whole = &prose.text.text;
    if whole.len() > LONGEST * 8 || vocabulary::tells_open(whole) {
        return Vec::new();
    }
    let told =
        prose.sentences.iter().rev().filter(|s| !s.question && s.range.len() <= LONGEST).filter_map(|sentence| {
            if sentence.words.clone().any(|i| prose.words[i].quoted) {
                return None;
            }
            let (families, own) = of_sentence(&whole[sentence.range.clone()])?;
            let cite = Cite::of(prose.event, prose.text, prose.bytes(sentence.words.clone()))?;
            Some(Told { event: prose.event, cite, families, own })
        });
    told.collect()
}

/// The families of what a sentence tells as done, and true where its speaker did it.
fn of_sentence(text: &str) -> Option<(Vec<&'static str>, bool)> {
    let folded = text.to_lowercase();
    let words: Vec<&str> = folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let line = format!(" {} ", words.join(" "));
    let any = |list: &[String]| list.iter().any(|w| line.contains(w.as_str()));
    LANGUAGES.iter().find_map(|language| {
        if any(&language.hedges) {
            return None;
        }
        // "Siamo aperti, e ho due tavoli": the auxiliary stands before its participle.
        let place = |list: &[String]| list.iter().filter_map(|w| line.find(w.as_str())).min();
        let (first, rest) = (place(&language.first), place(&language.rest));
        let from = first.into_iter().chain(rest).min().unwrap_or(usize::MAX);
        let behind = |w: &str, from: usize| line.rfind(w).is_some_and(|at| at > from);
        let done: Vec<_> = language.done.iter().filter(|(_, w)| behind(w, from)).collect();
        let own = first.is_some_and(|f| done.iter().any(|(_, w)| behind(w, f)));
        let did: Vec<_> = language.did.iter().filter(|(_, w)| line.contains(w.as_str())).collect();
        let own = own || !did.is_empty();
        let mut families: Vec<_> = done.iter().chain(&did).filter_map(|(family, _)| *family).collect();
        families.sort_unstable();
        families.dedup();
        (!done.is_empty() || !did.is_empty()).then_some((families, own))
    })
}

/// True where an English claim of the same message says it already.
pub fn is_known(told: &Told, claims: &[Claim]) -> bool {
    claims.iter().any(|c| c.event == told.event)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_as_done() {
        for (text, family, own) in [
            ("Ich habe Ihnen die Rechnung geschickt.", "send", true),
            ("Ihr Platz wurde storniert.", "cancel", false),
            ("Der Vertrag ist gekündigt.", "cancel", false),
            ("J'ai bien annulé la livraison.", "cancel", true),
            ("Votre adresse a été mise à jour.", "update", false),
            ("La cita ha sido cancelada.", "cancel", false),
            ("He enviado la factura.", "send", true),
            ("Il bonifico è stato rimborsato.", "refund", false),
            ("Ho prenotato il tavolo.", "book", true),
            ("De reis is geannuleerd.", "cancel", false),
            ("Ik heb de factuur verstuurd.", "send", true),
            ("A consulta foi remarcada.", "update", false),
            ("Enviei o recibo.", "send", true),
        ] {
            let (families, mine) = of_sentence(text).unwrap_or_else(|| panic!("{text}"));
            assert!(families.contains(&family) && mine == own, "{text}: {families:?}");
        }
    }

    #[test]
    fn what_is_not() {
        for text in [
            "Sobald der Platz storniert ist, melden wir uns.",
            "Der Platz wird storniert.",
            "Die Rechnung war bereits geschickt.",
            "La livraison sera annulée.",
            "Si la cita ha sido cancelada, avise.",
            "De reis wordt geannuleerd.",
            "Als de reis is geannuleerd, volgt bericht.",
            "Il tavolo può essere prenotato.",
            "Sie haben die Rechnung geschickt.",
            "Guten Tag, womit darf ich helfen?",
            "Dann habe ich für den Kühlschrank nichts angelegt.",
            "Je n'ai rien envoyé.",
            "Non ho prenotato niente.",
            "Ik heb niets geboekt.",
        ] {
            assert_eq!(of_sentence(text), None, "{text}");
        }
    }
}
