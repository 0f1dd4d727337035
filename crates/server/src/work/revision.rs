//! What a revision changed.

use super::retro::parse;
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::difference::{self, Kind, Line};
use hindcast_retro::record::edit::{Section, lines};
use hindcast_store::{Viewer, retros};

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

/// A revision's draft, and what it changed in each section against the one before.
pub async fn changed(
    app: &App,
    viewer: &Viewer,
    number: i64,
    revision: i64,
) -> Result<(Draft, Vec<(Section, Vec<Line>)>), Failure> {
    let conn = &mut *app.store.reader().await?;
    let after = parse(&retros::revision(conn, viewer, number, revision).await?)?;
    let before = match revision {
        1 => None,
        _ => Some(parse(&retros::revision(conn, viewer, number, revision - 1).await?)?),
    };
    let of = |section: Section| {
        let old = before.as_ref().map(|d| lines(d, section)).unwrap_or_default();
        (section, near_changes(difference::lines(&old, &lines(&after, section))))
    };
    let all: Vec<_> = Section::ALL.into_iter().map(of).filter(|(_, lines)| !lines.is_empty()).collect();
    Ok((after, all))
}
