//! How far an action item has come.

use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::record::action::{ActionState, Proof, may_close};
use hindcast_store::Act;
use hindcast_store::actions::{self, Action};

/// Why an action item cannot come to this state: closing needs its proof, or a reason to do without; dropping a reason.
pub fn fault(action: &Action, to: ActionState, proof: Option<&Proof>, waiver: Option<&str>) -> Option<String> {
    let owner = Some(action.owner.as_str()).filter(|o| !o.is_empty());
    match to {
        ActionState::Closed => may_close(owner, proof, waiver).err(),
        ActionState::Dropped if waiver.is_none() => Some("Write why it is dropped.".to_owned()),
        _ => None,
    }
}

/// Changes it, from the version that `action` has. Proof and reason are kept only of what is over.
pub async fn set(
    app: &App,
    act: Act<'_>,
    action: &Action,
    to: ActionState,
    proof: Option<&Proof>,
    waiver: Option<&str>,
) -> Result<(), Failure> {
    let over = matches!(to, ActionState::Closed | ActionState::Dropped);
    let mut tx = app.store.begin().await?;
    actions::set_state(&mut tx, act, action, to, proof.filter(|_| over), waiver.filter(|_| over)).await?;
    Ok(tx.commit().await?)
}
