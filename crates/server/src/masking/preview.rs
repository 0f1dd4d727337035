//! What was found in typed text, shown to the person who has to choose: a form with its masks, or a list of places.

use super::lines::Piece;
use super::{Found, counts};
use crate::failure::Failure;
use crate::pages::frame::{Frame, refused};
use askama::Template;
use axum::response::Response;
use hindcast_retro::record::incident::Point;
use hindcast_store::Viewer;
use hindcast_trace::redact::Masked;
use schemars::JsonSchema;
use serde::Serialize;
use std::fmt;
use std::ops::Range;

/// A value that would be masked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MaskedPlace {
    /// The text that contains the value, as a JSON pointer into the body; for an upload, `/name` or `/file`.
    pub field: String,
    /// The kind of value, such as `secret` or `email`.
    pub kind: &'static str,
    /// Where the value begins, in characters from 0.
    pub from: usize,
    /// Where the value ends: the first character after it.
    pub to: usize,
}

/// What was found, and the form that contains it.
pub struct Preview {
    viewer: Viewer,
    action: String,
    /// Fields in which nothing was found, unchanged.
    kept: Vec<(String, String)>,
    fields: Vec<FieldRow>,
    /// The labels and names of what has to be typed again.
    again: Vec<(String, String)>,
    /// How many values of each kind, in words.
    words: String,
    /// Each value.
    pub places: Vec<MaskedPlace>,
}

/// A field in which something was found.
struct FieldRow {
    name: String,
    label: String,
    value: String,
    is_long: bool,
    masked: Vec<Piece>,
}

impl fmt::Debug for Preview {
    // Only the person who typed it may see what was found.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Preview").field("places", &self.places.len()).finish_non_exhaustive()
    }
}

#[derive(Template)]
#[template(path = "masking.html")]
struct Page<'a> {
    frame: Frame,
    preview: &'a Preview,
}

impl Preview {
    /// A preview of a form.
    pub(super) fn of_form(viewer: &Viewer, action: String, fields: Vec<(String, String)>, found: &[Found]) -> Self {
        let mut all = Preview::of_texts(viewer, fields.clone(), found);
        let mut found = found.iter().peekable();
        for (nth, (name, value)) in fields.into_iter().enumerate() {
            match found.next_if(|f| f.nth == nth) {
                Some(f) => all.fields.push(FieldRow {
                    label: label(&name),
                    is_long: value.contains('\n') || value.chars().count() > 100,
                    masked: pieces(&f.masked),
                    name,
                    value,
                }),
                None if super::PROOFS.contains(&name.as_str()) => all.again.push((label(&name), name)),
                None => all.kept.push((name, value)),
            }
        }
        all.action = action;
        all
    }

    /// A preview of named texts.
    pub(super) fn of_texts(viewer: &Viewer, texts: Vec<(String, String)>, found: &[Found]) -> Self {
        let places = found.iter().flat_map(|f| {
            let (field, text) = &texts[f.nth];
            let count = |to: usize| text.as_bytes().get(..to).map_or(0, |b| String::from_utf8_lossy(b).chars().count());
            f.masked.places.iter().map(move |p| MaskedPlace {
                field: field.clone(),
                kind: p.kind,
                from: count(p.hidden.start),
                to: count(p.hidden.end),
            })
        });
        let places = places.collect();
        let words = Masked { bytes: Vec::new(), counts: counts(found), places: Vec::new() }.words();
        Preview {
            viewer: viewer.clone(),
            action: String::new(),
            kept: Vec::new(),
            fields: Vec::new(),
            again: Vec::new(),
            words,
            places,
        }
    }

    /// The same for the API, in one sentence.
    pub fn detail(&self) -> String {
        let Preview { words, .. } = self;
        format!(
            "The text contains {words}. Nothing was stored. Send the header `{}: mask` to store the text with masks, or `keep` to store it as it is.",
            super::HEADER
        )
    }

    /// The form again, with the masked text beside the typed text.
    ///
    /// # Errors
    /// When the page cannot be written.
    pub fn page(&self) -> Result<Response, Failure> {
        refused(&Page { frame: Frame::new(&self.viewer, "incidents", "Mask before saving"), preview: self })
    }
}

fn pieces(masked: &Masked) -> Vec<Piece> {
    let text = |range: Range<usize>| String::from_utf8_lossy(masked.bytes.get(range).unwrap_or_default()).into_owned();
    let (mut all, mut end) = (Vec::new(), 0);
    for place in &masked.places {
        all.push(Piece { text: text(end..place.mask.start), kind: None });
        all.push(Piece { text: text(place.mask.clone()), kind: Some(kind(place.kind)) });
        end = place.mask.end;
    }
    all.push(Piece { text: text(end..masked.bytes.len()), kind: None });
    all.retain(|piece| !piece.text.is_empty());
    all
}

/// The name of a kind, for people.
pub(super) fn kind(name: &'static str) -> &'static str {
    match name {
        "email" => "email address",
        "card" => "card number",
        "iban" => "IBAN",
        "phone" => "phone number",
        "id" => "national ID",
        "birthdate" => "date of birth",
        "street" => "street address",
        "ip" => "IP address",
        other => other,
    }
}

/// A field's name for people, in the words of the form that it comes from. The part before a colon says what it is, the part after it which one.
pub fn label(name: &str) -> String {
    let (name, which) = name.split_once(':').unwrap_or((name, ""));
    let words = match name {
        "summary" => "What is known",
        "by" => "Who",
        "reference" => "Where it is",
        "severity_reason" => "Why this severity",
        "notes" => "In your own words",
        "action-title" => "What to do",
        "action-owner" => "Owner",
        "action-proof" => "Proven by",
        "action-reason" => "Why",
        other => other,
    };
    let words = words.replace(['_', '-'], " ");
    let mut chars = words.chars();
    let words: String = chars.next().map(|c| c.to_uppercase().chain(chars).collect()).unwrap_or_default();
    match which.parse::<Point>() {
        Ok(point) => format!("{}: {}", point.label(), words.to_lowercase()),
        Err(_) => words,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_called_what_its_form_calls_it() {
        assert_eq!(label("action-title:a1"), "What to do");
        assert_eq!(label("summary"), "What is known");
        assert_eq!([label("source"), label("source:reported")], ["Source", "Reported: source"]);
        assert_eq!(label("by:aware"), "Person aware: who");
        assert_eq!(label("text:s12"), "Text");
        assert_eq!(label(""), "");
    }
}
