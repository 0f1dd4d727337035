//! Amounts that are said to be rounded, and prices for another period than they are listed for.

/// True where the message gives this amount as a rough one: "about $120", "just under 90 dollars".
pub fn is_rounded(amount: i64, message: &str) -> bool {
    const WORDS: [&str; 14] = [
        "about",
        "around",
        "roughly",
        "approximately",
        "approx",
        "approx.",
        "nearly",
        "almost",
        "circa",
        "under",
        "over",
        "some",
        "~",
        "≈",
    ];
    crate::values::amounts(message).into_iter().filter(|(cents, _)| *cents == amount).any(|(_, at)| {
        let before = message.get(..at.start).unwrap_or_default().trim_end();
        let word = before.rsplit(char::is_whitespace).next().unwrap_or_default().to_lowercase();
        WORDS.contains(&word.as_str())
    })
}

/// True when a number, said roughly, is this amount: at most two in a hundred apart, and the amount is a round one.
pub fn rounds_to(number: i64, amount: i64) -> bool {
    let number = number.abs();
    amount % 100 == 0 && number > 0 && (number - amount).abs() * 50 <= number
}

/// Shares that the message spells out: "4/12 of it", "4 of 12 months".
pub fn fractions(message: &str) -> Vec<(i64, i64)> {
    let words: Vec<&str> = message.split_whitespace().map(|w| w.trim_matches(['(', ')', ',', ':'])).take(400).collect();
    let small = |n: &str| n.parse::<i64>().ok().filter(|n| (1..=366).contains(n));
    let pair = |part: Option<i64>, whole: Option<i64>| Some((part?, whole?)).filter(|(part, whole)| part < whole);
    let slashed = words.iter().filter_map(|w| w.split_once('/')).filter_map(|(a, b)| pair(small(a), small(b)));
    let spelled = words.windows(3).filter(|w| w[1] == "of").filter_map(|w| pair(small(w[0]), small(w[2])));
    slashed.chain(spelled).take(8).collect()
}

/// How often a listed period fits into the one that the message speaks of: a monthly price, told for a year.
pub fn periods(message: &str) -> Vec<i64> {
    const WORDS: [(&str, &[i64]); 4] =
        [("year", &[12, 4, 52, 2]), ("annual", &[12, 4, 52, 2]), ("month", &[4, 30, 31]), ("week", &[7, 5])];
    let folded = message.to_ascii_lowercase();
    WORDS.iter().filter(|(word, _)| folded.contains(word)).flat_map(|(_, k)| k.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_rough_is_said_to_be() {
        assert!(is_rounded(12_000, "It's about $120."));
        assert!(!is_rounded(12_000, "It's $120, about which we spoke."));
        assert!(rounds_to(11_987, 12_000));
        assert!(!rounds_to(11_987, 13_000));
        assert!(!rounds_to(11_987, 11_990), "not a round amount");
    }

    #[test]
    fn shares_are_spelled_out() {
        assert_eq!(fractions("You get back 4/12 of it, (3 of 12 months)."), [(4, 12), (3, 12)]);
        assert!(fractions("On 12/4 and 2024/12, one of 12.").is_empty());
    }

    #[test]
    fn periods_are_named() {
        assert!(periods("That is $179.88 per year.").contains(&12));
        assert!(periods("That is $179.88.").is_empty());
    }
}
