//! No "unknown" without its question.

use super::{Fault, Form, GateInput, Rule};
use crate::draft::Contribution;
use crate::record::edit::Section;
use crate::statement::{Answer, Question, Verdict};

/// Unknown is an answer as long as it says what to ask; a blank is none.
pub struct UnknownAsked;

impl Rule for UnknownAsked {
    fn id(&self) -> &'static str {
        "unknown-asked"
    }

    fn asks(&self) -> &'static str {
        "Every unknown has an open question."
    }

    fn applies(&self, form: Form) -> bool {
        form == Form::Full
    }

    fn check(&self, input: &GateInput<'_>) -> Vec<Fault> {
        let draft = input.draft;
        let mut faults = Vec::new();
        let mut answer = |section: Section, what: &str, answer: &Answer| {
            let why = match answer {
                Answer::Unknown(question) if is_asked(question) => return,
                Answer::Unknown(_) => "is unknown and has no open question",
                Answer::Known(said) if said.is_empty() => "has no answer and no question",
                Answer::Known(said) if said.iter().all(|s| s.verdict == Verdict::Rejected) => {
                    "has only rejected answers; add another one"
                }
                Answer::Known(_) => return,
            };
            faults.push(Fault::new(section, None, format!("“{what}” {why}.")));
        };
        draft.impact.iter().for_each(|i| answer(Section::Impact, &i.field, &i.answer));
        answer(Section::Trigger, "trigger", &draft.trigger);
        draft.delay.points.iter().for_each(|p| answer(Section::Delay, &p.point.replace('_', " "), &p.answer));
        answer(Section::Delay, "should have fired", &draft.delay.should_have_fired);
        for system in &draft.system {
            if system.verdict == Contribution::Unknown && !system.questions.iter().any(is_asked) {
                let name = system.question.replace('_', " ");
                let what = format!("“{name}” is unknown and has no open question. Decide whether it contributed.");
                faults.push(Fault::new(Section::System, None, what));
            }
        }
        let severity = &draft.severity;
        if input.level.is_none() && severity.level.is_none() && !severity.questions.iter().any(is_asked) {
            let what = "The severity is unknown and has no open question.";
            faults.push(Fault::new(Section::Severity, None, what));
        }
        faults
    }
}

fn is_asked(question: &Question) -> bool {
    !question.ask.trim().is_empty()
}
