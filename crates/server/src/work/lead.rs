//! A lead of a retro: promoted to a finding, dismissed, or open again.

use super::action;
use super::retro::{both, may_change, parse, redraft_from, write};
use crate::failure::{Failure, Field};
use crate::state::App;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::edit::{LeadChoice, LeadDecision, LeadEffect, Section, decide_lead};
use hindcast_store::Act;
use hindcast_store::retros::{self, Change};

/// What a revision calls a decision.
fn name(choice: LeadChoice) -> &'static str {
    match choice {
        LeadChoice::Promoted => "lead_promoted",
        LeadChoice::Dismissed => "lead_dismissed",
        LeadChoice::Open => "lead_reopened",
    }
}

fn decided(draft: &mut Draft, id: &str, decision: &LeadDecision) -> Result<LeadEffect, Failure> {
    let faults = |all: Vec<_>| Failure::Fields(all.into_iter().map(Field::from).collect());
    decide_lead(draft, id, decision)
        .map_err(faults)?
        .ok_or_else(|| Failure::NotFound("There is no such lead.".to_owned()))
}

/// Decides on a lead. Where other sections rest on it, the retro is drafted anew from the evidence; what a person should
/// know about that is told.
pub async fn decide(
    app: &App,
    act: Act<'_>,
    number: i64,
    id: &str,
    decision: &LeadDecision,
) -> Result<Vec<String>, Failure> {
    let (_, retro) = both(app, act.by, number).await?;
    may_change(&retro)?;
    let mut draft = parse(&retro.draft)?;
    if decided(&mut draft, id, decision)? == LeadEffect::Draft {
        return redraft_from(app, act, &retro, draft, name(decision.decision)).await;
    }
    // Under the lock, on what stands there now: what others did to other parts meanwhile stays.
    let mut tx = app.begin().await?;
    let locked = retros::lock(&mut tx, act, number).await?;
    may_change(&locked)?;
    let before = parse(&locked.draft)?;
    let mut draft = before.clone();
    if decided(&mut draft, id, decision)? == LeadEffect::Draft {
        return Err(Failure::Stale("Somebody promoted the lead meanwhile.".to_owned()));
    }
    if draft != before {
        let change = Change { what: name(decision.decision), reason: "", sections: &[Section::Behavior] };
        retros::save(&mut tx, act, &locked, &write(&draft)?, change).await?;
        action::follow(app, &mut tx, act, number, &draft).await?;
    }
    tx.commit().await?;
    Ok(Vec::new())
}
