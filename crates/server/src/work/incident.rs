//! Opening an incident, and changing it.

use super::set_due;
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::record::incident::{Moment, Point};
use hindcast_store::incidents::{self, New};
use hindcast_store::{Act, Tx};
use jiff::Timestamp;

/// Characters of a title at most: it is one line.
pub const TITLE: usize = 200;
/// Characters of a summary at most.
pub const SUMMARY: usize = 20_000;
/// Characters of an agent's name at most.
pub const AGENT: usize = 100;
/// Characters of a ticket's reference at most.
pub const TICKET: usize = 200;
/// Characters of a written reason at most.
pub const REASON: usize = 2000;
/// Characters of where a time is recorded at most.
pub const SOURCE: usize = 500;
/// Characters of who reached a point at most.
pub const BY: usize = 200;
/// Characters of a tag at most.
pub const TAG: usize = 50;

/// What is put down as the reason of a near-miss without one.
pub const NEAR_MISS: &str = "logged as a near-miss";

/// Opens an incident and gives its number. `aware` is when a person became aware of it, and how it came to light.
pub async fn open(
    app: &App,
    tx: &mut Tx,
    act: Act<'_>,
    new: &New,
    aware: Option<(Timestamp, String)>,
) -> Result<i64, Failure> {
    let number = incidents::create(tx, act, new).await?;
    if let Some((at, source)) = aware {
        let moment = Moment { point: Point::Aware, at, source, by: act.by.name.clone() };
        incidents::set_moments(tx, act, number, None, &[moment]).await?;
    }
    set_due(app, tx, act, number).await?;
    Ok(number)
}
