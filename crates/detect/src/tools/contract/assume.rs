//! What a tool's name gives away.

use super::Effect;
use crate::prose::lexicon;

/// The words of an identifier: `sendEmail`, `send_email` and `mail/send-email` alike.
pub fn words_of(name: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut lower_before = false;
    for c in name.chars() {
        if (!c.is_alphanumeric() || (c.is_uppercase() && lower_before)) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if c.is_alphanumeric() {
            word.extend(c.to_lowercase());
        }
        lower_before = c.is_lowercase() || c.is_ascii_digit();
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Effect and families by name. The first telling word decides: `get_refund_status` looks, `cancel_get` cancels. Where that
/// word is a noun as well, the last word does: `order_read` looks.
pub fn from_name(tool: &str) -> (Effect, Vec<String>) {
    from_words(&words_of(tool))
}

/// The same, of a name's words.
pub fn from_words(words: &[String]) -> (Effect, Vec<String>) {
    let lexicon = lexicon::english();
    let mut families: Vec<String> = Vec::new();
    for family in words.iter().flat_map(|w| lexicon.of_tool_word(w)) {
        if !families.iter().any(|f| f == family) {
            families.push((*family).to_owned());
        }
    }
    let telling = words.iter().find(|w| lexicon.is_read_word(w) || !lexicon.of_tool_word(w).is_empty());
    let effect = match telling {
        Some(word) if lexicon.is("noun_or_verb", word) && looks_at_last(words) => Effect::Read,
        // `open_webpage` and `load_profile` look; `open_account` and `load_gift_card` change something.
        Some(word) if word == "load" && !words.iter().any(|w| lexicon.is("loaded_money", w)) => Effect::Read,
        Some(word) if word == "open" && words.iter().any(|w| lexicon.is("opened_to_read", w)) => Effect::Read,
        Some(word) if lexicon.is("look_or_thing", word) && acts_at_last(words) => Effect::Write,
        Some(word) if lexicon.is_read_word(word) => Effect::Read,
        Some(_) => Effect::Write,
        None => Effect::Unknown,
    };
    (effect, families)
}

/// True where a name of a thing and a verb ends with the verb: `list.save`. What is a noun as well tells nothing: `track_order`.
fn acts_at_last(words: &[String]) -> bool {
    let lexicon = lexicon::english();
    let Some((last, before)) = words.split_last() else { return false };
    let verb = !lexicon.of_tool_word(last).is_empty() || lexicon.is("more_writes", last);
    verb && !before.is_empty()
        && !lexicon.is("noun_or_verb", last)
        && !lexicon.is_read_word(last)
        && !lexicon.is("named_after_look", last)
}

/// True where a name ends with a word for a look, and all telling words before it are nouns as well.
fn looks_at_last(words: &[String]) -> bool {
    let lexicon = lexicon::english();
    let Some((last, before)) = words.split_last() else { return false };
    let looks = lexicon.is_read_word(last) || lexicon.is("looked_at", last) || last == "open";
    looks && before.iter().all(|w| lexicon.of_tool_word(w).is_empty() || lexicon.is("noun_or_verb", w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_cut_into_words() {
        assert_eq!(words_of("sendEmail"), ["send", "email"]);
        assert_eq!(words_of("crm/refund-charge_v2"), ["crm", "refund", "charge", "v2"]);
    }

    #[test]
    fn the_first_telling_word_decides_on_the_effect() {
        assert_eq!(from_name("refund").0, Effect::Write);
        assert_eq!(from_name("get_refund_status").0, Effect::Read);
        assert_eq!(from_name("open_case_file").0, Effect::Read);
        assert_eq!(from_name("open_account").0, Effect::Write);
        assert_eq!(from_name("load_player_stats").0, Effect::Read);
        assert_eq!(from_name("load_gift_card").0, Effect::Write);
        assert_eq!(from_name("orders/order_read").0, Effect::Read);
        assert_eq!(from_name("export.open").0, Effect::Read);
        assert_eq!(from_name("smsInbox").0, Effect::Read);
        assert_eq!(from_name("cancel_order_get").0, Effect::Write);
        assert_eq!(from_name("order_cancel").0, Effect::Write);
        assert_eq!(from_name("list.save").0, Effect::Write);
        assert_eq!(from_name("search_delete").0, Effect::Write);
        for looks in ["list_orders", "track_order", "check_booking", "status_update", "list_open", "trace"] {
            assert_eq!(from_name(looks).0, Effect::Read, "{looks}");
        }
        assert_eq!(from_name("frobnicate"), (Effect::Unknown, vec![]));
    }
}
