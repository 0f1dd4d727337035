//! Section 2: who and what was affected.

mod seen;

use super::Context;
use crate::draft::{Behavior, ImpactItem};
use crate::facts::Scalar;
use crate::statement::{Answer, Question};
use serde_saphyr::Spanned;

/// A number or an explicit "unknown", never a blank.
pub fn build(cx: &mut Context<'_>, behavior: &Behavior) -> Vec<ImpactItem> {
    let given = cx.input.facts.impact.clone().unwrap_or_default();
    let rows: [(&str, &str, Option<Spanned<Scalar>>); 6] = [
        ("customers", "How many customers were affected?", given.customers),
        ("conversations", "How many conversations were affected? This trace is one.", given.conversations),
        ("money", "How much money was involved, and was any lost or owed?", given.money),
        ("regulation", "Does a law or a regulator apply, and is there a duty to report?", given.regulation),
        ("data", "Was personal or confidential data involved?", given.data),
        ("duration", "During which period could this happen?", given.duration),
    ];
    rows.into_iter()
        .map(|(field, ask, value)| {
            let entry = format!("impact.{field}");
            let answer = match value {
                Some(v) => {
                    let text = v.value.to_string();
                    Answer::Known(vec![cx.input.facts.state(&entry, v.referenced.line(), &text, text.clone())])
                }
                None => Answer::Unknown(Question { entry, ask: ask.to_owned() }),
            };
            ImpactItem { seen: seen::of(cx, behavior, field), field: field.to_owned(), answer }
        })
        .collect()
}
