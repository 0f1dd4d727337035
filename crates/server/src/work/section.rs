//! One section of a retro, edited by one person while others edit too.

use super::action;
use super::retro::{may_change, parse, write};
use crate::failure::Failure;
use crate::state::App;
use hindcast_retro::draft::Draft;
use hindcast_retro::record::edit::{Author, EditFault, Section, SectionEdit, apply};
use hindcast_store::Act;
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

/// Saves an edit that was made from a version of the section; without one, whatever stands there. What others did to
/// other sections meanwhile stays.
pub async fn save(
    app: &App,
    act: Act<'_>,
    number: i64,
    section: Section,
    from: Option<i64>,
    edit: &SectionEdit,
) -> Result<Saved, Failure> {
    let author = Author { name: act.by.name.clone(), at: act.at };
    let mut tx = app.store.begin().await?;
    let locked = retros::lock(&mut tx, act, number).await?;
    may_change(&locked)?;
    let version = version(&locked, section);
    if from.is_some_and(|from| from != version) {
        return Ok(Saved::Stale);
    }
    let current = parse(&locked.draft)?;
    let new = match applied(&current, section, edit, &author) {
        Ok(new) => new,
        Err(faults) => return Ok(Saved::Faults(faults)),
    };
    if new == current {
        return Ok(Saved::Done);
    }
    let change = Change { what: section.name(), reason: "", sections: &[section] };
    retros::save(&mut tx, act, &locked, &write(&new)?, change).await?;
    action::follow(app, &mut tx, act, number, &new).await?;
    tx.commit().await?;
    Ok(Saved::Done)
}
