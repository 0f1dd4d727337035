//! What users ask for in other languages than English: enough to tell that an operation was asked for, or that a text plainly
//! asks for none. A text whose words are not known stays unread, and nothing is said of what it wanted.

pub(crate) use crate::prose::accents::unaccented;
use crate::prose::lexicon::english;
use crate::prose::readers::is_unspaced;
use aho_corasick::{AhoCorasick, AhoCorasickKind};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The beginnings of the words of one language.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    families: BTreeMap<String, Vec<String>>,
    look: Vec<String>,
    delegate: Vec<String>,
    /// Words with which a text is said to be for the agent.
    for_you: Vec<String>,
}

// The files are part of the program; a test reads them, so a fault cannot reach a user.
static LANGUAGES: LazyLock<Vec<Words>> = LazyLock::new(|| FILES.iter().map(|f| parse(f).unwrap_or_default()).collect());

const FILES: [&str; 9] = [
    include_str!("../../data/orders/de.yaml"),
    include_str!("../../data/orders/fr.yaml"),
    include_str!("../../data/orders/es.yaml"),
    include_str!("../../data/orders/pt.yaml"),
    include_str!("../../data/orders/it.yaml"),
    include_str!("../../data/orders/nl.yaml"),
    include_str!("../../data/orders/pl.yaml"),
    include_str!("../../data/orders/sv.yaml"),
    include_str!("../../data/orders/ja.yaml"),
];

fn parse(file: &str) -> Option<Words> {
    serde_saphyr::from_str(file).ok()
}

/// The families of operations that a text in another language may ask for; `None` where it cannot be read: a sentence has no
/// word that is known, or the work is handed over to another text.
pub(crate) fn families(text: &str) -> Option<Vec<&'static str>> {
    let folded = text.to_lowercase();
    let mut found = Vec::new();
    for sentence in folded.split(SENTENCE_ENDS) {
        let words = words(sentence);
        // A greeting, a name, a part of an address.
        if words.len() < 3 && !sentence.contains(is_unspaced) {
            continue;
        }
        let known = |stems: &[String]| has(sentence, &words, stems);
        if LANGUAGES.iter().any(|l| known(&l.delegate)) {
            return None;
        }
        let asked = LANGUAGES.iter().flat_map(|l| &l.families).filter(|(_, stems)| known(stems));
        let asked: Vec<_> = asked.filter_map(|(name, _)| english().family(name)).collect();
        if !asked.is_empty() && only_looks(sentence, &words) {
            continue;
        }
        if asked.is_empty() && !LANGUAGES.iter().any(|l| known(&l.look)) {
            return None;
        }
        found.extend(asked);
    }
    Some(found)
}

/// True where a sentence begins with a word for a look and nothing else is to be done: in "riassumi la mail", the mail is what is
/// looked at.
fn only_looks(sentence: &str, all: &[&str]) -> bool {
    const AND: [&str; 14] =
        ["et", "und", "puis", "dann", "luego", "poi", "depois", "en", "och", "oraz", "e", "y", "i", "ed"];
    let looks = all.first().is_some_and(|w| w.chars().count() >= 5 && is_look(w));
    let more = |clause: &str| {
        let words = words(clause);
        LANGUAGES.iter().flat_map(|l| l.families.values()).any(|stems| has(clause, &words, stems))
    };
    looks
        && !sentence.split_whitespace().any(|w| AND.contains(&w))
        && !sentence.split([',', ':', '–']).skip(1).any(more)
}

