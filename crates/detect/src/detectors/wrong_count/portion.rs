//! A share that is told with its part and its whole, and does not follow from them: "8.4 % (140 of 1,200 calls)".

use crate::finding::{Category, Cite, Finding};
use crate::prose::Prose;
use crate::prose::classes::class;
use crate::session::Session;
use crate::values::figures::{Figure, Kind, figures};
use hindcast_trace::model::Role;
use std::ops::Range;

/// The rule path.
const PATH: &str = "portion";
/// Of a smaller whole every share is a rough one.
const WHOLE: f64 = 4.0;
/// So many messages are read, and so many words may stand between the whole and its share.
const MOST: usize = 200;
const BETWEEN: usize = 3;

/// What the agent tells wrong.
pub(super) fn of(session: &Session<'_>) -> Vec<Finding> {
    let told = session.prose().iter().filter(|p| p.role == Role::Assistant && p.text.text.contains(['%', '％']));
    session.until_stopped(told.take(MOST)).filter_map(judge).collect()
}

fn judge(prose: &Prose<'_>) -> Option<Finding> {
    let text = &prose.text.text;
    let all = figures(text, None);
    let (range, right) = all.windows(3).find_map(|three| wrong(text, three))?;
    let cite = Cite::of(prose.event, prose.text, range)?;
    let title = format!("Claimed \"{}\", which makes {right:.1}%", cite.text());
    let detail = format!("The agent says \"{}\". The two numbers make {right:.1}%.", cite.text());
    Some(Finding::new("wrong-count", Category::Misinterpretation, prose.event, title, cite).path(PATH).detail(detail))
}

/// Where a share is told beside a part and its whole that do not give it, and what they give.
fn wrong(text: &str, three: &[Figure]) -> Option<(Range<usize>, f64)> {
    let [first, second, third] = three else { return None };
    let between = |a: &Figure, b: &Figure| text.get(a.range.end..b.range.start);
    let percent = |f: &Figure| f.kind == Kind::Percent;
    let blank = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '%' | '％' | '*');
    let (share, part, whole, stands) = match (percent(first), percent(second), percent(third)) {
        // "8.4 % (140 of 1,200)"
        (true, false, false) => {
            let opens = between(first, second)?.trim_matches(blank) == "(";
            let closes = text[third.range.end..].find([')', '(', '\n']).map(|i| &text[third.range.end..][i..]);
            (first, second, third, opens && closes.is_some_and(|c| c.starts_with(')')))
        }
        // "140 of 1,200 calls (8.4 %)"
        (false, false, true) => {
            let words = between(second, third)?;
            let plain = !words.contains(['.', ';', '?', '!', '\n', ',']) && words.split_whitespace().count() <= BETWEEN;
            let opens = plain && words.trim_end_matches(blank).ends_with('(');
            (third, first, second, opens && text[third.range.end..].trim_start_matches(blank).starts_with(')'))
        }
        _ => return None,
    };
    if !stands {
        return None;
    }
    let joins = between(part, whole)?.trim();
    let of = joins == "/" || joins.split_whitespace().count() <= 2 && class("portion").is_in_text(joins);
    let (a, b) = (part.whole()? as f64, whole.whole()? as f64);
    if !of || a > b || b < WHOLE || part.kind != Kind::Plain || whole.kind != Kind::Plain {
        return None;
    }
    let right = a / b * 100.0;
    // A share is rounded in whatever way, and may be that of the rest.
    let room = 10f64.powi(-share.decimals) + 1e-9;
    let fits = share.readings.iter().any(|s| (s - right).abs() <= room || (s - (100.0 - right)).abs() <= room);
    (!fits).then_some((first.range.start..third.range.end, right))
}

#[cfg(test)]
mod tests {
    use crate::test_support::{turn, with_session};

    fn quotes(said: &str) -> Vec<String> {
        with_session(&turn("How many?", &[("stats", "{}", r#"{"a": 1}"#)], said), |session| {
            super::of(session).iter().filter_map(|f| Some(f.quote()?.text().to_owned())).collect()
        })
    }

    #[test]
    fn a_share_has_to_follow_from_its_numbers() {
        assert_eq!(quotes("A taxa foi de 8,4 % (140 em 1 200 chamadas)."), ["8,4 % (140 em 1 200"]);
        assert_eq!(quotes("Das sind 140 von 1.200 Anrufen (8,4 %)."), ["140 von 1.200 Anrufen (8,4"]);
        for fine in [
            "A taxa foi de 11,7 % (140 em 1 200 chamadas).",
            "Answered: 88.3% (140 of 1,200 were lost).",
            "Das sind 140 von 1.200 Anrufen (11,7 %).",
            "You get 20% (5 to 10 people) off.",
            "20% (page 3 of 9, 40 rows)",
            "Of 40 people 12 came, 5% (2 of 40) late.",
        ] {
            assert!(quotes(fine).is_empty(), "{fine}");
        }
    }
}
