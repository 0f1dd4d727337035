//! Every revision of a retro, and what each one changed.

use super::frame::{Frame, page, when};
use crate::auth::Reader;
use crate::failure::Failure;
use crate::state::App;
use crate::work::retro::both;
use crate::work::revision::{changed, words};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use hindcast_retro::record::difference::{Kind, Line};
use hindcast_store::incidents::Incident;
use hindcast_store::retros::{self, Revision};

#[derive(Template)]
#[template(path = "revisions.html")]
struct List {
    frame: Frame,
    incident: Incident,
    revisions: Vec<(Revision, String, String)>,
}

/// The list.
pub async fn list(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    let (incident, _) = both(&app, &viewer, number).await?;
    let all = retros::revisions(&mut *app.store.reader().await?, &viewer, number).await?;
    let revisions = all.into_iter().map(|r| {
        let (words, at) = (words(&r.change), when(r.at));
        (r, words, at)
    });
    let frame = Frame::new(&viewer, "incidents", format!("Revisions of {}", incident.reference()));
    page(&List { frame, incident, revisions: revisions.collect() })
}

struct Changed {
    label: &'static str,
    lines: Vec<Line>,
}

impl Changed {
    fn is(line: &Line, kind: Kind) -> bool {
        line.kind == kind
    }
}

#[derive(Template)]
#[template(path = "revision.html")]
struct One {
    frame: Frame,
    incident: Incident,
    revision: i64,
    changed: Vec<Changed>,
}

/// One revision against the one before.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path((number, revision)): Path<(i64, i64)>,
) -> Result<Response, Failure> {
    let (incident, _) = both(&app, &viewer, number).await?;
    let (_, all) = changed(&app, &viewer, number, revision).await?;
    let changed = all.into_iter().map(|(section, lines)| Changed { label: section.label(), lines }).collect();
    let frame = Frame::new(&viewer, "incidents", format!("Revision {revision} of {}", incident.reference()));
    page(&One { frame, incident, revision, changed })
}
