//! A state that was looked up in a list of records, and told of another record: "A1 and A6 are approved" where the list has
//! A6 as `in_review`. The words of a state are the list's own, so that none has to be known beforehand.

mod table;

use super::{CompletionNotTerminal, short};
use crate::detectors::{Detector, corrected_later};
use crate::finding::{Cite, Considered, Finding, Outcome, Report, RestsOn};
use crate::grams::Texts;
use crate::kind::SessionKind;
use crate::outcome::failure::cite_member;
use crate::prose::{Language, Prose, flags};
use crate::session::{Call, Session};
use crate::tools::contract::Effect;
use hindcast_trace::model::Role;
use std::cell::LazyCell;
use std::ops::Range;
use table::{Item, Table};

/// The rule path.
const PATH: &str = "record";
/// So many answers before a message are looked at, the latest ones.
const MOST: usize = 32;
/// Longer clauses are lists of their own.
const LONGEST: usize = 300;
/// Words that turn a sentence.
const TURNS: [&str; 6] = [" but ", " so ", " while ", " whereas ", " though ", " although "];

/// Adds what it finds to a report.
pub(super) fn find(detector: &CompletionNotTerminal, session: &Session<'_>, report: &mut Report) {
    if session.kind.kind == SessionKind::Coding {
        return;
    }
    let tables = tables(session);
    if tables.is_empty() {
        return;
    }
    let folded = LazyCell::new(|| Folded::of(session));
    let said = session.prose().iter().filter(|p| p.role == Role::Assistant && p.language != Language::Other);
    for prose in said {
        let before = &tables[..tables.partition_point(|(_, t)| t.event < prose.event)];
        // Nothing is said of a list that is still to come.
        if before.is_empty() {
            continue;
        }
        for clause in clauses(prose) {
            for (call, table) in before.iter().rev().take(MOST) {
                let told = table.told(&prose.lower[clause.clone()]);
                report.eligible |= told.is_some();
                let wrong = told.and_then(|told| {
                    told.items
                        .into_iter()
                        .find_map(|i| table.contradicts(i, told.state).then_some((&table.items[i], told.state)))
                });
                if let Some((item, state)) = wrong
                    && !has_another_source(&folded, prose.event, table, item, state)
                {
                    report.findings.extend(finding(detector, session, prose, &clause, call, item));
                }
                // The latest list that has the record speaks for it.
                if table.mentions(&prose.lower[clause.clone()]) {
                    break;
                }
            }
        }
    }
}

fn tables<'s, 't>(session: &'s Session<'t>) -> Vec<(&'s Call<'t>, Table<'s>)> {
    let calls = session.until_stopped(&session.calls);
    let answered = calls.filter_map(|c| Some((c, c.result.as_ref()?)));
    let mut all: Vec<(&Call<'_>, Table<'_>)> = answered
        .filter(|(_, answer)| !answer.cut_off())
        .filter_map(|(c, answer)| Some((c, answer.event, answer.json()?)))
        .flat_map(|(c, event, root)| table::all(root, event).into_iter().map(move |t| (c, t)))
        .collect();
    all.sort_by_key(|(_, t)| t.event);
    all
}

/// The clauses that state something: no question, condition, negation or plan.
fn clauses(prose: &Prose<'_>) -> Vec<Range<usize>> {
    let open = flags::NEGATION | flags::CONDITION | flags::MODAL;
    let mut all = Vec::new();
    for sentence in prose.sentences.iter().filter(|s| !s.question) {
        let Some(text) = prose.lower.get(sentence.range.clone()) else { continue };
        let start = sentence.range.start;
        let first = all.len();
        let mut from = 0;
        let turn = |at: usize| TURNS.iter().find(|t| text[at..].starts_with(**t)).map(|t| t.len());
        for (at, c) in text.char_indices() {
            let cut = match c {
                ';' | '\n' => Some(1),
                // Each turn begins with a blank.
                ' ' => turn(at),
                _ => None,
            };
            if let Some(long) = cut.filter(|_| at >= from) {
                all.push(start + from..start + at);
                from = at + long;
            }
        }
        all.push(start + from..sentence.range.end);
        if sentence.has(open) {
            let places: Vec<usize> = sentence.words.clone().filter(|i| prose.has(*i, open)).collect();
            let places: Vec<usize> = places.into_iter().map(|i| prose.bytes(i..i + 1).start).collect();
            let mut kept = all.split_off(first);
            kept.retain(|clause| !places.iter().any(|p| clause.contains(p)));
            all.append(&mut kept);
        }
    }
    all.retain(|c| c.len() <= LONGEST && prose.lower.get(c.clone()).is_some_and(|t| !t.trim().is_empty()));
    all
}

