//! Calls as text: agents after the ReAct pattern tell the model to write its calls as labeled lines, and hand it the tools'
//! answers in the same way. CrewAI and LangChain write `Action:`, `Action Input:` and `Observation:`, BeeAI writes
//! `Function Name:`, `Function Input:` and `Function Output:`.

use crate::item::{CallPart, Msg, MsgRole, Part, ResultPart};
use crate::json::parse_lenient;
use crate::model::{Text, Transport};

/// The labels of one way to write calls.
struct Dialect {
    call: &'static str,
    input: &'static str,
    answer: &'static str,
}

const DIALECTS: [Dialect; 2] = [
    Dialect { call: "Action:", input: "Action Input:", answer: "Observation:" },
    Dialect { call: "Function Name:", input: "Function Input:", answer: "Function Output:" },
];
const THOUGHT: &str = "Thought:";
const LAST: &str = "Final Answer:";

/// Takes calls, answers, thoughts and words in the messages of a request apart, where its instructions say that calls are
/// written as text. An answer of a tool that the model itself wrote is none, and stays among its words. False where they do
/// not say so.
pub fn untangle(input: &mut [Msg], output: &mut [Msg]) -> bool {
    let Some(dialect) = DIALECTS.iter().find(|d| input.iter().any(|msg| d.is_told_in(msg))) else { return false };
    let mut tool = None;
    for msg in input {
        match msg.role {
            MsgRole::Assistant => dialect.apart(msg, true, &mut tool),
            MsgRole::User | MsgRole::Tool => dialect.observation(msg, tool.as_deref()),
            _ => {}
        }
    }
    output.iter_mut().filter(|m| m.role == MsgRole::Assistant).for_each(|m| dialect.apart(m, false, &mut tool));
    true
}

/// Takes the call in a message apart to which a tool's answer follows: the record then says that it was made.
pub fn answered_call(msg: &mut Msg) {
    if msg.parts.iter().any(|part| matches!(part, Part::Call(_))) {
        return;
    }
    let mut tool = None;
    DIALECTS[0].apart(msg, false, &mut tool);
}

/// Takes the last words apart where they are written as a call: ToolBench ends a conversation by calling `Finish`, a tool that does not
/// exist, with the answer as an argument.
pub fn last_words(msg: &mut Msg) {
    const FINISH: (&str, &str) = ("Finish", "final_answer");
    let [Part::Text(text)] = &msg.parts[..] else { return };
    let Some(parts) = DIALECTS[0].split(text, false, &mut None) else { return };
    let finish = |part: &Part| matches!(part, Part::Call(call) if call.name.text == FINISH.0);
    if parts.iter().filter(|part| matches!(part, Part::Call(_))).count() != 1 || !parts.iter().any(finish) {
        return;
    }
    let words = |part: Part| match part {
        // Words with escapes in them have no place of their own.
        Part::Call(call) => call.arguments.map(|given| Part::Text(member(&given, FINISH.1).unwrap_or(given))),
        part => Some(part),
    };
    msg.parts = parts.into_iter().filter_map(words).collect();
}

/// A member of a text that is a JSON object, if it is written without escapes.
fn member(text: &Text, key: &str) -> Option<Text> {
    let (doc, _) = parse_lenient(text.text.as_bytes())?;
    let value = doc.root().get(key)?;
    let words = value.str()?;
    let from = value.start() as usize + 1;
    let own = text.slice(from, from + words.len())?;
    (own.text == words).then_some(own)
}

/// What a line begins with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Label {
    Thought,
    Call,
    Input,
    Answer,
    Last,
}

impl Dialect {
    /// True for instructions that hold all the labels.
    fn is_told_in(&self, msg: &Msg) -> bool {
        let told = |part: &Part| matches!(part, Part::Text(t) if [self.call, self.input, self.answer].iter().all(|l| t.text.contains(l)));
        matches!(msg.role, MsgRole::System | MsgRole::User) && msg.parts.iter().any(told)
    }

    fn label(&self, line: &str) -> Option<(Label, usize)> {
        let indent = line.len() - line.trim_start().len();
        let labels = [
            (self.input, Label::Input),
            (self.call, Label::Call),
            (self.answer, Label::Answer),
            (THOUGHT, Label::Thought),
            (LAST, Label::Last),
        ];
        let found = labels.into_iter().find(|(label, _)| line[indent..].starts_with(label))?;
        Some((found.1, indent + found.0.len()))
    }

    fn apart(&self, msg: &mut Msg, answered: bool, tool: &mut Option<String>) {
        let mut parts = Vec::with_capacity(msg.parts.len());
        for part in std::mem::take(&mut msg.parts) {
            match part {
                Part::Text(text) => match self.split(&text, answered, tool) {
                    Some(found) => parts.extend(found),
                    None => parts.push(Part::Text(text)),
                },
                part => parts.push(part),
            }
        }
        msg.parts = parts;
    }

