//! Reviews and approvals that end because what they are of has changed.

use super::{State, count, hold, read};
use crate::{Act, StoreError, Tx, chain};
use serde_json::json;

/// What a change of the incident ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// A review: the reviewers look at it beside the text.
    Review,
    /// An approval as well: the text itself states it.
    ReviewAndApproval,
}

/// Makes a retro a draft again because something that it states was changed outside of it. Nothing happens to a draft.
pub(crate) async fn end_review(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    ends: Ends,
    because: &str,
) -> Result<(), StoreError> {
    hold(tx, number).await?;
    let Some(retro) = read(tx, number).await? else { return Ok(()) };
    match (retro.state, ends) {
        (State::InReview, _) | (State::Approved, Ends::ReviewAndApproval) => {}
        (State::Draft | State::Approved, _) => return Ok(()),
    }
    let revision = count(tx, act, &retro, "review_ended", because).await?;
    if retro.state == State::Approved {
        super::waivers::end_all(tx, number).await?;
    }
    to_draft(tx, act, number, revision, retro.state, because).await
}

/// Makes a held retro a draft, and puts down what ended its review or approval.
pub(super) async fn to_draft(
    tx: &mut Tx,
    act: Act<'_>,
    number: i64,
    revision: i64,
    from: State,
    because: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "UPDATE retro SET state = $1, submitted_by = NULL, submitted_at = NULL, approved_by = NULL, approved_at = NULL \
         WHERE incident = $2",
    )
    .bind(State::Draft.name())
    .bind(number)
    .execute(&mut **tx)
    .await?;
    let data = json!({ "revision": revision, "from": from.name(), "because": because });
    chain::record(tx, act, "retro.review_ended", Some(number), "", &data).await
}
