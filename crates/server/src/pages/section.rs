//! Editing one section of a retro: a form, a preview, and what happens when two people edit at once.

pub(super) mod fields;

use super::frame::{Frame, go, page, when};
use crate::auth::Writer;
use crate::failure::Failure;
use crate::form::Fields;
use crate::markdown;
use crate::state::App;
use crate::work::retro::{both, may_change, opened};
use crate::work::section::{self as work, Saved, applied, named, version};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use fields::Form;
use hindcast_render::html;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::difference::{self, Kind, Line};
use hindcast_retro::record::edit::{Author, Section, lines};
use hindcast_store::accounts;
use hindcast_store::incidents::Incident;
use hindcast_store::retros::{self, Retro};

/// What another person did meanwhile, beside what this one wants.
pub struct Conflict {
    /// The section.
    pub section: Section,
    /// Who changed it last.
    pub by: String,
    /// When; empty where that is not known.
    pub at: String,
    /// Their text, against the one that this person's form would make of it.
    pub lines: Vec<Line>,
}

impl Conflict {
    /// The conflict in a section: its lines as they stand, and as this person's form would make them.
    pub fn new(retro: &Retro, section: Section, now: &[String], wanted: &[String]) -> Self {
        let edited = retro.sections.get(section.name());
        Conflict {
            section,
            by: edited.and_then(|e| e.by.clone()).unwrap_or_else(|| "somebody".to_owned()),
            at: edited.and_then(|e| e.at).map(when).unwrap_or_default(),
            lines: difference::lines(now, wanted),
        }
    }

    /// True for a line that this person's form adds.
    pub fn adds(&self, line: &Line) -> bool {
        line.kind == Kind::Added
    }

    /// True for a line that stands there now and would go.
    pub fn removes(&self, line: &Line) -> bool {
        line.kind == Kind::Removed
    }
}

#[derive(Template)]
#[template(path = "section.html")]
struct Page {
    frame: Frame,
    incident: Incident,
    section: Section,
    version: i64,
    revision: i64,
    form: Form,
    /// Who may own an action.
    names: Vec<String>,
    faults: Vec<(String, String)>,
    conflict: Option<Conflict>,
    preview: Option<String>,
}

impl Page {
    fn new(writer: &Writer, incident: Incident, retro: &Retro, section: Section, form: Form) -> Self {
        let title = format!("Edit {} of {}", section.label(), incident.reference());
        Page {
            frame: Frame::new(&writer.0, "incidents", title),
            incident,
            section,
            version: version(retro, section),
            revision: retro.revision,
            form,
            names: Vec::new(),
            faults: Vec::new(),
            conflict: None,
            preview: None,
        }
    }

    fn answer(&self, status: StatusCode) -> Result<Response, Failure> {
        Ok((status, Html(self.render()?)).into_response())
    }
}

/// The form.
pub async fn show(
    State(app): State<App>,
    writer: Writer,
    Path((number, name)): Path<(i64, String)>,
) -> Result<Response, Failure> {
    let section = named(&name)?;
    let (incident, retro) = both(&app, &writer.0, number).await?;
    may_change(&retro)?;
    let draft = opened(&app, &retro.draft).await?;
    let mut shown = Page::new(&writer, incident, &retro, section, Form::of(&draft, section));
    shown.names = names(&app, section).await?;
    page(&shown)
}

/// The names of those who can be given an action.
async fn names(app: &App, section: Section) -> Result<Vec<String>, Failure> {
    if section != Section::Actions {
        return Ok(Vec::new());
    }
    let all = accounts::all(&mut *app.store.reader().await?).await?;
    Ok(all.into_iter().filter(|a| a.disabled_at.is_none()).map(|a| a.name).collect())
}

/// The one section of a draft as it will look.
fn preview(draft: &Draft, section: Section) -> Result<String, Failure> {
    let (all, _) =
        html::fragment_with(draft, None, Some(&markdown::html)).map_err(|e| Failure::Internal(e.to_string()))?;
    let mark = format!(
        "<section class=\"part{}\" id=\"{}\"",
        if section == Section::Severity { " severity" } else { "" },
        section.name()
    );
    let start = all.find(&mark).unwrap_or(0);
    let end = all[start..].find("</section>").map_or(all.len(), |at| start + at + "</section>".len());
    // Links of a preview would lead to quotes that are not on this page; ids would stand twice.
    Ok(all[start..end].to_owned())
}

/// Saves it, or shows what it would look like.
pub async fn submit(
    State(app): State<App>,
    writer: Writer,
    Path((number, name)): Path<(i64, String)>,
    fields: Fields,
) -> Result<Response, Failure> {
    let section = named(&name)?;
    let (incident, retro) = both(&app, &writer.0, number).await?;
    may_change(&retro)?;
    let draft = opened(&app, &retro.draft).await?;
    // What this person changed is told from the text that the form was made from: what another changed meanwhile stands.
    let seen = fields.number("revision")?;
    let base = match seen == retro.revision {
        true => draft.clone(),
        false => {
            let read = retros::revision(&mut *app.store.reader().await?, &writer.0, number, seen).await?;
            opened(&app, &read).await?
        }
    };
    let edit = fields::edit(&fields, &base, section)?;
    let act = writer.act(&app);
    let author = Author { name: writer.0.name.clone(), at: act.at };
    let form = Form::of(&draft, section).filled(&fields);
    let mut shown = Page::new(&writer, incident, &retro, section, form);
    shown.names = names(&app, section).await?;
    let new = match applied(&draft, section, &edit, &author) {
        Ok(new) => new,
        Err(faults) => {
            shown.version = fields.number("version")?;
            shown.revision = seen;
            shown.faults = faults.into_iter().map(|f| (f.field, f.what)).collect();
            return shown.answer(StatusCode::UNPROCESSABLE_ENTITY);
        }
    };
    if fields.number("version")? != shown.version {
        shown.conflict = Some(Conflict::new(&retro, section, &lines(&draft, section), &lines(&new, section)));
        shown.form = Form::of(&new, section);
        return shown.answer(StatusCode::CONFLICT);
    }
    if fields.has("preview") {
        shown.preview = Some(app.pools.pages.run(move |_| preview(&new, section)).await??);
        return page(&shown);
    }
    match work::save(&app, act, number, section, Some(shown.version), &edit).await? {
        Saved::Done => {}
        // Somebody was faster by a moment: show both from what stands there now.
        Saved::Stale => return Box::pin(submit(State(app), writer, Path((number, name)), fields)).await,
        Saved::Faults(f) => {
            return Err(Failure::Invalid(f.into_iter().next().map(|f| f.what).unwrap_or_default()));
        }
    }
    Ok(go(&format!("/incidents/{number}/retro#{}", section.name())))
}