/// True where a text in another language plainly asks, or wants to be told something: each sentence has a question mark or a
/// word for a look, and none speaks of an operation or hands the work over.
pub(crate) fn only_asks(text: &str) -> bool {
    if families(text).is_some_and(|asked| asked.is_empty()) {
        return true;
    }
    let folded = text.to_lowercase();
    let known = |sentence: &str, stems: &[String]| has(sentence, &words(sentence), stems);
    folded.split_inclusive(SENTENCE_ENDS).all(|sentence| {
        let all = words(sentence);
        let asks = sentence.trim_end().ends_with(['?', '？']) || LANGUAGES.iter().any(|l| known(sentence, &l.look));
        let short = all.len() < 3 && !sentence.contains(is_unspaced);
        // "¿Está lista mi receta?": a question about what is so hands nothing over, whatever its words begin with.
        let plain = sentence.trim_end().ends_with(['?', '？'])
            && !sentence.contains(is_unspaced)
            && !all.iter().take(4).any(|w| MAY_YOU.iter().any(|m| w.starts_with(m)));
        (short || asks)
            && !LANGUAGES
                .iter()
                .any(|l| known(sentence, &l.delegate) && !plain || l.families.values().any(|f| known(sentence, f)))
    })
}

/// True where a text tells somebody to do what another text or person asks for: "schick ihr, was sie haben will".
pub(crate) fn hands_over(text: &str) -> bool {
    DELEGATES.as_ref().is_some_and(|phrases| phrases.is_match(&text.to_lowercase()))
}

/// True where a text says that something is for whom it speaks to: "die Punkte sind für dich".
pub(crate) fn is_for_you(text: &str) -> bool {
    let folded = text.to_lowercase();
    let begins_alone = |at: usize| !folded[..at].chars().next_back().is_some_and(char::is_alphabetic);
    let ends_alone = |at: usize| !folded[at..].chars().next().is_some_and(char::is_alphabetic);
    LANGUAGES.iter().flat_map(|l| &l.for_you).any(|words| {
        folded
            .match_indices(words.as_str())
            .any(|(at, _)| words.starts_with(is_unspaced) || begins_alone(at) && ends_alone(at + words.len()))
    })
}

/// The phrases of all languages that hand work over, looked for at once in what every user says.
static DELEGATES: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let phrases = LANGUAGES.iter().flat_map(|l| &l.delegate).filter(|d| d.contains(' '));
    AhoCorasick::builder().kind(Some(AhoCorasickKind::DFA)).build(phrases).ok()
});

/// True where a text in another language may hand the work over to another text.
pub(crate) fn may_hand_over(text: &str) -> bool {
    let folded = text.to_lowercase();
    let words = words(&folded);
    LANGUAGES.iter().any(|l| has(&folded, &words, &l.delegate))
}

/// The words for a look of all languages, as the names of tools spell them.
static LOOKS: LazyLock<Vec<String>> =
    LazyLock::new(|| LANGUAGES.iter().flat_map(|l| &l.look).map(|l| unaccented(l)).collect());

/// True for a word of a tool's name that says in any language that it looks.
pub(crate) fn is_look(word: &str) -> bool {
    let word = unaccented(word);
    LOOKS.iter().any(|stem| {
        // Short stems are function words, which begin any others; a whole word of three letters is not.
        word == *stem || stem.chars().count() >= 4 && word.starts_with(stem.as_str())
    })
}

/// The families of operations that a text in another language speaks of anywhere.
pub(crate) fn mentioned(text: &str) -> Vec<&'static str> {
    let folded = text.to_lowercase();
    let words = words(&folded);
    let families = LANGUAGES.iter().flat_map(|l| &l.families).filter(|(_, stems)| has(&folded, &words, stems));
    families.filter_map(|(name, _)| english().family(name)).collect()
}

/// False where a text is in a language whose words are known and speaks of no operation.
pub(crate) fn may_ask(text: &str) -> bool {
    let kana = |c: char| matches!(c, '\u{3040}'..='\u{30FF}');
    let known = text.contains(kana) || !text.contains(|c: char| c.is_alphabetic() && c > '\u{24F}');
    !known || !mentioned(text).is_empty()
}

