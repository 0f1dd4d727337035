//! Whom the same failure reached: lists that are taken in, and what was done about each.

use super::change::change;
use super::intake::{Prepared, Take, prepare};
use crate::failure::Failure;
use crate::line;
use crate::masking::{Kept, MOST_LINES, Offer};
use crate::pages::frame::sentence;
use crate::state::App;
use hindcast_retro::record::affected::{ListError, Reached, read};
use hindcast_store::affected::{self, Affected, Done};
use hindcast_store::{Act, Conn, StoreError, Tx, Viewer, incidents};
use hindcast_trace::Limits;
use hindcast_trace::redact::Admitted;

/// Characters of an owner at most.
pub const OWNER: usize = 200;
/// Characters of a note at most.
pub const NOTE: usize = 2000;

/// A list that was read and may be taken in.
pub struct List {
    entries: Vec<Reached>,
    from: String,
    /// What was masked in it, in words; empty where nothing was.
    pub masked: String,
    kept: Kept,
}

/// Reads a list that is to be taken in. What would be masked in it is offered first.
pub async fn read_in(
    app: &App,
    viewer: &Viewer,
    number: i64,
    name: &str,
    bytes: Vec<u8>,
    offer: Offer,
) -> Result<List, Failure> {
    // Found before the work is done: who may not know of the incident makes no work.
    incidents::find(&mut *app.store.reader().await?, viewer, number).await?;
    let list = |admitted: Admitted, limits: &Limits| {
        let text = String::from_utf8_lossy(&admitted.evidence.bytes);
        let mut entries = read(&text, &limits.stop).map_err(|e| match e {
            ListError::Stopped => Failure::Ended,
            e => Failure::Invalid(sentence(&e.to_string())),
        })?;
        // A list is not typed here: what nobody can see is left out. Sessions and quotes stay as they are, to be found in a trace.
        entries.iter_mut().for_each(|e| e.customer = line::cleaned(&e.customer));
        Ok((entries, admitted.words(), admitted.evidence.name.clone()))
    };
    let take = Take { most_bytes: u64::MAX, choice: offer.choice(), is_trace: false, lines: MOST_LINES };
    let Prepared { done: (entries, masked, from), masks } = prepare(app, name, bytes, take, list).await?;
    let kept = offer.choose(viewer, false, masks.into_iter().collect())?;
    Ok(List { entries, from, masked, kept })
}

impl List {
    /// Takes it in. Gives how many entries are new, and how many were known.
    pub async fn take_in(&self, tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(usize, usize), StoreError> {
        self.kept.record(tx, act, number).await?;
        affected::import(tx, act, number, &self.entries, &self.from).await
    }
}

/// One of those who were reached, by its place in the list.
pub async fn find(conn: &mut Conn, viewer: &Viewer, number: i64, nth: i64) -> Result<Affected, StoreError> {
    incidents::find(conn, viewer, number).await?;
    affected::one(conn, viewer, number, nth).await
}

/// Puts down what was done about one of them, from the version that was seen.
pub async fn set(app: &App, act: Act<'_>, number: i64, nth: i64, version: i64, done: &Done<'_>) -> Result<(), Failure> {
    change(app, async |tx| Ok(affected::set(tx, act, number, nth, version, done).await?)).await
}
