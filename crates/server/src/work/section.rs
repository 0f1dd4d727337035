//! One section of a retro, edited by one person while others edit too.

use super::action;
use super::retro::{may_change, parse, write};
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::edit::{Author, EditFault, Section, SectionEdit, apply};
use hindcast_store::Act;
use hindcast_store::incidents::{self, Details, Incident};
use hindcast_store::retros::{self, Change, Retro};

/// The section of this name.
pub fn named(name: &str) -> Result<Section, Failure> {
    name.parse().map_err(|_| Failure::NotFound("There is no such section.".to_owned()))
}

/// How often it was changed.
pub fn version(retro: &Retro, section: Section) -> i64 {
    retro.sections.get(section.name()).map_or(0, |e| e.version)
}

/// What an edit would make of a draft, or what is wrong with it.
pub fn applied(draft: &Draft, section: Section, edit: &SectionEdit, author: &Author) -> Result<Draft, Vec<EditFault>> {
    let mut new = draft.clone();
    apply(&mut new, section, edit, author).map(|()| new)
}

/// What became of an edit.
pub enum Saved {
    /// It stands.
    Done,
    /// Somebody changed the section since the version that the edit was made from.
    Stale,
    /// It does not fit what stands there now.
    Faults(Vec<EditFault>),
}

/// An edit of one section.
#[derive(Clone, Copy)]
pub struct Part<'a> {
    /// The section.
    pub section: Section,
    /// The version of the section that the edit was made from; without one, whatever stands there.
    pub from: Option<i64>,
    /// The edit.
    pub edit: &'a SectionEdit,
}

/// Saves an edit of one section. What others did to other sections meanwhile stays.
pub async fn save(
    app: &App,
    act: Act<'_>,
    number: i64,
    section: Section,
    from: Option<i64>,
    edit: &SectionEdit,
) -> Result<Saved, Failure> {
    save_all(app, act, number, &[Part { section, from, edit }], None).await
}

/// Saves edits of several sections, each as a revision of its own: all of them, or none. A ticket is given as it was seen
/// and as it is to be.
pub async fn save_all(
    app: &App,
    act: Act<'_>,
    number: i64,
    parts: &[Part<'_>],
    ticket: Option<(&str, &str)>,
) -> Result<Saved, Failure> {
    let author = Author { name: act.by.name.clone(), at: act.at };
    let mut tx = app.begin().await?;
    let mut locked = retros::lock(&mut tx, act, number).await?;
    may_change(&locked)?;
    if parts.iter().any(|p| p.from.is_some_and(|from| from != version(&locked, p.section))) {
        return Ok(Saved::Stale);
    }
    if let Some((seen, ticket)) = ticket {
        let incident = incidents::find(&mut tx, act.by, number).await?;
        if incident.ticket != seen && incident.ticket != ticket {
            return Ok(Saved::Stale);
        }
        let Incident { title, agent, summary, .. } = incident;
        let details = Details { title, agent, summary, ticket: ticket.to_owned() };
        incidents::edit(&mut tx, act, number, Some(incident.version), &details).await?;
        // Another ticket ends a review, and that is a revision of its own.
        locked = retros::lock(&mut tx, act, number).await?;
    }
    let first = parse(&locked.draft)?;
    let mut current = first.clone();
    for Part { section, edit, .. } in parts {
        let new = match applied(&current, *section, edit, &author) {
            Ok(new) => new,
            Err(faults) => return Ok(Saved::Faults(faults)),
        };
        if new == current {
            continue;
        }
        let change = Change { what: section.name(), reason: "", sections: &[*section] };
        locked.revision = retros::save(&mut tx, act, &locked, &write(&new)?, change).await?;
        current = new;
    }
    if current != first {
        action::follow(app, &mut tx, act, number, &current).await?;
    }
    tx.commit().await?;
    Ok(Saved::Done)
}
