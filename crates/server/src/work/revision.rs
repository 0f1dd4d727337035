//! What a revision changed.

use hindcast_retro::record::difference::{Kind, Line};

/// Lines shown around each change.
const AROUND: usize = 2;

/// The lines of a difference that changed, with a little around them.
pub fn near_changes(lines: Vec<Line>) -> Vec<Line> {
    let is_near = |at: usize| {
        let from = at.saturating_sub(AROUND);
        let to = (at + AROUND + 1).min(lines.len());
        lines[from..to].iter().any(|l| l.kind != Kind::Same)
    };
    let kept: Vec<bool> = (0..lines.len()).map(is_near).collect();
    lines.into_iter().zip(kept).filter(|(_, kept)| *kept).map(|(line, _)| line).collect()
}
