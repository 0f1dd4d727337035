//! The light form of a retro, for severity 3: what happened, what contributed, and the action or ticket, on one page.
//! It changes the same sections as the full form does, each with its version.

use super::frame::{Frame, go, page};
use super::section::Conflict;
use super::section::fields::{self, Form};
use crate::auth::{Reader, Writer};
use crate::failure::Failure;
use crate::form::Fields;
use crate::state::App;
use crate::work::incident::TICKET;
use crate::work::retro::{both, may_change, opened};
use crate::work::section::{Part, Saved, applied, save_all, version};
use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use hindcast_retro::draft::Draft;
use hindcast_retro::record::edit::{Author, Section, SectionEdit, lines};
use hindcast_retro::record::gate;
use hindcast_retro::record::people::Permission;
use hindcast_store::incidents::Incident;
use hindcast_store::retros::{self, Retro, State as RetroState};
use hindcast_store::{Viewer, accounts};

/// The sections that the light form holds.
const SECTIONS: [Section; 3] = [Section::Behavior, Section::System, Section::Actions];

#[derive(Template)]
#[template(path = "light.html")]
struct Page {
    frame: Frame,
    incident: Incident,
    state: RetroState,
    /// True where the viewer may change it and it is not frozen.
    edits: bool,
    revision: i64,
    behavior: Form,
    system: Form,
    actions: Form,
    versions: [(&'static str, i64); 3],
    /// The ticket as the form has it, and as it was when the form was made.
    ticket: (String, String),
    names: Vec<String>,
    faults: Vec<(String, String)>,
    conflicts: Vec<Conflict>,
    /// What another person made of the ticket meanwhile.
    ticket_now: Option<String>,
}

/// Whether the light form is the one that a severity asks for.
pub fn is_light(incident: &Incident) -> bool {
    gate::Form::of(incident.severity.and(incident.duties)) == gate::Form::Light
}

impl Page {
    fn new(viewer: &Viewer, incident: Incident, retro: &Retro, draft: &Draft) -> Self {
        let mut actions = Form::of(draft, Section::Actions);
        // One empty row is enough here.
        let blank = actions.actions.iter().position(|a| a.by.is_empty()).map_or(actions.actions.len(), |at| at + 1);
        actions.actions.truncate(blank);
        Page {
            frame: Frame::new(viewer, "incidents", format!("Light retro of {}", incident.reference())),
            state: retro.state,
            edits: viewer.may(Permission::Write) && retro.state != RetroState::Approved,
            revision: retro.revision,
            behavior: Form::of(draft, Section::Behavior),
            system: Form::of(draft, Section::System),
            actions,
            versions: SECTIONS.map(|s| (s.name(), version(retro, s))),
            ticket: (incident.ticket.clone(), incident.ticket.clone()),
            names: Vec::new(),
            faults: Vec::new(),
            conflicts: Vec::new(),
            ticket_now: None,
            incident,
        }
    }

    fn answer(&self, status: StatusCode) -> Result<Response, Failure> {
        Ok((status, Html(self.render()?)).into_response())
    }

    /// A question's name for people.
    fn spoken(name: &str) -> String {
        name.replace('_', " ")
    }

    /// The words of a choice by its name.
    fn words(all: [(&'static str, &'static str); 3], name: &str) -> &'static str {
        all.iter().find(|(n, _)| *n == name).map_or("unknown", |(_, words)| words)
    }
}

async fn names(app: &App) -> Result<Vec<String>, Failure> {
    let all = accounts::all(&mut *app.store.reader().await?).await?;
    Ok(all.into_iter().filter(|a| a.disabled_at.is_none()).map(|a| a.name).collect())
}

/// Shows it; for another severity than 3, the full form.
pub async fn show(
    State(app): State<App>,
    Reader(viewer): Reader,
    Path(number): Path<i64>,
) -> Result<Response, Failure> {
    let (incident, retro) = both(&app, &viewer, number).await?;
    if !is_light(&incident) {
        return Ok(go(&format!("/incidents/{number}/retro")));
    }
    let mut shown = Page::new(&viewer, incident, &retro, &opened(&app, &retro.draft).await?);
    shown.names = names(&app).await?;
    page(&shown)
}

/// The fields of one section, named as its own form names them.
fn part(fields: &Fields, section: Section) -> Fields {
    let own: &[&str] = match section {
        Section::Behavior => &["text:", "verdict:", "reason:"],
        Section::System => &["contribution:", "coverage:", "counterfactual:"],
        _ => &["action-"],
    };
    let notes = format!("notes:{}", section.name());
    fields.renamed(|name| match name {
        name if name == notes => Some("notes"),
        name => own.iter().any(|prefix| name.starts_with(prefix)).then_some(name),
    })
}

/// Saves what was changed in each section, all of it or nothing.
pub async fn submit(
    State(app): State<App>,
    writer: Writer,
    Path(number): Path<i64>,
    fields: Fields,
) -> Result<Response, Failure> {
    let (incident, retro) = both(&app, &writer.0, number).await?;
    if !is_light(&incident) {
        return Err(Failure::Conflict("The light form is for incidents of severity 3.".to_owned()));
    }
    may_change(&retro)?;
    let draft = opened(&app, &retro.draft).await?;
    let seen = fields.number("revision")?;
    let base = match seen == retro.revision {
        true => draft.clone(),
        false => {
            let read = retros::revision(&mut *app.store.reader().await?, &writer.0, number, seen).await?;
            opened(&app, &read).await?
        }
    };
    let ticket = fields.short("ticket", "Ticket", TICKET)?;
    let ticket_seen = fields.get("ticket-seen").to_owned();
    let act = writer.act(&app);
    let author = Author { name: writer.0.name.clone(), at: act.at };
    let mut new = draft.clone();
    let (mut edits, mut faults, mut stale) = (Vec::new(), Vec::new(), Vec::new());
    for section in SECTIONS {
        let edit = fields::edit(&part(&fields, section), &base, section)?;
        if edit == SectionEdit::default() {
            continue;
        }
        let from = fields.number(&format!("version:{}", section.name()))?;
        if from != version(&retro, section) {
            stale.push(section);
        }
        match applied(&new, section, &edit, &author) {
            Ok(edited) => new = edited,
            Err(wrong) => faults.extend(wrong.into_iter().map(|f| (f.field, f.what))),
        }
        edits.push((section, from, edit));
    }
    let mut shown = Page::new(&writer.0, incident, &retro, &draft);
    shown.names = names(&app).await?;
    let ticket_changed = ticket != ticket_seen;
    let ticket_stale = ticket_changed && ![&ticket_seen, &ticket].contains(&&shown.incident.ticket);
    shown.ticket = (ticket.clone(), shown.incident.ticket.clone());
    if !faults.is_empty() {
        shown.faults = faults;
        shown.revision = seen;
        shown.ticket.1 = ticket_seen;
        for (section, form) in [
            (Section::Behavior, &mut shown.behavior),
            (Section::System, &mut shown.system),
            (Section::Actions, &mut shown.actions),
        ] {
            form.fill(&part(&fields, section));
        }
        for (name, version) in &mut shown.versions {
            *version = fields.number(&format!("version:{name}"))?;
        }
        return shown.answer(StatusCode::UNPROCESSABLE_ENTITY);
    }
    if !stale.is_empty() || ticket_stale {
        let mut merged = Page::new(&writer.0, shown.incident, &retro, &new);
        (merged.names, merged.ticket) = (shown.names, shown.ticket);
        merged.ticket_now = ticket_stale.then(|| merged.incident.ticket.clone());
        let conflict = |s: Section| Conflict::new(&retro, s, &lines(&draft, s), &lines(&new, s));
        merged.conflicts = stale.into_iter().map(conflict).collect();
        return merged.answer(StatusCode::CONFLICT);
    }
    let parts: Vec<Part<'_>> =
        edits.iter().map(|(section, from, edit)| Part { section: *section, from: Some(*from), edit }).collect();
    match save_all(&app, act, number, &parts, ticket_changed.then_some((&ticket_seen, &ticket))).await? {
        Saved::Done => Ok(go(&format!("/incidents/{number}/retro/light"))),
        // Somebody was faster by a moment: show both from what stands there now.
        Saved::Stale => Box::pin(submit(State(app), writer, Path(number), fields)).await,
        Saved::Faults(f) => Err(Failure::Invalid(f.into_iter().next().map(|f| f.what).unwrap_or_default())),
    }
}
