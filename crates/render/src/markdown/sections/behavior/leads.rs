//! What is worth checking: leads in a list that opens on a click.

use super::super::super::escape::plain;
use super::super::super::out::Out;
use super::super::super::words;
use super::super::{by_person, either, statement_line};
use super::{considered, reliability, verdict_line};
use crate::many::LEADS_IN_FULL;
use hindcast_retro::Draft;
use hindcast_retro::draft::FindingEntry;
use hindcast_retro::statement::Verdict;

/// How the line of a lead begins.
pub const LEAD: &str = "- **Lead ";

pub fn leads(draft: &Draft, out: &mut Out<'_>) {
    let leads = &draft.behavior.leads;
    let shown = leads.iter().enumerate().filter(|(i, lead)| !out.is_out(&line(*i, lead)));
    let (dismissed, open): (Vec<&FindingEntry>, Vec<&FindingEntry>) =
        shown.map(|(_, lead)| lead).partition(|lead| lead.statement.verdict == Verdict::Rejected);
    match (leads.len(), open.len(), dismissed.len()) {
        (0, ..) => {}
        // A person took out all of them: nothing is left to introduce.
        (_, 0, 0) => out.hidden(|out| each(leads, out)),
        (_, open, dismissed) => list(leads, &words::leads(open, dismissed), out),
    }
}

/// The first line of a lead.
fn line(index: usize, lead: &FindingEntry) -> String {
    let before = format!("{LEAD}{}, event {}, {}**: ", index + 1, lead.event, plain(&lead.title));
    statement_line(&lead.statement, &before)
}

fn list(leads: &[FindingEntry], title: &str, out: &mut Out<'_>) {
    out.line("<details>");
    out.line(format!("<summary>{title}</summary>"));
    out.blank();
    out.line(format!(
        "{} To promote a lead, write `Verdict: confirmed` below it; to dismiss it, write `Verdict: rejected: why`. Then draft again with `--update`.",
        crate::many::LEADS_MEAN
    ));
    out.blank();
    each(leads, out);
    out.blank();
    out.line("</details>");
    out.blank();
}

fn each(leads: &[FindingEntry], out: &mut Out<'_>) {
    for (i, lead) in leads.iter().enumerate() {
        either(by_person(&lead.statement), &line(i, lead), out);
        if leads.len() <= LEADS_IN_FULL {
            considered(lead, out);
        }
        reliability(lead, "  - ", out);
        either(lead.statement.verdict != Verdict::Open, &verdict_line(&lead.statement, "  - "), out);
    }
}
