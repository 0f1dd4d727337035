//! A lead of a retro: promoted to a finding, dismissed, or open again.

use super::action;
use super::retro::{both, may_change, parse, redraft_from, write};
use crate::failure::{Failure, Field};
use crate::state::App;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::edit::{LeadChoice, LeadDecision, LeadEffect, Section, decide_lead};
use hindcast_store::Act;
use hindcast_store::retros::{self, Change};
use hindcast_trace::Stop;

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
    // Before the change begins, which has others wait for it.
    let mut made = made(app, &retro.draft, id, decision).await?;
    if made.effect == LeadEffect::Draft {
        return redraft_from(app, act, &retro, made.draft, name(decision.decision)).await;
    }
    let mut tx = app.begin().await?;
    let locked = retros::lock(&mut tx, act, number).await?;
    may_change(&locked)?;
    if locked.revision != retro.revision {
        // Once more, on what stands there now: what others did to other parts meanwhile stays.
        made = self::made(app, &locked.draft, id, decision).await?;
        if made.effect == LeadEffect::Draft {
            return Err(Failure::Stale("Somebody promoted the lead meanwhile.".to_owned()));
        }
    }
    if let Some(json) = made.json {
        let change = Change { what: name(decision.decision), reason: "", sections: &[Section::Behavior] };
        retros::save(&mut tx, act, &locked, &json, change).await?;
        action::follow(app, &mut tx, act, number, &made.draft).await?;
    }
    tx.commit().await?;
    Ok(Vec::new())
}

/// A draft with a decision.
struct Made {
    draft: Draft,
    effect: LeadEffect,
    /// How it is kept; absent where the decision changed nothing.
    json: Option<String>,
}

/// Decides in a thread.
async fn made(app: &App, json: &str, id: &str, decision: &LeadDecision) -> Result<Made, Failure> {
    let (json, id, decision) = (json.to_owned(), id.to_owned(), decision.clone());
    let work = move |stop: &Stop| {
        let before = parse(&json, stop)?;
        let mut draft = before.clone();
        let effect = decided(&mut draft, &id, &decision)?;
        let json = (draft != before).then(|| write(&draft, stop)).transpose()?;
        Ok(Made { draft, effect, json })
    };
    app.pools.pages.run(work).await?
}
