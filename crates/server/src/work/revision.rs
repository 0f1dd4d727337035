//! What a revision changed.

use super::retro::parse;
use crate::failure::Failure;
use crate::fair;
use crate::state::App;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::difference::{self, Kind, Line};
use hindcast_retro::record::edit::{Section, lines};
use hindcast_store::{Conn, StoreError, Viewer, retros};
use hindcast_trace::Stop;

/// Lines shown around each change.
const AROUND: usize = 2;

/// The lines of a difference that changed, with a little around them.
fn near_changes(lines: Vec<Line>) -> Vec<Line> {
    let is_near = |at: usize| {
        let from = at.saturating_sub(AROUND);
        let to = (at + AROUND + 1).min(lines.len());
        lines[from..to].iter().any(|l| l.kind != Kind::Same)
    };
    let kept: Vec<bool> = (0..lines.len()).map(is_near).collect();
    lines.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(line, _)| line).collect()
}

/// What a revision did, in words that follow a name.
pub fn words(change: &str) -> String {
    match change {
        "drafted" => "drafted from the evidence".to_owned(),
        "lead_promoted" => "promoted a lead to a finding".to_owned(),
        "lead_dismissed" => "dismissed a lead".to_owned(),
        "lead_reopened" => "opened a lead again".to_owned(),
        "redrafted" => "drafted anew from the evidence".to_owned(),
        "waived" => "waived a check:".to_owned(),
        "waiver_withdrawn" => "withdrew the waiver of".to_owned(),
        "review_ended" => "ended the review:".to_owned(),
        section => section.parse::<Section>().map_or_else(|_| section.to_owned(), |s| format!("edited {}", s.label())),
    }
}

/// Revisions that are named one by one at most.
const NAMED: i64 = 5;

/// Who did what to a retro after a revision that somebody read, in one sentence.
pub async fn since(conn: &mut Conn, viewer: &Viewer, number: i64, read: i64) -> Result<String, StoreError> {
    let mut all = retros::revisions_before(conn, viewer, number, None, NAMED + 1).await?;
    all.retain(|r| r.number > read);
    let more = i64::try_from(all.len()).is_ok_and(|n| n > NAMED);
    let told = all.iter().take(NAMED as usize).map(|r| {
        let what = format!("{} {} {}", r.name, words(&r.change), r.reason);
        format!("{} ({})", what.trim(), r.at.strftime("%Y-%m-%d %H:%M UTC"))
    });
    let list: Vec<String> = told.collect();
    Ok(match list.is_empty() {
        true => format!("The retro has no revision {read}."),
        false => {
            let more = if more { "; and more before that" } else { "" };
            format!("The retro has changed since you read revision {read}: {}{more}.", list.join("; "))
        }
    })
}

/// A revision's draft, and what it changed in each section against the one before.
pub async fn changed(
    app: &App,
    viewer: &Viewer,
    number: i64,
    revision: i64,
) -> Result<(Draft, Vec<(Section, Vec<Line>)>), Failure> {
    fair::needs_own_share("comparing revisions");
    let (after, before) = {
        let conn = &mut *app.store.reader().await?;
        let after = retros::revision(conn, viewer, number, revision).await?;
        let before = match revision {
            1 => None,
            _ => Some(retros::revision(conn, viewer, number, revision - 1).await?),
        };
        (after, before)
    };
    let work = move |stop: &Stop| {
        let after = parse(&after, stop)?;
        let before = before.as_deref().map(|before| parse(before, stop)).transpose()?;
        let mut all = Vec::new();
        for section in Section::ALL {
            if stop.is_set() {
                return Err(Failure::Ended);
            }
            let old = before.as_ref().map(|d| lines(d, section)).unwrap_or_default();
            let changed = near_changes(difference::lines(&old, &lines(&after, section)));
            if !changed.is_empty() {
                all.push((section, changed));
            }
        }
        Ok((after, all))
    };
    app.pools.pages.run(work).await?
}
