//! Whether a message may tell that something is not done, in any of several languages. Wide on purpose: a word that could tell it is
//! taken to tell it, so that silence is all that is left.

use super::{owning, telling};
use crate::maps::HashSet;
use crate::outcome::vocabulary;
use crate::prose::accents::unaccented;
use crate::prose::forms::{alike, each};
use crate::prose::language;
use crate::prose::{Language, Prose};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Words {
    tells: Vec<String>,
    filed: Vec<String>,
    courtesy: Vec<String>,
}

#[derive(Debug, Default)]
struct Ready {
    tells: HashSet<String>,
    filed: HashSet<String>,
    courtesy: HashSet<String>,
}

// The file is part of the program; a test reads it, so a fault cannot reach a user.
static LANGUAGES: LazyLock<BTreeMap<String, Ready>> =
    LazyLock::new(|| parse(include_str!("../../data/disclosure.yaml")).unwrap_or_default());

fn parse(file: &str) -> Option<BTreeMap<String, Ready>> {
    let read: BTreeMap<String, Words> = serde_saphyr::from_str(file).ok()?;
    let set = |words: Vec<String>| words.into_iter().collect();
    let ready = read
        .into_iter()
        .map(|(name, w)| (name, Ready { tells: set(w.tells), filed: set(w.filed), courtesy: set(w.courtesy) }));
    Some(ready.collect())
}

/// Longer messages tell of many things; they are taken to tell it.
const LONGEST: usize = 4096;

/// What a message tells of something that is not done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// Nothing that the words known could mean.
    Nothing,
    /// Something that may mean it.
    Something,
    /// Nobody knows: its language has no words here.
    Unknown,
}

/// What a message tells. `of` are words that tell it as well, without accents: those of the answer itself. Where `open`, it is enough
/// to say that something was handed in.
pub fn of(prose: &Prose<'_>, of: &HashSet<String>, open: bool) -> Telling {
    let text = &prose.text.text;
    if text.len() > LONGEST {
        return Telling::Something;
    }
    let languages = spoken(prose);
    if languages.is_empty() {
        return Telling::Unknown;
    }
    let english = prose.language != Language::Other;
    if english
        && (prose.sentences.iter().any(|s| owning::admits(prose, s))
            || owning::tries_again(prose)
            || telling::tells_failed(prose, &BTreeSet::new()))
    {
        return Telling::Something;
    }
    let folded = unaccented(text);
    let any = |list: fn(&Ready) -> &HashSet<String>, w: &str| languages.iter().any(|l| begins(list(l), w));
    let telling = |w: &str| any(|l| &l.tells, w) || open && any(|l| &l.filed, w) || of.iter().any(|o| alike(o, w));
    // A question tells that something is left to ask, unless it only offers more help, which tells nothing.
    let tells = folded.split_inclusive(['.', '!', '?', '\n', '？']).any(|sentence| {
        let asks = sentence.trim_end().ends_with(['?', '？']);
        let courtesy = asks && each(sentence).any(|w| any(|l| &l.courtesy, w));
        !courtesy && (asks || vocabulary::tells_open(sentence) || each(sentence).any(telling))
    });
    if tells { Telling::Something } else { Telling::Nothing }
}

/// The words of a message's language, if there are any. Short texts are easily taken for those of a related language, so that what is
/// not English is held against the words of every other.
fn spoken(prose: &Prose<'_>) -> Vec<&'static Ready> {
    let name = || language::name(&prose.text.text);
    let known = || match name() {
        Some(name) => LANGUAGES.contains_key(&name.to_lowercase()),
        None => prose.language == Language::Unclear,
    };
    let all = LANGUAGES.iter();
    let kept = all.filter(|(name, _)| match prose.language {
        Language::Other => *name != "english",
        Language::English => *name == "english",
        Language::Unclear => true,
    });
    let read = prose.language == Language::English || known();
    if read { kept.map(|(_, words)| words).collect() } else { Vec::new() }
}

/// True for a question that only offers more help, in any language.
pub fn is_courtesy(question: &str) -> bool {
    let folded = unaccented(question);
    each(&folded).any(|w| LANGUAGES.values().any(|l| begins(&l.courtesy, w)))
}

fn begins(list: &HashSet<String>, word: &str) -> bool {
    list.contains(&format!("{word}.")) || word.char_indices().any(|(i, c)| list.contains(&word[..i + c.len_utf8()]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hindcast_trace::locator::{Form, Loc};
    use hindcast_trace::model::{Role, Text};

    fn told(s: &str, answer: &[&str], open: bool) -> Telling {
        let text = Text { text: s.to_owned(), loc: Loc { base: 0, at: 0, form: Form::Own } };
        let words = answer.iter().map(|w| (*w).to_owned()).collect();
        of(&Prose::new(0, Role::Assistant, &text), &words, open)
    }

    #[test]
    fn the_file_is_read() {
        let all = parse(include_str!("../../data/disclosure.yaml")).expect("a readable file");
        assert_eq!(all.len(), 9);
        assert!(all.values().all(|r| r.tells.iter().all(|w| *w == unaccented(w))));
    }

    #[test]
    fn silence_of_several_languages() {
        for text in [
            "Both ewes are flagged as in lamb.",
            "La factura F-310 está pagada: 612,00 € cargados en la cuenta de gastos.",
            "Vier Tafeln kobaltblaues Antikglas sind bei der Hütte Waldsee bestellt.",
            "Is there anything else I can help you with?",
        ] {
            assert_eq!(told(text, &["saldo"], false), Telling::Nothing, "{text}");
        }
    }

    #[test]
    fn what_may_tell_it() {
        for text in [
            "The second ewe was sold in September.",
            "Die Tafeln sind leider ausgelistet.",
            "¿Quiere que lo intente mañana?",
            "Le virement attend une signature.",
            "De betaling is geweigerd.",
            "L'importo supera il limite.",
            "O pagamento ficou por aprovar.",
        ] {
            assert_eq!(told(text, &["sold"], false), Telling::Something, "{text}");
        }
        assert_eq!(told("Ihr Antrag ist eingereicht und alles passt so.", &[], true), Telling::Something);
        assert_eq!(told("返金が完了しました。", &[], false), Telling::Unknown);
    }
}
