//! What model calls hold already, so that steps around them do not tell it again.

use crate::hash::{HashMap, HashSet};
use crate::item::{Item, Msg, MsgRole, Part};
use crate::model::{Text, Transport};

/// How often model calls hold each message, in the one of them that holds it most often.
pub struct Known {
    often: HashMap<(MsgRole, String), usize>,
    /// The IDs of calls, and apart from them (`true`) those of results.
    ids: HashSet<(bool, String)>,
}

impl Known {
    /// What these hold.
    pub fn of<'i>(items: impl IntoIterator<Item = &'i Item>) -> Self {
        let mut known = Known { often: HashMap::default(), ids: HashSet::default() };
        for item in items {
            match item {
                Item::Model(run) => {
                    let mut here: HashMap<(MsgRole, String), usize> = HashMap::default();
                    for msg in run.input.iter().chain(&run.output) {
                        known.ids.extend(ids(msg));
                        *here.entry((msg.role, words(msg))).or_default() += 1;
                    }
                    for (print, count) in here {
                        let most = known.often.entry(print).or_default();
                        *most = count.max(*most);
                    }
                }
                Item::Tool(run) => {
                    let answered = run.transport != Transport::Missing;
                    known.ids.extend(run.id.iter().map(|id| (false, id.clone())));
                    known.ids.extend(run.id.iter().filter(|_| answered).map(|id| (true, id.clone())));
                }
                _ => {}
            }
        }
        known
    }

    /// True where any of these messages holds what is not known.
    pub fn lacks(&self, messages: &[Msg]) -> bool {
        messages.iter().filter(|msg| msg.role != MsgRole::System).any(|msg| {
            let mut named = ids(msg).peekable();
            match named.peek().is_some() {
                true => named.any(|id| !self.ids.contains(&id)),
                false => !words(msg).is_empty() && !self.often.contains_key(&(msg.role, words(msg))),
            }
        })
    }

    /// Leaves what is not known, and knows it from then on.
    pub fn strike(&mut self, messages: &mut Vec<Msg>) {
        let mut here: HashMap<(MsgRole, String), usize> = HashMap::default();
        messages.retain(|msg| {
            if msg.role == MsgRole::System {
                return false;
            }
            let mut named = ids(msg).peekable();
            if named.peek().is_some() {
                let fresh = named.any(|id| !self.ids.contains(&id));
                self.ids.extend(ids(msg));
                return fresh;
            }
            let print = (msg.role, words(msg));
            let count = here.entry(print.clone()).or_default();
            *count += 1;
            let most = self.often.entry(print).or_default();
            let fresh = *count > *most;
            *most = (*most).max(*count);
            fresh
        });
    }
}

fn ids(msg: &Msg) -> impl Iterator<Item = (bool, String)> {
    msg.parts.iter().filter_map(|part| match part {
        Part::Call(call) => Some((false, call.id.clone()?)),
        Part::Result(result) => Some((true, result.id.clone()?)),
        _ => None,
    })
}

/// The words of a message without white space, which is not the same everywhere.
fn words(msg: &Msg) -> String {
    let text = |part: &Part| if let Part::Text(t) = part { Some(squeeze(t)) } else { None };
    msg.parts.iter().filter_map(text).collect()
}

fn squeeze(text: &Text) -> String {
    text.text.split_whitespace().collect()
}
