//! Uploads whose names or texts contain secrets or personal data: nothing is stored until the person chooses between masks and the upload as it is.
//!
//! Traces are always masked; only their names are offered.

use super::lines::{FileMasks, Line};
use super::{Choice, FIELD, HEADER};
use crate::failure::Failure;
use crate::form::{NamedBytes, NamedTexts};
use crate::pages::frame::{Frame, refused};
use crate::secret;
use crate::state::App;
use askama::Template;
use axum::http::HeaderMap;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hindcast_store::{Act, StoreError, Tx, Viewer, unmasked};
use hindcast_trace::redact::Masked;
use std::collections::BTreeMap;
use std::fmt;

/// The name of a file that a page brings back.
pub const HELD_NAME: &str = "held_name";
/// The bytes of that file, as base64.
pub const HELD: &str = "held";
/// The form field with the digest of the files that were shown, if they have to be chosen again.
const SHOWN: &str = "shown";
/// Bytes of the files that a page brings back at most; larger ones have to be chosen again.
const MOST_HELD: usize = 1 << 20;
/// Lines that are shown of one upload at most.
pub const MOST_LINES: usize = 100;

/// What is done with an upload that contains something to mask.
pub struct Offer {
    choice: Option<Choice>,
    /// The method, and the path with its parameters in braces.
    route: &'static str,
    /// The form that a page shows; absent in the API.
    form: Option<Form>,
}

/// The form with which the person chooses.
struct Form {
    action: String,
    /// What the files are for.
    kind: Option<String>,
    /// The files; absent where they are too large to be in a page.
    held: Option<NamedBytes>,
    /// The digest of the files that have to be chosen again.
    shown: Option<String>,
}

impl Offer {
    /// Stores masks without asking.
    pub fn masked() -> Self {
        Offer { choice: Some(Choice::Mask), route: "", form: None }
    }

    /// What a request of the API says.
    ///
    /// # Errors
    /// When the header is neither `mask` nor `keep`.
    pub fn of_api(headers: &HeaderMap, route: &'static str) -> Result<Self, Failure> {
        Ok(Offer { choice: Choice::of(headers)?, route, form: None })
    }

    /// What a form with files says.
    pub fn of_form(app: &App, route: &'static str, action: String, fields: &NamedTexts, files: &NamedBytes) -> Self {
        let field = |name: &str| fields.iter().rev().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        let (choice, said) = (field(FIELD).and_then(Choice::read), field(SHOWN));
        let is_small = files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() <= MOST_HELD;
        let digest = (said.is_some() || choice.is_none() && !is_small).then(|| digest(files));
        // Other files than those that were shown are shown first.
        let choice = choice.filter(|_| said.is_none() || said == digest.as_deref());
        if choice.is_some() || app.masker.is_none() {
            return Offer { choice, route, form: None };
        }
        let kind = field("kind").map(str::to_owned);
        let held = is_small.then(|| files.clone());
        Offer { choice, route, form: Some(Form { action, kind, held, shown: digest }) }
    }

    /// The choice.
    pub(crate) fn choice(&self) -> Option<Choice> {
        self.choice
    }

    /// Goes on with what was chosen.
    ///
    /// # Errors
    /// With what would be masked, if the person has not chosen yet.
    pub(crate) fn choose(self, viewer: &Viewer, is_trace: bool, files: Vec<FileMasks>) -> Result<Kept, Failure> {
        let mut counts = BTreeMap::new();
        for (kind, n) in files.iter().flat_map(|file| &file.counts) {
            *counts.entry(kind.clone()).or_default() += n;
        }
        match self.choice {
            _ if counts.is_empty() => Ok(Kept(None)),
            Some(Choice::Mask) => Ok(Kept(None)),
            Some(Choice::Keep) => Ok(Kept(Some((self.route, counts)))),
            None => {
                let upload = Upload::new(viewer, is_trace, files, counts, self.form);
                Err(Failure::UnmaskedUpload(Box::new(upload)))
            }
        }
    }
}

