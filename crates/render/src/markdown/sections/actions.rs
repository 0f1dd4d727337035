//! Section 7: action items.

use super::super::escape::plain;
use super::super::out::Out;
use super::super::words::{NO_DATE, NOBODY, verdict};
use super::{either, end};
use hindcast_retro::Draft;
use hindcast_retro::draft::ActionItem;
use hindcast_retro::merge::is_removed;
use hindcast_retro::statement::{Origin, Verdict};

pub fn actions(draft: &Draft, out: &mut Out<'_>) {
    out.line("## 7. Action items");
    out.blank();
    if let Some(why) = &draft.actions.inadequate {
        out.line(format!("> **Inadequate:** {}", plain(why)));
        out.blank();
    }
    if draft.actions.items.is_empty() {
        out.line("No actions: there are no findings.");
    }
    for item in &draft.actions.items {
        match item.reason.as_deref() {
            // It stays out, and is remembered as the machine's, so that it is known to be out the next time.
            Some(reason) if is_removed(reason) => out.hidden(|out| action(draft, item, out)),
            _ => action(draft, item, out),
        }
    }
    end("actions", out);
}

/// Findings that an action names.
const NAMED: usize = 5;

fn action(draft: &Draft, item: &ActionItem, out: &mut Out<'_>) {
    let number = |id: &String| draft.behavior.findings.iter().position(|f| f.statement.id == *id);
    let numbers: Vec<usize> = item.findings.iter().filter_map(number).map(|i| i + 1).collect();
    let more = numbers.len().saturating_sub(NAMED);
    let mut numbers: String = numbers.iter().take(NAMED).map(|n| format!("finding {n}, ")).collect();
    if more > 0 {
        numbers.push_str(&format!("{more} more, "));
    }
    let checked = if item.done { "x" } else { " " };
    let title = format!("- [{checked}] **{}**: {}", plain(item.label()), plain(&item.title));
    let proof = format!("  - Verification: {}", plain(&item.verification));
    if matches!(item.origin, Origin::Person(_)) {
        out.person(&title);
        out.person(&proof);
        out.person(&format!("  - Owner: {}", plain(item.owner.as_deref().unwrap_or(NOBODY))));
        out.person(&format!("  - Due: {}", plain(item.due.as_deref().unwrap_or(NO_DATE))));
        return;
    }
    let by_hand = |field: &str| draft.by_hand.instead.contains_key(&format!("action.{}.{field}", item.id));
    let anew = item.verdict == Verdict::Edited || item.original.is_some();
    let line = match anew && numbers.is_empty() {
        true => format!("{title} <!-- {} -->", item.id),
        false => format!("{title} ({numbers}{}) <!-- {} -->", item.question.replace('_', " "), item.id),
    };
    // Without its line an action is out as a whole; what a person only wrote another way, such as its label, is not gone.
    out.whole(|out| either(anew || by_hand("category") || by_hand("label"), &line, out));
    let proven = by_hand("verification");
    either(proven, &format!("{proof} <!-- proof {} -->", item.id), out);
    duty("Owner", "owner", item.owner.as_deref(), NOBODY, &item.id, out);
    duty("Due", "due", item.due.as_deref(), NO_DATE, &item.id, out);
    let line = format!("  - Verdict: {} <!-- verdict {} -->", verdict(item.verdict, item.reason.as_deref()), item.id);
    either(item.verdict != Verdict::Open, &line, out);
}

fn duty(label: &str, key: &str, value: Option<&str>, none: &str, id: &str, out: &mut Out<'_>) {
    match value {
        Some(value) => out.person(&format!("  - {label}: {} <!-- {key} {id} -->", plain(value))),
        None => out.line(format!("  - {label}: {none} <!-- {key} {id} -->")),
    }
}
