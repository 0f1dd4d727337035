//! The severity at the head: the level in force, who decided, why it is proposed, what is due.

use super::super::escape::plain;
use super::super::out::Out;
use super::statement;
use hindcast_retro::Draft;
use hindcast_retro::statement::Question;

/// The text with a capital at its beginning.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect())
}

pub fn severity(draft: &Draft, out: &mut Out<'_>) {
    let severity = &draft.severity;
    let level = |level: Option<u8>| level.map_or("none".to_owned(), |l| format!("Sev {l}"));
    let name = if severity.decided.is_some() { "Severity" } else { "Proposed severity" };
    let told = match severity.in_force() {
        Some(_) => format!("({}). {}.", plain(&severity.means), sentence(&plain(&severity.response))),
        None => "until the questions below are answered.".to_owned(),
    };
    out.line(format!("**{name}: {}** {told} <!-- severity level -->", level(severity.in_force())));
    if let Some(decision) = &severity.decision {
        out.blank();
        out.line(plain(decision));
    }
    out.blank();
    match &severity.decided {
        Some(decided) => {
            out.person(&format!("- Decided: {} <!-- severity decided -->", plain(&decided.to_string())));
            out.line(format!("- Proposed: {}", level(severity.level)));
        }
        None => out.line("- Decided: open <!-- severity decided -->"),
    }
    for reason in &severity.reasons {
        statement(reason, "- ", out);
    }
    for remark in &severity.remarks {
        out.line(format!("- Note: {}", plain(remark)));
    }
    let here = if draft.is_short() { &[][..] } else { &severity.questions };
    for question in here {
        out.line(format!("- Open: {}", asked(question)));
    }
    for deadline in &severity.deadlines {
        let due = deadline.due.as_ref().map_or("unknown".to_owned(), |d| plain(d));
        out.line(format!("- Due, {}: **{due}** ({})", deadline.what, plain(&deadline.explanation)));
    }
}

/// A question with the entries of a facts file that answer it.
pub fn asked(question: &Question) -> String {
    let entries: Vec<String> = question.entries().iter().map(|e| format!("`{e}`")).collect();
    format!("{} ({})", plain(&question.ask), entries.join(", "))
}