/// The texts of a session in lower case, as records are looked for in them. Read where a record seems to be contradicted.
struct Folded {
    /// The tools' answers, each with the event of the answer.
    answers: Texts<String>,
    /// What the user and the operator said.
    heard: Texts<String>,
    /// The arguments of the calls that may change something.
    changes: Texts<String>,
}

impl Folded {
    fn of(session: &Session<'_>) -> Self {
        let results = session.calls.iter().filter_map(|c| c.result.as_ref());
        let heard = session.messages.iter().filter(|m| m.role != Role::Assistant);
        let changes = session.calls.iter().filter(|c| c.known.effect.0 != Effect::Read);
        Folded {
            answers: results.filter_map(|r| Some((r.event, r.content?.text.to_lowercase()))).collect(),
            heard: heard.flat_map(|m| m.texts.iter().map(|t| (m.event, t.text.to_lowercase()))).collect(),
            changes: changes.filter_map(|c| Some((c.event, c.arguments?.text.to_lowercase()))).collect(),
        }
    }
}

/// True where something else may stand behind what was told: another text that has the record and the state, or a change of
/// the record after the list.
fn has_another_source(folded: &Folded, said: u32, table: &Table<'_>, item: &Item<'_>, state: &str) -> bool {
    item.labels.iter().any(|label| {
        let answers = folded.answers.holding(label).filter(|(_, event, _)| *event != table.event && *event < said);
        let heard = folded.heard.holding(label).filter(|(_, event, _)| *event < said);
        let changes = folded.changes.holding(label).filter(|(_, event, _)| table.event < *event && *event < said);
        answers.chain(heard).any(|(_, _, text)| table::has_word(text, state) && table::has_word(text, label))
            || changes.into_iter().any(|(_, _, text)| table::has_word(text, label))
    })
}

fn finding(
    detector: &CompletionNotTerminal,
    session: &Session<'_>,
    prose: &Prose<'_>,
    clause: &Range<usize>,
    call: &Call<'_>,
    item: &Item<'_>,
) -> Option<Finding> {
    let answer = call.result.as_ref()?;
    let tool = &call.name.text;
    let text = &prose.text.text[clause.clone()];
    let lead = text.len() - text.trim_start_matches(|c: char| c == ',' || c.is_whitespace()).len();
    let cite = Cite::of(prose.event, prose.text, clause.start + lead..clause.start + text.trim_end().len())?;
    let (key, value) = item.state;
    let member = cite_member(answer, key, value)?;
    // As the agent wrote it: the labels are in lower case.
    let said = &prose.lower[clause.clone()];
    let label = item.labels.iter().find(|l| table::has_word(said, l))?;
    let at = clause.start + said.find(label.as_str())?;
    let name = prose.text.text.get(at..at + label.len())?;
    let shown = short(member.text()).replace('`', "'");
    let title = format!("Claimed \"{}\" while `{tool}` returned `{shown}`", short(cite.text()));
    let detail = format!(
        "The agent says \"{}\", but in the result of `{tool}` the record of \"{name}\" has `{shown}`.",
        cite.text()
    );
    let mut finding = Finding::new(detector.id(), detector.category(), prose.event, title, cite)
        .path(PATH)
        .and(Some(member.clone()))
        .detail(detail)
        .rests_on(RestsOn::Assumption("what is said of a record is its state in the list that was looked up".into()))
        .tool(tool);
    finding.considered.push(Considered {
        event: answer.event,
        why: format!("`{tool}` shows a different state for this record"),
        cite: Some(member),
    });
    Some(if corrected_later(session, prose.event) { finding.outcome(Outcome::NearMiss) } else { finding })
}

#[cfg(test)]
mod tests;
