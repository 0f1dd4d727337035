//! Action items: in step with their retro, and how far each has come.

use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::action::{ActionState, Proof, may_close};
use hindcast_retro::record::reminder::{self, Kind};
use hindcast_retro::statement::{Origin, Verdict};
use hindcast_store::actions::{self, Action};
use hindcast_store::jobs::{self, Planned};
use hindcast_store::{Act, Tx, recurrences};
use std::collections::BTreeSet;

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
    let mut tx = app.begin().await?;
    actions::set_state(&mut tx, act, action, to, proof.filter(|_| over), waiver.filter(|_| over)).await?;
    remind(app, &mut tx, act, action.incident).await?;
    Ok(tx.commit().await?)
}

/// Brings in step with a retro what is kept of it for itself: its action items with their reminders, and what was found.
pub async fn follow(app: &App, tx: &mut Tx, act: Act<'_>, number: i64, draft: &Draft) -> Result<(), Failure> {
    actions::follow(tx, act, number, &draft.actions.items).await?;
    recurrences::set_kinds(tx, number, &kinds(draft)).await?;
    remind(app, tx, act, number).await
}

/// What was found, and nobody dismissed: each detector with each tool that it names, or with none.
fn kinds(draft: &Draft) -> Vec<(String, String)> {
    let standing = draft.behavior.findings.iter().filter(|f| f.statement.verdict != Verdict::Rejected);
    let found = standing.filter_map(|f| match &f.statement.origin {
        Origin::Detector(name) => Some((name, &f.tools)),
        Origin::Analysis(_) | Origin::Person(_) => None,
    });
    let mut kinds = BTreeSet::new();
    for (detector, tools) in found {
        let none = tools.is_empty().then(String::new);
        kinds.extend(tools.iter().cloned().chain(none).map(|tool| (detector.clone(), tool)));
    }
    kinds.into_iter().collect()
}

/// Tells that an incident is the return of an earlier one, and gives how many of its actions are open again. Who owns them is
/// reminded of them by their dates.
pub async fn recurred(app: &App, act: Act<'_>, number: i64, earlier: i64, reason: &str) -> Result<u64, Failure> {
    let mut tx = app.begin().await?;
    let opened = recurrences::tell(&mut tx, act, number, earlier, reason).await?;
    remind(app, &mut tx, act, earlier).await?;
    tx.commit().await?;
    Ok(opened)
}

/// Brings the reminders in step with the action items: of those that are not over and have a date.
async fn remind(app: &App, tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), Failure> {
    let mut needed = Vec::new();
    for action in actions::of(tx, act.by, number).await? {
        let is_open = matches!(action.state, ActionState::Open | ActionState::InProgress);
        if let Some(due) = action.due.filter(|_| is_open) {
            let all = reminder::of_action(&app.config.policy, &due, act.at).into_iter();
            needed.extend(all.map(|r| Planned::action(number, &action.id, &due, action.returned, r)));
        }
    }
    Ok(jobs::follow(tx, act, number, Kind::Action, &needed).await?)
}