/// Values that are stored as uploaded, by kind, if there are any.
pub struct Kept(Option<(&'static str, BTreeMap<String, usize>)>);

impl Kept {
    /// Records the choice in the change that stores the upload.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn record(&self, tx: &mut Tx, act: Act<'_>, number: i64) -> Result<(), StoreError> {
        match &self.0 {
            Some((route, counts)) => unmasked::record(tx, act, Some(number), route, counts).await,
            None => Ok(()),
        }
    }
}

/// What would be masked in an upload, shown to the person who has to choose.
pub struct Upload {
    viewer: Viewer,
    is_trace: bool,
    files: Vec<FileMasks>,
    /// How many values of each kind, in words.
    words: String,
    /// Values that are not shown.
    more: usize,
    form: Option<Form>,
}

impl fmt::Debug for Upload {
    // Only the person who uploaded it may see what was found.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("words", &self.words).finish_non_exhaustive()
    }
}

#[derive(Template)]
#[template(path = "masking_upload.html")]
struct Page<'a> {
    frame: Frame,
    upload: &'a Upload,
    action: &'a str,
    kind: Option<&'a str>,
    /// The names of the files and their bytes as base64.
    held: Option<Vec<(&'a str, String)>>,
    shown: Option<&'a str>,
}

impl Upload {
    fn new(
        viewer: &Viewer,
        is_trace: bool,
        mut files: Vec<FileMasks>,
        counts: BTreeMap<String, usize>,
        form: Option<Form>,
    ) -> Self {
        files.retain(|file| !file.is_empty());
        let mut room = MOST_LINES;
        for file in &mut files {
            file.lines.truncate(room);
            room -= file.lines.len();
        }
        let all: usize = counts.values().sum();
        let shown: usize = files.iter().flat_map(|file| &file.lines).map(|line| line.values).sum();
        files.retain(|file| !file.lines.is_empty());
        let words = Masked { bytes: Vec::new(), counts, places: Vec::new() }.words();
        Upload { viewer: viewer.clone(), is_trace, files, words, more: all.saturating_sub(shown), form }
    }

    /// Each value, for programs, which send one file a request.
    pub fn places(&self) -> Vec<&super::MaskedPlace> {
        self.files.iter().flat_map(|file| &file.places).collect()
    }

    /// The same for the API, in one sentence.
    pub fn detail(&self) -> String {
        let Upload { words, is_trace, .. } = self;
        let what = if *is_trace { "name of the file" } else { "upload" };
        format!(
            "The {what} contains {words}. Nothing was stored. Send the header `{HEADER}: mask` to store it with masks, or `keep` to store it as \
             uploaded."
        )
    }

    /// The page with the lines, and the form to choose. None for the API.
    pub fn page(&self) -> Option<Result<Response, Failure>> {
        let form = self.form.as_ref()?;
        let held = form
            .held
            .as_ref()
            .map(|files| files.iter().map(|(name, bytes)| (name.as_str(), STANDARD.encode(bytes))).collect());
        let frame = Frame::new(&self.viewer, "incidents", "Mask before storing");
        let (action, kind) = (form.action.as_str(), form.kind.as_deref());
        Some(refused(&Page {
            frame,
            upload: self,
            action,
            kind,
            held,
            shown: form.shown.as_deref().filter(|_| form.held.is_none()),
        }))
    }
}

/// A digest of files and their names.
fn digest(files: &NamedBytes) -> String {
    let parts: Vec<&[u8]> = files.iter().flat_map(|(name, bytes)| [name.as_bytes(), bytes]).collect();
    secret::digest(&parts)
}

/// The line's number, or what it is, for people.
fn place(line: &Line) -> String {
    line.number.map_or_else(|| "File name".to_owned(), |n| format!("Line {n}"))
}
