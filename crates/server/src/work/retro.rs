//! A retro in the record: read, begun, drafted anew.

use super::{Drafted, action, draft, material};
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::edit::{Section, lines};
use hindcast_store::incidents::{self, Incident};
use hindcast_store::retros::{self, Change, Retro, State};
use hindcast_store::{Act, StoreError, Tx, Viewer};
use hindcast_trace::Stop;

/// Reads a draft that the record keeps: some megabytes. Only work in a thread has the flag, and nobody else comes here.
///
/// # Errors
/// [`Failure::Ended`] where nobody waits for it any more.
pub fn parse(json: &str, stop: &Stop) -> Result<Draft, Failure> {
    if stop.is_set() {
        return Err(Failure::Ended);
    }
    serde_json::from_str(json).map_err(|e| Failure::Internal(format!("a draft in the record cannot be read: {e}")))
}

/// Writes a draft for the record, as [`parse`] reads it.
///
/// # Errors
/// [`Failure::Ended`] where nobody waits for it any more.
pub fn write(draft: &Draft, stop: &Stop) -> Result<String, Failure> {
    if stop.is_set() {
        return Err(Failure::Ended);
    }
    serde_json::to_string(draft).map_err(|e| Failure::Internal(format!("a draft cannot be written: {e}")))
}

/// Reads a draft in a thread.
pub async fn opened(app: &App, json: &str) -> Result<Draft, Failure> {
    let json = json.to_owned();
    app.pools.pages.run(move |stop| parse(&json, stop)).await?
}

/// A draft as it is kept, written in a thread before its change begins.
pub struct Written {
    /// The draft.
    pub draft: Draft,
    json: String,
}

impl Written {
    /// It as it is kept.
    pub fn json(&self) -> &str {
        &self.json
    }
}

/// Writes a draft in a thread.
pub async fn written(app: &App, draft: Draft) -> Result<Written, Failure> {
    app.pools.pages.run(move |stop| write(&draft, stop).map(|json| Written { draft, json })).await?
}

/// The incident and its retro.
pub async fn both(app: &App, viewer: &Viewer, number: i64) -> Result<(Incident, Retro), Failure> {
    let conn = &mut *app.store.reader().await?;
    let incident = incidents::find(conn, viewer, number).await?;
    let retro = retros::find(conn, viewer, number).await?.ok_or(StoreError::NotFound("retro"))?;
    Ok((incident, retro))
}

/// Refuses to change what is frozen.
pub fn may_change(retro: &Retro) -> Result<(), Failure> {
    match retro.state {
        State::Approved => Err(Failure::Conflict(
            "The retro is approved and frozen. Begin a revision first, with a reason.".to_owned(),
        )),
        State::Draft | State::InReview => Ok(()),
    }
}

/// Keeps a first draft.
pub async fn begin(app: &App, tx: &mut Tx, act: Act<'_>, number: i64, new: &Written) -> Result<(), Failure> {
    retros::create(tx, act, number, &new.json).await?;
    action::follow(app, tx, act, number, &new.draft).await?;
    Ok(())
}

/// Drafts anew from the evidence as it is now; what people wrote and decided stays. What a person should know about it
/// is told.
pub async fn redraft(app: &App, act: Act<'_>, number: i64) -> Result<Vec<String>, Failure> {
    let (_, retro) = both(app, act.by, number).await?;
    may_change(&retro)?;
    let earlier = opened(app, &retro.draft).await?;
    redraft_from(app, act, &retro, earlier, "redrafted").await
}

/// The same from a retro to which a person did something that no revision has yet.
pub async fn redraft_from(
    app: &App,
    act: Act<'_>,
    retro: &Retro,
    earlier: Draft,
    what: &str,
) -> Result<Vec<String>, Failure> {
    let number = retro.incident;
    let before = opened(app, &retro.draft).await?;
    let material = material(app, act.by, number).await?;
    let session = Some(earlier.session.key.clone());
    let Drafted::Done(draft, warnings) = draft(app, material, session, Some(earlier)).await? else {
        return Err(Failure::Conflict("The evidence does not hold this session any more.".to_owned()));
    };
    let work = move |stop: &Stop| {
        let differs = *draft != before;
        let changed: Vec<Section> =
            Section::ALL.into_iter().filter(|s| differs && lines(&before, *s) != lines(&draft, *s)).collect();
        write(&draft, stop).map(|json| (Written { draft: *draft, json }, differs, changed))
    };
    let (new, differs, changed) = app.pools.pages.run(work).await??;
    let mut tx = app.begin().await?;
    let locked = retros::lock(&mut tx, act, number).await?;
    may_change(&locked)?;
    if locked.revision != retro.revision {
        return Err(StoreError::Stale("retro").into());
    }
    // What changes nothing is no revision: whoever asked for it edited nothing, and a review goes on.
    if !differs {
        return Ok(warnings);
    }
    let change = Change { what, reason: &warnings.join(" "), sections: &changed };
    retros::save(&mut tx, act, &locked, &new.json, change).await?;
    action::follow(app, &mut tx, act, number, &new.draft).await?;
    tx.commit().await?;
    Ok(warnings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_that_nobody_waits_for_is_not_read() {
        let stop = Stop::default();
        assert!(matches!(parse("no draft", &stop), Err(Failure::Internal(_))));
        stop.set();
        assert!(matches!(parse("no draft", &stop), Err(Failure::Ended)));
    }
}