/// Beginnings of the words with which a question is an order: "can you", "would you", "must".
const MAY_YOU: [&str; 26] = [
    "kannst", "können", "könn", "würd", "magst", "peux", "peut", "pouv", "pourr", "voul", "pued", "pod", "querr",
    "puoi", "può", "potr", "vuoi", "queir", "kun", "wil", "zou", "może", "mógł", "mogł", "kan", "skulle",
];

/// True for a sentence whose first words ask somebody to do something: "Könnten Sie …?"
pub(crate) fn asks_you(sentence: &str) -> bool {
    let folded = sentence.to_lowercase();
    words(&folded).iter().take(4).any(|w| MAY_YOU.iter().any(|m| w.starts_with(m)))
}

const SENTENCE_ENDS: [char; 8] = ['.', '!', '?', '\n', ';', '。', '！', '？'];

fn words(text: &str) -> Vec<&str> {
    // A channel's or a person's name speaks of nothing.
    let named = |w: &&str| text[..w.as_ptr() as usize - text.as_ptr() as usize].ends_with(['#', '@']);
    text.split(|c: char| !c.is_alphabetic()).filter(|w| w.len() > 1 && !named(w)).collect()
}

/// True where a word begins with one of the stems; where no spaces are set, the stem stands anywhere.
fn has(text: &str, words: &[&str], stems: &[String]) -> bool {
    stems.iter().any(|s| {
        if s.starts_with(is_unspaced) || s.contains(' ') {
            text.contains(s.as_str())
        } else {
            words.iter().any(|w| w.starts_with(s.as_str()))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_read_and_names_families() {
        for file in FILES {
            let words = parse(file).expect("a readable file");
            assert!(words.families.keys().all(|f| english().family(f).is_some()), "{words:?}");
            assert!(!words.look.is_empty() && !words.delegate.is_empty());
        }
    }

    #[test]
    fn questions_order_nothing() {
        assert!(only_asks("Da quale binario parto?") && only_asks("Combien ai-je consommé en octobre ?"));
        assert!(only_asks("Riassumi la mail di Ferri, per favore.") && !only_asks("Leggi la mail e cancella il file."));
        assert!(!only_asks("Controlla la mail, cancella il file."));
        assert!(only_asks("¿Está lista mi receta?") && !only_asks("¿Puedes hacer las tareas de la lista?"));
        assert!(!only_asks("Annulez ma réservation ?") && !only_asks("Mon solde et les deux derniers mouvements."));
        assert!(is_look("sok") && is_look("tonen") && unaccented("Väntelistan Levée") == "vantelistan levee");
        assert!(is_look("listar") && is_look("lire") && !is_look("estado") && !is_look("couper"));
    }

    #[test]
    fn orders_and_questions_in_other_languages() {
        for (text, family) in [
            ("Überweise bitte 40 Euro an Oona.", "pay"),
            ("Envoyez la facture à Oona, s'il vous plaît.", "send"),
            ("Borra los mensajes de ayer, por favor.", "delete"),
            ("Cancela a minha reserva de amanhã.", "cancel"),
            ("Prenota un tavolo per domani sera.", "book"),
            ("Wyślij rachunek na adres Oony.", "send"),
            ("Skicka räkningen till min adress.", "send"),
            ("請求書をOonaに送ってください。", "send"),
            ("Stuur de rekening naar mijn adres.", "send"),
        ] {
            assert!(families(text).is_some_and(|f| f.contains(&family)), "{text}: {:?}", families(text));
        }
        assert_eq!(families("Wann fährt heute der letzte Bus?"), Some(Vec::new()));
        // What cannot be read, and what is handed over, stays open.
        assert_eq!(families("Kukuruza mtandao wetu bila shaka"), None);
        assert_eq!(families("Erledige bitte alle Aufgaben auf der Seite."), None);
        assert!(hands_over("Schick ihr bitte, was sie haben will.") && !hands_over("Schick ihr bitte die Liste."));
    }
}
