//! The retro of an incident: begun from evidence, read whole, drafted anew.

use super::frame::{Frame, go, page, when};
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work::{self, Drafted, SessionRow};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_render::html::{self, Stop};
use hindcast_retro::draft::Draft;
use hindcast_retro::record::edit::{Section, lines};
use hindcast_retro::record::people::Permission;
use hindcast_store::incidents::{self, Incident};
use hindcast_store::retros::{self, Change, Retro, State as RetroState};
use hindcast_store::{StoreError, actions};

/// Reads a draft that the record keeps.
pub fn parse(json: &str) -> Result<Draft, Failure> {
    serde_json::from_str(json).map_err(|e| Failure::Internal(format!("a draft in the record cannot be read: {e}")))
}

/// Writes a draft for the record.
pub fn write(draft: &Draft) -> Result<String, Failure> {
    serde_json::to_string(draft).map_err(|e| Failure::Internal(format!("a draft cannot be written: {e}")))
}

/// The incident and its retro.
pub async fn both(app: &App, viewer: &hindcast_store::Viewer, number: i64) -> Result<(Incident, Retro), Failure> {
    let conn = &mut *app.store.reader().await?;
    let incident = incidents::find(conn, viewer, number).await?;
    let retro = retros::find(conn, viewer, number).await?.ok_or(StoreError::NotFound("retro"))?;
    Ok((incident, retro))
}

struct Edited {
    label: &'static str,
    by: String,
    at: String,
}

#[derive(Template)]
#[template(path = "retro.html")]
struct Page {
    frame: Frame,
    incident: Incident,
    state: RetroState,
    revision: i64,
    fragment: String,
    stops: Vec<Stop>,
    edited: Vec<Edited>,
    submitted: Option<(String, String)>,
    approved: Option<(String, String)>,
    undecided: usize,
    may_approve: bool,
}

/// Shows it.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    let (incident, retro) = both(&app, &viewer, number).await?;
    let draft = parse(&retro.draft)?;
    let edits = viewer.may(Permission::Write) && retro.state != RetroState::Approved;
    let base = format!("/incidents/{number}/retro");
    let (fragment, stops) = html::fragment(&draft, edits.then_some(base.as_str()))
        .map_err(|e| Failure::Internal(format!("a retro cannot be written: {e}")))?;
    let edited = Section::ALL.iter().filter_map(|s| {
        let edited = retro.sections.get(s.name())?;
        Some(Edited { label: s.label(), by: edited.by.clone()?, at: when(edited.at?) })
    });
    let open =
        |f: &&hindcast_retro::draft::FindingEntry| f.statement.verdict == hindcast_retro::statement::Verdict::Open;
    page(&Page {
        frame: Frame::new(&viewer, "incidents", format!("Retro of {}", incident.reference())),
        state: retro.state,
        revision: retro.revision,
        fragment,
        stops,
        edited: edited.collect(),
        submitted: retro.submitted.as_ref().map(|(_, name, at)| (name.clone(), when(*at))),
        approved: retro.approved.as_ref().map(|(_, name, at)| (name.clone(), when(*at))),
        undecided: draft.behavior.findings.iter().filter(open).count(),
        may_approve: viewer.may(Permission::Approve),
        incident,
    })
}

#[derive(Template)]
#[template(path = "choose.html")]
struct Choose {
    frame: Frame,
    reference: String,
    action: String,
    sessions: Vec<SessionRow>,
}

/// Begins it: drafts from the evidence.
pub async fn create(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let material = work::material(&app, &writer.0, number).await?;
    let session = Some(fields.get("session").to_owned()).filter(|s| !s.is_empty());
    let draft = match work::draft(&app, material, session, None).await? {
        Drafted::Done(draft, _) => draft,
        Drafted::Choose(sessions) => {
            let frame = Frame::new(&writer.0, "incidents", "Choose a session");
            let action = format!("/incidents/{number}/retro");
            return page(&Choose { frame, reference: format!("INC-{number}"), action, sessions });
        }
    };
    let act = writer.act(&app);
    let mut tx = app.store.begin().await?;
    retros::create(&mut tx, act, number, &write(&draft)?).await?;
    actions::follow(&mut tx, number, &draft.actions.items).await?;
    tx.commit().await?;
    Ok(go(&format!("/incidents/{number}/retro")))
}

/// Drafts anew from the evidence as it is now; what people wrote and decided stays.
pub async fn redraft(State(app): State<App>, writer: Writer, Path(number): Path<i64>) -> Result<Response, Failure> {
    let (_, retro) = both(&app, &writer.0, number).await?;
    let earlier = parse(&retro.draft)?;
    let material = work::material(&app, &writer.0, number).await?;
    let session = Some(earlier.session.key.clone());
    let Drafted::Done(draft, warnings) = work::draft(&app, material, session, Some(earlier.clone())).await? else {
        return Err(Failure::Conflict("The evidence does not hold this session any more.".to_owned()));
    };
    let act = writer.act(&app);
    let mut tx = app.store.begin().await?;
    let locked = retros::lock(&mut tx, act, number).await?;
    may_change(&locked)?;
    if locked.revision != retro.revision {
        return Err(StoreError::Stale("retro").into());
    }
    let changed: Vec<Section> = Section::ALL.into_iter().filter(|s| lines(&earlier, *s) != lines(&draft, *s)).collect();
    let change = Change { what: "redrafted", reason: &warnings.join(" "), sections: &changed };
    retros::save(&mut tx, act, &locked, &write(&draft)?, change).await?;
    actions::follow(&mut tx, number, &draft.actions.items).await?;
    tx.commit().await?;
    Ok(go(&format!("/incidents/{number}/retro")))
}

/// Refuses to change what is frozen.
pub fn may_change(retro: &Retro) -> Result<(), Failure> {
    match retro.state {
        RetroState::Approved => Err(Failure::Conflict(
            "The retro is approved and frozen. Begin a revision first, with a reason.".to_owned(),
        )),
        RetroState::Draft | RetroState::InReview => Ok(()),
    }
}
