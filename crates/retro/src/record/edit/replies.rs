//! A person's answers to open questions.

use super::{Author, EditFault, Reply, Section, check};
use crate::draft::Draft;
use crate::merge::{leading_time, put_reply, retime};
use crate::statement::{Answer, Basis, Origin, Statement, Verdict};

/// Answers open questions of a section.
pub fn answer(draft: &mut Draft, section: Section, replies: &[Reply], author: &Author, faults: &mut Vec<EditFault>) {
    check::once("replies", replies.iter().map(|r| r.entry.as_str()), faults);
    for reply in replies {
        let field = format!("replies.{}", reply.entry);
        let Some(text) = check::required(&field, &reply.text, faults) else { continue };
        let asked = open(draft, section).into_iter().find(|(place, entry)| [place, entry].contains(&&reply.entry));
        let Some((place, entry)) = asked else {
            faults.push(EditFault::new(field, format!("is not an open question in “{}”", section.label())));
            continue;
        };
        let value = leading_time(&text).map_or_else(|| text.clone(), |t| t.to_string());
        // Line 0: it stands in no file.
        let file = format!("{}, {}", author.name, author.at);
        let said =
            Statement::new(Origin::Person(author.name.clone()), text, Basis::Fact { file, line: 0, entry, value }, []);
        if !put_reply(draft, &place, &said) {
            faults.push(EditFault::new(field, "is not in this retro"));
        }
    }
    if section == Section::Delay {
        retime(&mut draft.delay);
    }
}

/// What is open in a section: the place of the answer, and the entry of the question.
fn open(draft: &Draft, section: Section) -> Vec<(String, String)> {
    // Where every answer was rejected, another one is asked for.
    let entry = |answer: &Answer, place: &str| match answer {
        Answer::Unknown(question) => Some(question.entry.clone()),
        Answer::Known(said) => said.iter().all(|s| s.verdict == Verdict::Rejected).then(|| place.to_owned()),
    };
    let ask = |place: String, answer: &Answer| entry(answer, &place).map(|entry| (place, entry));
    match section {
        Section::Severity => {
            draft.severity.questions.iter().map(|q| ("severity".to_owned(), q.entry.clone())).collect()
        }
        Section::Impact => draft.impact.iter().filter_map(|i| ask(format!("impact.{}", i.field), &i.answer)).collect(),
        Section::Trigger => ask("trigger".to_owned(), &draft.trigger).into_iter().collect(),
        Section::System => {
            let asked = draft.system.iter().flat_map(|a| a.questions.iter().map(move |q| (a, q)));
            asked.map(|(a, q)| (format!("system.{}", a.question), q.entry.clone())).collect()
        }
        Section::Delay => {
            let points = draft.delay.points.iter().filter_map(|p| ask(format!("delay.{}", p.point), &p.answer));
            points.chain(ask("delay.should_have_fired".to_owned(), &draft.delay.should_have_fired)).collect()
        }
        Section::Timeline | Section::Behavior | Section::Actions => Vec::new(),
    }
}
