//! Amounts with their currency, in every spelling: "€58", `58 EUR`, `{"total": 58, "cur": "GBP"}`.

use super::tokens::{Kind, Token};
use super::words::words;
use std::ops::Range;

/// An amount and the currencies that its sign may stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Money {
    /// In hundredths.
    pub number: i64,
    /// `EUR`; several for a sign that currencies share.
    pub codes: &'static [String],
    /// Number and sign.
    pub range: Range<usize>,
}

/// A currency that a text names beside a number or as the value of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Those that it may be.
    pub codes: &'static [String],
    /// Where it stands.
    pub range: Range<usize>,
}

fn codes(token: &Token) -> Option<&'static [String]> {
    match &token.kind {
        Kind::Word(word) => words().currencies.get(word),
        Kind::Sign(sign) => words().currencies.get(sign.encode_utf8(&mut [0; 4])),
        Kind::Number(_) => None,
    }
    .map(Vec::as_slice)
}

/// The amounts of a text that have a currency beside them.
pub fn amounts(tokens: &[Token]) -> Vec<Money> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(number) = token.number() else { continue };
        // "1 680 kr": digits that are grouped with blanks.
        let grouped = [at.checked_sub(1), Some(at + 1)]
            .into_iter()
            .flatten()
            .filter_map(|i| tokens.get(i))
            .any(|t| t.number().is_some());
        if grouped {
            continue;
        }
        let before = at.checked_sub(1).and_then(|i| tokens.get(i)).filter(|t| t.range.end + 1 >= token.range.start);
        let behind = tokens.get(at + 1).filter(|t| t.range.start <= token.range.end + 2);
        let named = [before, behind].into_iter().flatten().find_map(|t| codes(t).map(|c| (c, &t.range)));
        if let Some((codes, sign)) = named {
            let range = token.range.start.min(sign.start)..token.range.end.max(sign.end);
            found.push(Money { number, codes, range });
        }
    }
    found
}

/// The currencies that a text names: beside a number, in the name of a field, or as the value of one that is called so.
pub fn currencies(tokens: &[Token]) -> Vec<Named> {
    const FIELDS: [&str; 7] = ["cur", "valut", "währ", "waehr", "devis", "moned", "walut"];
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(codes) = codes(token) else { continue };
        let sign = matches!(token.kind, Kind::Sign(_));
        let number = |i: Option<usize>| i.and_then(|i| tokens.get(i)).is_some_and(|t| t.number().is_some());
        let before = || tokens[at.saturating_sub(5)..at].iter();
        let field = || before().filter_map(Token::word).any(|w| FIELDS.iter().any(|f| w.starts_with(f)));
        let suffix = || at.checked_sub(1).is_some_and(|i| tokens[i].is('_'));
        if sign || number(at.checked_sub(1)) || number(Some(at + 1)) || suffix() || field() {
            found.push(Named { codes, range: token.range.clone() });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::values::typed::tokens::tokens;

    #[test]
    fn amounts_have_their_currency() {
        let of = |text: &str| {
            amounts(&tokens(text)).into_iter().map(|m| (m.number, m.codes[0].as_str())).collect::<Vec<_>>()
        };
        assert_eq!(of("€58, 12,50 zł and CHF 9.00"), [(5800, "EUR"), (1250, "PLN"), (900, "CHF")]);
        assert!(of("58 apples").is_empty());
        let named = |text: &str| currencies(&tokens(text)).into_iter().map(|n| n.codes[0].as_str()).collect::<Vec<_>>();
        assert_eq!(named(r#"{"total": 58, "cur": "GBP"}"#), ["GBP"]);
        assert_eq!(named(r#"{"total_eur": 58, "status": "NOK"}"#), ["EUR"]);
    }
}
