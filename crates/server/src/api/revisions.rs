//! Every revision of a retro, and what each one changed.

use super::openapi::{Operation, get};
use super::schema::{All, Stamp};
use super::sent::Path;
use crate::auth::Reader;
use crate::failure::Failure;
use crate::state::App;
use crate::work::retro::both;
use crate::work::revision::changed;
use axum::Json;
use axum::extract::State;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::difference::Line;
use hindcast_retro::record::edit::Section;
use hindcast_store::{StoreError, retros};
use schemars::JsonSchema;
use serde::Serialize;

/// A revision, without its draft.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RevisionRow {
    /// Counted from 1.
    pub number: i64,
    /// What was done: a section's name, `drafted` or `redrafted`.
    pub change: String,
    /// Why, where somebody said so.
    pub reason: String,
    /// Who did it, and when.
    #[serde(flatten)]
    pub stamp: Stamp,
}

impl From<retros::Revision> for RevisionRow {
    fn from(revision: retros::Revision) -> Self {
        RevisionRow {
            number: revision.number,
            change: revision.change,
            reason: revision.reason,
            stamp: Stamp::new(revision.name, revision.at),
        }
    }
}

/// What a revision changed in a section.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SectionChange {
    /// Which one.
    pub section: Section,
    /// The lines that changed, with a little around them.
    pub lines: Vec<Line>,
}

/// A revision.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Revision {
    /// What was done, by whom.
    #[serde(flatten)]
    pub row: RevisionRow,
    /// What it changed against the one before.
    pub changed: Vec<SectionChange>,
    /// The retro as it was then.
    pub draft: Draft,
}

/// The list, the newest first.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Json<All<RevisionRow>>, Failure> {
    both(&app, &viewer, number).await?;
    let all = retros::revisions(&mut *app.store.reader().await?, &viewer, number).await?;
    Ok(Json(All { items: all.into_iter().map(RevisionRow::from).collect() }))
}

/// One revision against the one before.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, revision)): Path<(i64, i64)>,
) -> Result<Json<Revision>, Failure> {
    let all = retros::revisions(&mut *app.store.reader().await?, &viewer, number).await?;
    let row = all.into_iter().find(|r| r.number == revision).ok_or(StoreError::NotFound("revision"))?;
    let (draft, all) = changed(&app, &viewer, number, revision).await?;
    let changed = all.into_iter().map(|(section, lines)| SectionChange { section, lines }).collect();
    Ok(Json(Revision { row: row.into(), changed, draft }))
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get(
            "/api/v1/incidents/{number}/retro/revisions",
            "listRevisions",
            "Lists every revision of the retro, the newest first",
        )
        .gives::<All<RevisionRow>>(200, "All of them"),
        get(
            "/api/v1/incidents/{number}/retro/revisions/{revision}",
            "getRevision",
            "Gives one revision, and what it changed",
        )
        .gives::<Revision>(200, "The revision"),
    ]
}
