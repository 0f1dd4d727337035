//! A retro as one HTML page that needs nothing else: no script, no font, no request.
//!
//! The page is made in two steps. A view is built from the draft, in which every text is a `Text`, which writes
//! itself escaped; templates then only say where it goes.

mod anchors;
mod behavior;
mod evidence;
mod head;
mod parts;
mod people;
mod retro;
mod system;
mod text;
mod timeline;
mod words;

use anchors::Answered;
use askama::Template;
use hindcast_retro::Draft;
use retro::Retro;
use text::Text;

/// Why a page could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HtmlError {
    /// A template failed while writing.
    #[error("the page could not be written: {0}")]
    Template(#[from] askama::Error),
}

/// All style of a page; also what a page around a [`fragment`] needs. Tokens first, since the rest is written in them.
pub const STYLE: &str = concat!(
    include_str!("../style/tokens.css"),
    include_str!("../style/page.css"),
    include_str!("../style/parts.css"),
    include_str!("../style/sections.css"),
    include_str!("../style/sequence.css"),
    include_str!("../style/print.css"),
);

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    style: &'static str,
    heading: Option<String>,
    title: Text,
    retros: Vec<Retro>,
}

/// One retro as a page.
///
/// # Errors
/// When a template cannot be written; never because of what the draft says.
pub fn page(draft: &Draft) -> Result<String, HtmlError> {
    let retros = vec![Retro::new(draft, "", 1)];
    Ok(Page { style: STYLE, heading: None, title: Text::line(&draft.title), retros }.render()?)
}

/// Several retros as one page, with a common table of contents.
///
/// # Errors
/// As [`page`].
pub fn pages(drafts: &[Draft]) -> Result<String, HtmlError> {
    if let [draft] = drafts {
        return page(draft);
    }
    let heading = format!("{} incident retros", drafts.len());
    let retros = drafts.iter().enumerate().map(|(i, d)| Retro::new(d, &format!("r{}-", i + 1), 2)).collect();
    Ok(Page { style: STYLE, title: Text::line(&heading), heading: Some(heading), retros }.render()?)
}

/// A place in a retro that a list of contents leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The id of the element.
    pub to: String,
    /// What stands there.
    pub label: &'static str,
    /// How many of it.
    pub count: Option<usize>,
    /// True for the seven sections.
    pub numbered: bool,
}

/// A retro as a part of somebody else's page, with its contents. Below `edit`, where given, each section is edited at
/// its name and `/edit`.
///
/// # Errors
/// As [`page`].
pub fn fragment(draft: &Draft, edit: Option<&str>) -> Result<(String, Vec<Stop>), HtmlError> {
    fragment_with(draft, edit, None)
}

/// Makes harmless HTML of a person's Markdown. What it gives stands in the page as it is.
pub type NoteWriter<'a> = &'a dyn Fn(&str) -> String;

/// The same, with notes written by somebody who knows Markdown.
///
/// # Errors
/// As [`page`].
pub fn fragment_with(
    draft: &Draft,
    edit: Option<&str>,
    notes: Option<NoteWriter<'_>>,
) -> Result<(String, Vec<Stop>), HtmlError> {
    let answered = edit.map_or(Answered::Nowhere, |base| Answered::Form(base.to_owned()));
    let mut retro = Retro::answered(draft, "", 1, answered);
    retro.edit = edit.map(str::to_owned);
    for (row, note) in retro.notes.iter_mut().zip(&draft.notes) {
        row.html = notes.map(|write| write(&note.text));
    }
    Ok((retro.render()?, retro.contents))
}
