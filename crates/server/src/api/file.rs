//! A file that a request brings: as it is, or as the one file of a form.

use super::sent;
use crate::failure::{Failure, Field};
use crate::form;
use crate::state::App;
use axum::extract::Request;

/// The one file of a request.
pub struct File {
    /// The kind of the body that it came in.
    pub media: String,
    /// Its name; in a form only.
    pub name: Option<String>,
    /// The other fields of the form.
    pub fields: form::NamedTexts,
    /// What it holds.
    pub bytes: Vec<u8>,
}

/// A field that is wrong.
pub fn fault(field: &str, what: &str) -> Failure {
    Failure::Fields(vec![Field { field: field.to_owned(), what: what.to_owned() }])
}

impl File {
    /// The file of a request whose body is of one of these kinds, or a form with these fields and `file`.
    ///
    /// # Errors
    /// When it is of another kind, cannot be read, is empty, or is larger than is taken.
    pub async fn of(request: Request, app: &App, kinds: &[&str], fields: &[&str]) -> Result<File, Failure> {
        let media = sent::kind(request.headers());
        let file = match media.as_str() {
            "multipart/form-data" => File::of_form(request, app, media, fields).await?,
            kind if kinds.contains(&kind) => {
                // The body becomes the file: a copy would be as large again.
                let bytes = sent::bytes(request, app.config.upload_limit).await?.into();
                File { media, name: None, fields: Vec::new(), bytes }
            }
            _ => {
                let kinds = kinds.join(" or ");
                let text = format!("Send the file as {kinds}, or a form as multipart/form-data.");
                return Err(Failure::MediaType(text));
            }
        };
        if file.bytes.is_empty() {
            return Err(fault("file", "is empty"));
        }
        Ok(file)
    }

    async fn of_form(request: Request, app: &App, media: String, fields: &[&str]) -> Result<File, Failure> {
        let (texts, mut files) = form::files(request, app).await?;
        if let Some((other, _)) = texts.iter().find(|(name, _)| !fields.contains(&name.as_str())) {
            let other: String = other.chars().take(40).collect();
            return Err(Failure::Invalid(format!("The form has a field `{other}`, which is none of this address.")));
        }
        let (name, bytes) = files.pop().ok_or_else(|| fault("file", "is missing"))?;
        if !files.is_empty() {
            return Err(fault("file", "stands there twice; send one file a request"));
        }
        Ok(File { media, name: Some(name), fields: texts, bytes })
    }

    /// A field of the form; the last one where it stands there several times.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.iter().rev().find(|(key, _)| key == name).map(|(_, text)| text.as_str())
    }
}
