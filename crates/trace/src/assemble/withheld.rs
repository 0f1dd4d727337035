//! Takes placeholders for what it is that they stand for: content that is not here.

use crate::hash::HashSet;
use crate::item::{Item, Msg, Part, ToolRun};
use crate::model::{Event, EventKind, Gap, GapKind, Text, Verdict};
use crate::payload;

/// Formats of programs that watch agents.
const RECORDERS: [&str; 9] =
    ["otlp", "langfuse", "langsmith", "opik", "weave", "braintrust", "datadog", "mastra", "litellm"];

/// True for the format of a program that watches agents and may record less than they saw.
pub fn is_beside(format: &str) -> bool {
    RECORDERS.contains(&format)
}

/// What was shortened so far: requests repeat it.
pub struct Withheld {
    litellm: bool,
    /// True where a program beside the agent recorded it: what the agent's own file says of a result is what the agent saw.
    beside: bool,
    told: HashSet<String>,
    gaps: Vec<Gap>,
}

impl Withheld {
    /// Takes the placeholders out of all sightings, and says which texts were shortened.
    pub fn take<'i>(items: impl Iterator<Item = &'i mut Item>, format: &str) -> Vec<Gap> {
        let beside = is_beside(format);
        let mut all = Withheld { litellm: format == "litellm", beside, told: HashSet::default(), gaps: Vec::new() };
        let mut stopped = false;
        for item in items {
            // What a guard put in the place of a message is what was heard, and its own event tells the rest.
            if !(stopped && matches!(item, Item::Message(_))) {
                all.item(item);
            }
            stopped = matches!(
                item,
                Item::Event(Event { kind: EventKind::Guardrail { verdict: Verdict::Triggered, .. }, .. })
            );
        }
        all.gaps
    }

    fn item(&mut self, item: &mut Item) {
        match item {
            Item::Message(msg) | Item::Answer(_, msg) => self.message(msg),
            Item::Transcript(all) => all.messages.iter_mut().for_each(|msg| self.message(msg)),
            Item::Model(run) | Item::Rest(_, run) => {
                run.input.iter_mut().chain(&mut run.output).for_each(|msg| self.message(msg));
            }
            Item::Tool(run) => self.tool(run),
            Item::Within(_, inner) => self.item(inner),
            Item::Event(_) => {}
        }
    }

    fn message(&mut self, msg: &mut Msg) {
        for part in &mut msg.parts {
            match part {
                Part::Text(text) if payload::is_withheld(&text.text) => *part = payload::in_place_of(text),
                Part::Text(text) => {
                    self.shortened(text, "a message");
                    self.marked(text);
                }
                Part::Call(call) => drop_withheld(&mut call.arguments),
                Part::Result(result) => {
                    drop_withheld(&mut result.content);
                    drop_withheld(&mut result.error);
                    result.content.iter().for_each(|text| self.shortened(text, "a tool result"));
                }
                _ => {}
            }
        }
    }

    fn tool(&mut self, run: &mut ToolRun) {
        [&mut run.arguments, &mut run.content, &mut run.error].into_iter().for_each(drop_withheld);
        run.content.iter().for_each(|text| self.shortened(text, "a tool result"));
    }

    /// A text that its recorder shortened stays, and is no whole.
    fn shortened(&mut self, text: &Text, whose: &str) {
        let by_litellm = || self.litellm && payload::is_shortened_by_litellm(&text.text);
        if (payload::is_shortened(&text.text) || by_litellm()) && self.told.insert(text.text.to_string()) {
            let what = format!("the recorder shortened {whose}: the rest is missing");
            self.gaps.push(Gap { kind: GapKind::ContentTruncated, what, loc: Some(text.loc), event: None });
        } else if self.beside && payload::is_marked_short(&text.text) && self.told.insert(text.text.to_string()) {
            let what = format!(
                "{whose} ends with a mark that it was shortened: the rest is missing, unless the agent saw no more of it either"
            );
            self.gaps.push(Gap { kind: GapKind::ContentTruncated, what, loc: Some(text.loc), event: None });
        }
    }

    /// A message that ends with how much of it was left out. Who left it out is not told.
    fn marked(&mut self, text: &Text) {
        if payload::ends_cut(&text.text) && self.told.insert(text.text.to_string()) {
            let what = "a message is marked as shortened: the rest of it is missing".to_owned();
            self.gaps.push(Gap { kind: GapKind::ContentTruncated, what, loc: Some(text.loc), event: None });
        }
    }
}

fn drop_withheld(text: &mut Option<Text>) {
    if text.as_ref().is_some_and(|text| payload::is_withheld(&text.text)) {
        *text = None;
    }
}
