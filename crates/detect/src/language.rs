//! Whether a text is in a language whose words the lexicons do not have.
//!
//! A guess from the commonest words, and on purpose a shy one: short texts, names and codes are no language.

use crate::prose::flags::Fast;
use std::collections::HashMap;
use std::hash::BuildHasherDefault;
use std::sync::LazyLock;

const ENGLISH: &str = "the be to of and a in that have i it for not on with he as you do at this but his by from they we say her she or an will my one all would there their what so up out if about who get which go me when make can like time no just him know take into your good some could them see other than then now look only come its over think also back after use two how our work first well way even new want because any these give most us is are was were has had been did does please yes ok okay thanks thank hi hello don't i'm it's";

// The commonest words of German, French, Spanish, Italian, Portuguese, Dutch, Polish and Swedish.
const FOREIGN: &str = "der die das und ist mein was würde kosten nicht ich sie wir mit auf für ein eine den dem des zu von im bitte mein meine meinen mir ihr wie kann habe haben wird nein danke ja machen \
     le la les et est je vous nous ne pas une pour dans avec que qui sur mon ma mes votre veuillez merci oui s'il plaît c'est \
     el los las y es no por para con una su mi qué cómo gracias sí quiero puede del lo se está \
     il gli e di che non per sono mio grazie vorrei può della nel \
     o os as não em uma com meu minha obrigado quero você \
     het een en niet ik je van dat op te mijn graag bedankt kunt \
     nie jest się na proszę mój mam dziękuję czy jak \
     och att det som inte jag är på av till tack min";
// Those of them that are English words as well.
const BOTH: [&str; 14] = ["no", "me", "as", "per", "die", "min", "on", "to", "mi", "se", "e", "o", "is", "na"];

/// Each word with whether it is English and whether it is foreign.
static WORDS: LazyLock<HashMap<&'static str, (bool, bool), BuildHasherDefault<Fast>>> = LazyLock::new(|| {
    let mut words: HashMap<_, (bool, bool), _> = HashMap::default();
    ENGLISH.split(' ').for_each(|w| words.entry(w).or_default().0 = true);
    FOREIGN.split_whitespace().filter(|w| !BOTH.contains(w)).for_each(|w| words.entry(w).or_default().1 = true);
    words
});

/// True when a text is long enough to tell, and is not English.
pub fn is_foreign(text: &str) -> bool {
    let mut english = 0usize;
    let mut foreign = 0usize;
    let mut letters = 0usize;
    let mut other_script = 0usize;
    for word in text.split(|c: char| !c.is_alphabetic() && c != '\'').filter(|w| !w.is_empty()).take(200) {
        letters += word.len();
        let mut folded = [0; 12];
        let known = if word.is_ascii() {
            // Nearly every word, without making a string of it; a longer one is none of these.
            let Some(folded) = folded.get_mut(..word.len()) else { continue };
            folded.copy_from_slice(word.as_bytes());
            folded.make_ascii_lowercase();
            std::str::from_utf8(folded).ok().and_then(|w| WORDS.get(w))
        } else if word.chars().any(|c| c > '\u{24F}') {
            other_script += word.len();
            continue;
        } else {
            WORDS.get(word.to_lowercase().as_str())
        };
        let (is_english, is_foreign) = known.copied().unwrap_or_default();
        english += usize::from(is_english);
        foreign += usize::from(is_foreign);
    }
    (letters >= 6 && other_script * 2 > letters) || (foreign >= 2 && foreign > english * 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_told_apart_when_there_is_enough() {
        for text in [
            "Mein Vertrag A-18, was würde eine Kündigung kosten?",
            "In Ordnung, machen Sie das.",
            "Quiero cancelar mi pedido por favor, gracias",
            "Я хочу отменить заказ",
            "请取消我的订单",
        ] {
            assert!(is_foreign(text), "{text}");
        }
        for text in [
            "Cancel my stay HV-6610.",
            "yes",
            "Number 2.",
            "Jana Ruiz",
            "Invoice 4471",
            "What's in La La Land?",
            "Die Hard is on",
        ] {
            assert!(!is_foreign(text), "{text}");
        }
    }
}
