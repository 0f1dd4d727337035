//! A draft whose every text wants to be something else.

use super::{fact, quote, rich, said};
use hindcast_retro::Draft;
use hindcast_retro::draft::{Deadline, Decided, EvidenceRef, Note};
use hindcast_retro::statement::{Answer, Basis, Origin, Question, Statement};

/// Texts that would do harm, or break the page's order, where they are not written as what they are.
pub const ATTACKS: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "\u{202e}gnitset\u{202c} \u{200b}\u{e0041}\u{0}end;\r\n%%{init: {}}%%",
    "`</style><script>` ``` --> ]]> {{ title }} {% include %}",
    "👩\u{200d}💻 مرحبا 日本語 🏳️\u{200d}🌈",
];

/// The rich draft with attacks in the place of its texts.
pub fn hostile() -> Draft {
    let mut n = 0;
    let mut next = || {
        n += 1;
        ATTACKS[n % ATTACKS.len()].to_owned()
    };
    let long = "x".repeat(5000);
    let mut draft = rich();
    draft.title = next();
    draft.session.key = format!("{}{long}", next());
    draft.session.format = next();
    draft.session.agents = vec![next(), next()];
    draft.session.models = vec![next(), next(), next()];
    draft.session.started = Some(next());
    draft.evidence[0] = EvidenceRef { name: format!("{}{}", next(), next()), ..draft.evidence[0].clone() };
    draft.missing_data = vec![next(), long.clone()];
    draft.severity.level = Some(200);
    draft.severity.means = next();
    draft.severity.response = next();
    draft.severity.remarks = vec![next(), next()];
    draft.severity.deadlines = vec![Deadline { what: next(), due: Some(next()), explanation: next() }];
    draft.severity.questions = vec![Question { entry: next(), ask: next() }];
    for item in &mut draft.impact {
        item.field = next();
        item.answer = Answer::Unknown(Question { entry: next(), ask: next() });
    }
    for (i, entry) in draft.timeline.entries.iter_mut().enumerate() {
        entry.name = Some(next());
        entry.at = (i % 3 > 0).then(&mut next);
        let text = if i == 4 { long.clone() } else { next() };
        let mut cited = quote(100 + i as u32, i as u32 + 1, &text);
        if i % 4 == 1 {
            cited.id = format!("{} {i}", next());
        }
        entry.statement = said(Origin::Detector(next()), &next(), &cited);
        entry.statement.original = Some(next());
    }
    for finding in draft.behavior.flags_mut() {
        finding.title = next();
        finding.reliability = next();
        finding.tools = vec![next(), next()];
        finding.statement = Statement::new(
            Origin::Person(next()),
            next(),
            Basis::Absence { sought: next(), from_event: 1, to_event: 9 },
            [Basis::Measurement { k: 1, n: 2, interval_ppm: (0, 1_000_000), corpus: next(), signature: next() }],
        );
        finding.statement.reason = Some(next());
        for considered in &mut finding.considered {
            considered.why = next();
        }
    }
    for coverage in &mut draft.behavior.coverage {
        coverage.detector = next();
        coverage.looks_for = next();
        coverage.not_assessed = vec![next()];
    }
    for answer in &mut draft.system {
        answer.question = next();
        answer.ask = next();
        answer.counterfactual = Some(next());
        answer.statements = vec![fact(1, &next(), &next())];
    }
    for point in &mut draft.delay.points {
        point.point = next();
        point.at = Some(next());
    }
    for gap in &mut draft.delay.gaps {
        gap.from = next();
        gap.seconds = i64::MIN;
    }
    for item in &mut draft.actions.items {
        item.title = next();
        item.question = next();
        item.findings.push(next());
        item.verification = next();
        item.owner = Some(next());
        item.due = Some(long.clone());
        item.origin = Origin::Person(next());
    }
    draft.actions.inadequate = Some(next());
    draft.notes = vec![Note::new(&next(), next()), Note::new("impact", next())];
    draft.severity.decided = Some(Decided { level: 201, by: Some(next()), reason: Some(next()) });
    draft
}
