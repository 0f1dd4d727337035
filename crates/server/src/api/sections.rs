//! One section of a retro: read, and edited while others edit too.

use super::json::Json;
use super::openapi::{Operation, get, patch};
use super::schema::Stamp;
use super::sent::{Path, Sent};
use super::version::{Has, Made, etag};
use crate::auth::{Reader, Writer};
use crate::failure::{Failure, Field};
use crate::state::App;
use crate::work::retro::{both, may_change, parse};
use crate::work::section::{Saved, applied, named, save, version};
use axum::extract::State;
use axum::http::header::ETAG;
use axum::response::{IntoResponse, Response};
use hindcast_retro::record::difference;
use hindcast_retro::record::edit::{Author, Section as Name, SectionEdit, lines};
use hindcast_store::Act;
use hindcast_store::retros::Retro;
use hindcast_trace::Stop;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A section, without its words.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SectionRow {
    /// Which one.
    pub section: Name,
    /// Counts its changes; the ETag is made of it.
    pub version: i64,
    /// Who changed it last; null for the program.
    pub edited: Option<Stamp>,
}

impl SectionRow {
    /// One of a retro.
    pub fn of(retro: &Retro, section: Name) -> Self {
        let edited = retro.sections.get(section.name());
        let stamp = edited.and_then(|e| Some(Stamp::new(e.by.clone()?, e.at?)));
        SectionRow { section, version: version(retro, section), edited: stamp }
    }
}

/// A section.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "SectionText")]
pub struct Text {
    /// Which one, and its version.
    #[serde(flatten)]
    pub row: SectionRow,
    /// What stands in it, line by line, as people read it. The draft of the retro holds the same as data.
    pub lines: Vec<String>,
}

/// A section as it stands, read in a thread.
async fn told(app: &App, retro: Retro, section: Name) -> Result<Text, Failure> {
    let row = SectionRow::of(&retro, section);
    let work = move |stop: &Stop| parse(&retro.draft, stop).map(|draft| lines(&draft, section));
    Ok(Text { row, lines: app.pools.pages.run(work).await?? })
}

/// One section.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, name)): Path<(i64, String)>,
    has: Has,
) -> Result<Response, Failure> {
    let section = named(&name)?;
    let (_, retro) = both(&app, &viewer, number).await?;
    let text = told(&app, retro, section).await?;
    Ok(has.answer(text.row.version, || text))
}

/// Two people edited: what stands there now, and what this edit would make of it.
async fn conflict(app: &App, retro: Retro, section: Name, edit: SectionEdit, act: Act<'_>) -> Result<Failure, Failure> {
    let author = Author { name: act.by.name.clone(), at: act.at };
    let work = move |stop: &Stop| {
        let current = parse(&retro.draft, stop)?;
        let old = lines(&current, section);
        let second = match applied(&current, section, &edit, &author) {
            Ok(new) => ("difference", json!(difference::lines(&old, &lines(&new, section)))),
            Err(faults) => ("errors", json!(faults.into_iter().map(Field::from).collect::<Vec<_>>())),
        };
        let first = ("current", json!(Text { row: SectionRow::of(&retro, section), lines: old }));
        Ok::<Map<String, Value>, Failure>(
            [first, second].map(|(name, value)| (name.to_owned(), value)).into_iter().collect(),
        )
    };
    let more = app.pools.pages.run(work).await??;
    let stale = Failure::Stale("The section was changed by somebody else meanwhile.".to_owned());
    Ok(Failure::With(Box::new(stale), more))
}

/// Edits one section: all of what is asked, or nothing.
pub async fn change(
    State(app): State<App>,
    writer: Writer,
    Path((number, name)): Path<(i64, String)>,
    made: Made,
    sent: Sent<SectionEdit>,
) -> Result<Response, Failure> {
    let section = named(&name)?;
    let (edit, act) = (sent.value, writer.act(&app));
    let (_, retro) = both(&app, &writer.0, number).await?;
    may_change(&retro)?;
    let Ok(from) = made.from(version(&retro, section), "section") else {
        return Err(conflict(&app, retro, section, edit, act).await?);
    };
    match save(&app, act, number, section, from, &edit).await? {
        Saved::Done => {}
        Saved::Faults(faults) => return Err(Failure::Fields(faults.into_iter().map(Field::from).collect())),
        Saved::Stale => {
            let (_, retro) = both(&app, &writer.0, number).await?;
            return Err(conflict(&app, retro, section, edit, act).await?);
        }
    }
    let (_, retro) = both(&app, &writer.0, number).await?;
    let text = told(&app, retro, section).await?;
    Ok(([(ETAG, etag(text.row.version))], Json(text)).into_response())
}

/// What this file answers.
pub fn operations() -> Vec<Operation> {
    vec![
        get("/api/v1/incidents/{number}/retro/sections/{section}", "getSection", "Gives one section of the retro, as lines")
            .gives::<Text>(200, "The section")
            .tagged(),
        patch("/api/v1/incidents/{number}/retro/sections/{section}", "editSection", "Edits one section: all of what is asked, or nothing")
            .body::<SectionEdit>()
            .gives::<Text>(200, "The section as it is now")
            .tagged()
            .problem(409, "The retro is approved and frozen")
            .problem(412, "Somebody else changed it meanwhile: `current` is what stands there, `difference` what this edit would make of it"),
    ]
}
