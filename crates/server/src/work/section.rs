//! One section of a retro, edited by one person while others edit too.

use super::action;
use super::retro::{both, may_change, parse, write};
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::edit::{Author, EditFault, Section, SectionEdit, apply};
use hindcast_store::Act;
use hindcast_store::incidents::{self, Details, Incident};
use hindcast_store::retros::{self, Change, Retro};
use hindcast_trace::Stop;

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
    let is_stale = |retro: &Retro| parts.iter().any(|p| p.from.is_some_and(|from| from != version(retro, p.section)));
    let (_, seen) = both(app, act.by, number).await?;
    may_change(&seen)?;
    if is_stale(&seen) {
        return Ok(Saved::Stale);
    }
    // Read and edited before the change begins, which has others wait for it.
    let mut new = edited(app, &seen.draft, parts, &author).await?;
    let mut tx = app.begin().await?;
    let mut locked = retros::lock(&mut tx, act, number).await?;
    may_change(&locked)?;
    if is_stale(&locked) {
        return Ok(Saved::Stale);
    }
    if locked.revision != seen.revision {
        // Once more, on what stands there now: what others did to other sections meanwhile stays.
        new = edited(app, &locked.draft, parts, &author).await?;
    }
    let new = match new {
        Ok(new) => new,
        Err(faults) => return Ok(Saved::Faults(faults)),
    };
    if let Some((seen, ticket)) = ticket {
        let incident = incidents::find(&mut tx, act.by, number).await?;
        if incident.ticket != seen && incident.ticket != ticket {
            return Ok(Saved::Stale);
        }
        let Incident { title, agent, summary, .. } = incident;
        let details = Details { title, agent, summary, ticket: ticket.to_owned() };
        super::incident::edit(&mut tx, act, number, Some(incident.version), &details).await?;
        // Another ticket ends a review, and that is a revision of its own.
        locked = retros::lock(&mut tx, act, number).await?;
    }
    for (section, json) in &new.texts {
        let change = Change { what: section.name(), reason: "", sections: &[*section] };
        locked.revision = retros::save(&mut tx, act, &locked, json, change).await?;
    }
    if !new.texts.is_empty() {
        action::follow(app, &mut tx, act, number, &new.draft).await?;
    }
    tx.commit().await?;
    Ok(Saved::Done)
}

/// A draft with several edits, and how it is kept after each that changed something.
struct Edited {
    draft: Draft,
    texts: Vec<(Section, String)>,
}

/// Edits a draft in a thread; or tells what is wrong with an edit.
async fn edited(
    app: &App,
    json: &str,
    parts: &[Part<'_>],
    author: &Author,
) -> Result<Result<Edited, Vec<EditFault>>, Failure> {
    let (json, author) = (json.to_owned(), author.clone());
    let edits: Vec<(Section, SectionEdit)> = parts.iter().map(|p| (p.section, p.edit.clone())).collect();
    let work = move |stop: &Stop| {
        let (mut draft, mut texts) = (parse(&json, stop)?, Vec::new());
        for (section, edit) in &edits {
            let new = match applied(&draft, *section, edit, &author) {
                Ok(new) => new,
                Err(faults) => return Ok(Err(faults)),
            };
            if new != draft {
                texts.push((*section, write(&new, stop)?));
                draft = new;
            }
        }
        Ok(Ok(Edited { draft, texts }))
    };
    app.pools.pages.run(work).await?
}
