//! Action items: in step with their retro, and how far each has come.

use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::draft::ActionItem;
use hindcast_retro::record::action::{ActionState, Proof, may_close};
use hindcast_retro::record::reminder::{self, Kind};
use hindcast_store::actions::{self, Action};
use hindcast_store::jobs::{self, Planned};
use hindcast_store::{Act, Tx};

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
    remind(app, &mut tx, act, action.incident).await?;
    Ok(tx.commit().await?)
}

/// Brings the rows of an incident's action items in step with section 7 of its retro, and the reminders with them.
pub async fn follow(app: &App, tx: &mut Tx, act: Act<'_>, number: i64, items: &[ActionItem]) -> Result<(), Failure> {
    actions::follow(tx, number, items).await?;
    remind(app, tx, act, number).await
}

/// Brings the reminders in step with the action items: of those that are not over and have a date.
async fn remind(app: &App, tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let mut needed = Vec::new();
    for action in actions::of(tx, act.by, number).await? {
        let is_open = matches!(action.state, ActionState::Open | ActionState::InProgress);
        if let Some(due) = action.due.filter(|_| is_open) {
            let all = reminder::of_action(&app.config.policy, &due, act.at).into_iter();
            needed.extend(all.map(|r| Planned::action(number, &action.id, &due, r)));
        }
    }
    Ok(jobs::follow(tx, act, number, Kind::Action, &needed).await?)
}