    /// The parts of a text; none where it has no call and no last answer.
    fn split(&self, text: &Text, answered: bool, tool: &mut Option<String>) -> Option<Vec<Part>> {
        // Each label, with the bytes from its value's start to the next label.
        let mut pieces: Vec<(Label, usize, usize)> = vec![(Label::Thought, 0, 0)];
        let mut at = 0;
        let mut words = false;
        for line in text.text.split_inclusive('\n') {
            let found = self.label(line).filter(|(label, _)| !words || *label != Label::Answer);
            if let Some((label, from)) = found.filter(|_| !words) {
                pieces.last_mut()?.2 = at;
                pieces.push((label, at + from, 0));
                // What follows is words, with labels or without.
                words = label == Label::Last || (label == Label::Answer && !answered);
                if label == Label::Answer && !answered {
                    pieces.last_mut()?.1 = at;
                }
            }
            at += line.len();
        }
        pieces.last_mut()?.2 = text.text.len();
        if !pieces.iter().any(|(label, ..)| matches!(label, Label::Call | Label::Last)) {
            return None;
        }
        // A value that is no part of the record's own text could not be cited.
        text.slice(0, 0)?;
        let mut parts = Vec::new();
        for (n, &(label, from, to)) in pieces.iter().enumerate() {
            let value = text.trimmed(from, to);
            match label {
                Label::Thought => parts.extend(value.map(Part::Reasoning)),
                Label::Call => {
                    let name = value?;
                    *tool = Some(name.text.clone());
                    let next = pieces.get(n + 1).filter(|(label, ..)| *label == Label::Input);
                    let arguments = next.and_then(|&(_, from, to)| text.trimmed(from, to));
                    parts.push(Part::Call(CallPart { id: None, name, arguments }));
                }
                Label::Input => {}
                Label::Answer if answered => {
                    let loc = value.as_ref().map_or(text.loc, |v| v.loc);
                    parts.push(Part::Result(result(value, tool.clone(), loc)));
                }
                Label::Answer | Label::Last => parts.extend(value.map(Part::Text)),
            }
        }
        Some(parts)
    }

    /// A message that is nothing but a tool's answer.
    fn observation(&self, msg: &mut Msg, tool: Option<&str>) {
        let [Part::Text(text)] = &msg.parts[..] else { return };
        let Some(tool) = tool.filter(|_| text.text.trim_start().starts_with(self.answer)) else { return };
        let from = text.text.find(self.answer).unwrap_or_default() + self.answer.len();
        let Some(value) = text.trimmed(from, text.text.len()) else { return };
        let loc = value.loc;
        msg.parts = vec![Part::Result(result(Some(value), Some(tool.to_owned()), loc))];
        msg.role = MsgRole::Tool;
    }
}

fn result(content: Option<Text>, name: Option<String>, loc: crate::locator::Loc) -> ResultPart {
    ResultPart { id: None, name, arguments: None, content, transport: Transport::Unknown, error: None, loc }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locator::{Form, Loc};

    const HERE: Loc = Loc { base: 0, at: 0, form: Form::Own };
    const RULES: &str = "Use:\nThought: think\nAction: the tool\nAction Input: JSON\nObservation: its answer";

    fn msg(role: MsgRole, words: &str) -> Msg {
        let mut msg = Msg::new(role, HERE);
        msg.parts.push(Part::Text(Text { text: words.to_owned(), loc: HERE }));
        msg
    }

    fn told(msg: &Msg) -> Vec<String> {
        let short = |part: &Part| match part {
            Part::Text(t) => format!("says {}", t.text),
            Part::Reasoning(t) => format!("thinks {}", t.text),
            Part::Call(c) => format!("calls {} {}", c.name.text, c.arguments.as_ref().map_or("", |a| &a.text)),
            Part::Result(r) => {
                format!("{} answers {}", r.name.as_deref().unwrap_or("?"), r.content.as_ref().unwrap().text)
            }
            other => format!("{other:?}"),
        };
        msg.parts.iter().map(short).collect()
    }

    #[test]
    fn a_call_its_answer_and_the_last_words_are_taken_apart() {
        let mut input = [
            msg(MsgRole::System, RULES),
            msg(MsgRole::User, "Tide?"),
            msg(
                MsgRole::Assistant,
                "I look.\nAction: tide\nAction Input: {\n \"a\": 1}\nObservation: 3 m\nThought: more\nAction: sea",
            ),
            msg(MsgRole::User, "Observation: calm"),
        ];
        let mut output = [msg(MsgRole::Assistant, "Thought: done\nFinal Answer: 3 m.\nAction: none needed")];
        untangle(&mut input, &mut output);
        assert_eq!(
            told(&input[2]),
            ["thinks I look.", "calls tide {\n \"a\": 1}", "tide answers 3 m", "thinks more", "calls sea "]
        );
        assert_eq!(told(&input[3]), ["sea answers calm"]);
        assert_eq!(told(&output[0]), ["thinks done", "says 3 m.\nAction: none needed"]);
    }

    #[test]
    fn an_answer_that_the_model_made_up_is_no_answer() {
        let mut output =
            [msg(MsgRole::Assistant, "Action: tide\nAction Input: {}\nObservation: 9 m\nFinal Answer: 9 m")];
        untangle(&mut [msg(MsgRole::System, RULES)], &mut output);
        assert_eq!(told(&output[0]), ["calls tide {}", "says Observation: 9 m\nFinal Answer: 9 m"]);
    }

    #[test]
    fn without_such_instructions_words_are_words() {
        let mut output = [msg(MsgRole::Assistant, "Action: tide\nAction Input: {}")];
        untangle(&mut [msg(MsgRole::User, "Take action: now")], &mut output);
        assert_eq!(told(&output[0]), ["says Action: tide\nAction Input: {}"]);
    }
}
