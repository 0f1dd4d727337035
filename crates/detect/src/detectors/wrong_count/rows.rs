//! A price times a count, where a result lists one row for each and has another number of rows: "4 days at 420 = 1,680" for
//! five rows of 420.

use crate::finding::{Category, Cite, Finding};
use crate::prose::Prose;
use crate::session::{Call, Session};
use crate::values::typed::span;
use crate::values::typed::tokens::{self, Token};
use hindcast_trace::json::Value;
use std::ops::Range;

/// Fewer rows are no list, more are no days or pieces.
const ROWS: Range<usize> = 2..101;
/// So deep are rows looked for.
const DEEP: usize = 8;

/// What the answers of a session multiply with a wrong count.
pub fn of(session: &Session<'_>) -> Vec<Finding> {
    let told = session.until_stopped(session.prose().iter().filter(|p| p.digits > 3));
    told.flat_map(|prose| products(&tokens::tokens(&prose.text.text)).into_iter().map(move |p| (prose, p)))
        .filter_map(|(prose, product)| judge(session, prose, &product))
        .collect()
}

/// "4 days à 420 kr = 1 680".
struct Product {
    count: i64,
    /// In hundredths.
    price: i64,
    range: Range<usize>,
}

/// The products of a text that are spelled out with their result.
fn products(tokens: &[Token]) -> Vec<Product> {
    let mut found = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        let Some(count) = span::whole(token).filter(|n| (2..=100).contains(n)) else { continue };
        let near = |from: usize, to: usize| (from..to.min(tokens.len())).find(|i| tokens[*i].number().is_some());
        let Some(price_at) = near(at + 1, at + 4) else { continue };
        let Some(equals) = (price_at + 1..(price_at + 5).min(tokens.len())).find(|i| tokens[*i].is('=')) else {
            continue;
        };
        let Some(result_at) = near(equals + 1, equals + 4) else { continue };
        let number = |i: usize| tokens.get(i).and_then(Token::number);
        let (Some(price), Some(result)) = (number(price_at), number(result_at)) else { continue };
        // "1 680": digits that are grouped with a blank.
        let grouped = number(result_at + 1).map(|low| result * 1000 + low);
        let product = count.checked_mul(price);
        if price > 100 && (product == Some(result) || product == grouped) {
            found.push(Product { count, price, range: token.range.start..tokens[result_at].range.end });
        }
    }
    found
}

fn judge(session: &Session<'_>, prose: &Prose<'_>, product: &Product) -> Option<Finding> {
    let said = prose.text.text.get(product.range.clone())?;
    let asked =
        session.messages.iter().filter(|m| m.role == hindcast_trace::model::Role::User && m.event < prose.event);
    let mut own = asked.flat_map(|m| m.texts).flat_map(|t| tokens::tokens(&t.text));
    // What the user asks for is no matter of counting.
    if own.any(|t| span::whole(&t) == Some(product.count)) {
        return None;
    }
    let upto = session.calls.partition_point(|c| c.event < prose.event);
    let mut listed: Vec<(&Call<'_>, usize)> = Vec::new();
    for call in &session.calls[..upto] {
        if let Some(root) = call.result.as_ref().and_then(|r| r.json()) {
            rows(root, product.price, 0, &mut |n| listed.push((call, n)));
        }
    }
    // One of several lists may be the right one.
    if listed.iter().any(|(_, n)| i64::try_from(*n) == Ok(product.count)) {
        return None;
    }
    let (call, right) = listed.last()?;
    let name = &call.name.text;
    let answer = call.result.as_ref()?;
    let cite = Cite::of(prose.event, prose.text, product.range.clone())?;
    let title = format!("Claimed \"{said}\", but `{name}` lists {right} rows of that amount");
    let made = Finding::new("wrong-count", Category::Misinterpretation, prose.event, title, cite)
        .path("rows")
        .and(Cite::whole(answer.event, answer.content?))
        .detail(format!(
            "The agent says \"{said}\". The result of `{name}` has {right} rows, each with the same amount."
        ))
        .tool(name);
    Some(made)
}

/// Calls `see` with the length of each array whose items all hold one number.
fn rows(value: Value<'_>, hundredths: i64, depth: usize, see: &mut dyn FnMut(usize)) {
    if depth > DEEP {
        return;
    }
    if value.is_object() {
        value.entries().for_each(|(_, v)| rows(v, hundredths, depth + 1, see));
    } else if value.is_array() {
        let length = value.items().take(ROWS.end).count();
        let holds = |item: Value<'_>| {
            item.is_object() && item.entries().take(32).any(|(_, v)| crate::values::cents(&v.raw()) == Some(hundredths))
        };
        if ROWS.contains(&length) && value.items().all(holds) {
            see(length);
        }
        value.items().take(ROWS.end).for_each(|item| rows(item, hundredths, depth + 1, see));
    }
}

#[cfg(test)]
mod tests {
    use crate::test_support::{turn, with_session};

    fn flags(user: &str, said: &str) -> Vec<String> {
        let rows = r#"{"rate": 420, "rows": [{"d": 12, "kr": 420}, {"d": 13, "kr": 420}, {"d": 14, "kr": 420}]}"#;
        with_session(&turn(user, &[("quote", "{}", rows)], said), |session| {
            super::of(session).iter().map(|f| f.title.clone()).collect()
        })
    }

    #[test]
    fn rows_are_counted_against_a_product() {
        let wrong = flags("From the 12th to the 14th.", "Det blir 2 dagar à 420 kr = 840 kr.");
        assert_eq!(wrong, ["Claimed \"2 dagar à 420 kr = 840\", but `quote` lists 3 rows of that amount"]);
        assert!(flags("From the 12th to the 14th.", "Det blir 3 dagar à 420 kr = 1 260 kr.").is_empty());
        assert!(flags("And what would 2 days cost?", "2 days x 420 = 840.").is_empty());
        assert!(flags("From the 12th to the 14th.", "2 bags x 10.50 = 21.00.").is_empty());
    }
}
