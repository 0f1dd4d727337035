//! Every revision of a retro, and what each one changed.

use super::cursor::{Page, Paging, Part};
use super::json::Json;
use super::openapi::{Operation, get};
use super::schema::Stamp;
use super::sent::{Path, Query};
use super::shown::shown;
use crate::auth::Reader;
use crate::failure::Failure;
use crate::state::App;
use crate::work::retro::both;
use crate::work::revision::changed;
use axum::extract::State;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::difference::Line;
use hindcast_retro::record::edit::Section;
use hindcast_store::{StoreError, retros};
use schemars::JsonSchema;
use serde::Serialize;

shown! {
    /// A revision, without its draft.
    pub struct RevisionRow from retros::Revision as revision {
        /// Counted from 1.
        number: i64,
        /// What was done: a section's name, `drafted`, `redrafted`, `lead_promoted`, `lead_dismissed` or `lead_reopened`;
        /// or, with the text as it was, `waived`, `waiver_withdrawn` or `review_ended`.
        change: String,
        /// Why, where somebody said so.
        reason: String,
        /// Who did it, and when.
        #[serde(flatten)]
        stamp: Stamp = Stamp::new(revision.name, revision.at),
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
    Query(asked): Query<Paging>,
) -> Result<Json<Page<RevisionRow>>, Failure> {
    let cursor = asked.cursor(&[Part::Number])?;
    both(&app, &viewer, number).await?;
    let conn = &mut *app.store.reader().await?;
    let rows = retros::revisions_before(conn, &viewer, number, cursor.number(0), cursor.rows()).await?;
    Ok(Json(cursor.page(rows, |r| r.number.to_string(), RevisionRow::from)))
}

/// One revision against the one before.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, revision)): Path<(i64, i64)>,
) -> Result<Json<Revision>, Failure> {
    let conn = &mut *app.store.reader().await?;
    let behind = Some(revision.saturating_add(1));
    let row = retros::revisions_before(conn, &viewer, number, behind, 1).await?.pop();
    let row = row.filter(|r| r.number == revision).ok_or(StoreError::NotFound("revision"))?;
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
        .query::<Paging>()
        .gives::<Page<RevisionRow>>(200, "A page of the list"),
        get(
            "/api/v1/incidents/{number}/retro/revisions/{revision}",
            "getRevision",
            "Gives one revision, and what it changed",
        )
        .gives::<Revision>(200, "The revision"),
    ]
}
