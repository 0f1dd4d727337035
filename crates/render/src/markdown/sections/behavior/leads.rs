//! What is worth checking: leads in a list that opens on a click.

use super::super::super::escape::plain;
use super::super::super::out::Out;
use super::super::{either, statement};
use super::{considered, reliability, verdict_line};
use crate::many::LEADS_IN_FULL;
use hindcast_retro::Draft;
use hindcast_retro::statement::Verdict;

/// How the line of a lead begins.
pub const LEAD: &str = "- **Lead ";

pub fn leads(draft: &Draft, out: &mut Out<'_>) {
    let leads = &draft.behavior.leads;
    if leads.is_empty() {
        return;
    }
    let count = if leads.len() == 1 { "1 lead".to_owned() } else { format!("{} leads", leads.len()) };
    out.line("<details>");
    out.line(format!("<summary>Worth checking: {count}</summary>"));
    out.blank();
    out.line(format!(
        "{} To promote a lead, write `Verdict: confirmed` below it; to dismiss it, write `Verdict: rejected: why`. Then draft again with `--update`.",
        crate::many::LEADS_MEAN
    ));
    out.blank();
    for (i, lead) in leads.iter().enumerate() {
        let title = plain(&lead.title);
        statement(&lead.statement, &format!("{LEAD}{}, event {}, {title}**: ", i + 1, lead.event), out);
        if leads.len() <= LEADS_IN_FULL {
            considered(lead, out);
        }
        reliability(lead, "  - ", out);
        either(lead.statement.verdict != Verdict::Open, &verdict_line(&lead.statement, "  - "), out);
    }
    out.blank();
    out.line("</details>");
    out.blank();
}
