//! Forms as browsers send them.

use crate::excess;
use crate::failure::Failure;
use crate::line;
use crate::masking::{HELD, HELD_NAME, Typing, label};
use crate::state::App;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a form that are taken at most.
pub const MOST: usize = 4 << 20;
/// Bytes that a form may put around its files.
pub const AROUND: usize = 1 << 20;
/// Bytes of one text field that are taken at most.
const LONGEST: usize = 100_000;

/// The fields of a form, in the order in which they were sent.
#[derive(Debug, Clone, Default)]
pub struct Fields(Vec<(String, String)>);

impl FromRequest<App> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let typing = Typing::of(app, &request);
        let too_large = || Failure::TooLarge(format!("The form is larger than {} MiB.", MOST >> 20));
        let request = excess::within(request, MOST, too_large).await?;
        let form = axum::Form::<Vec<(String, String)>>::from_request(request, app).await;
        let axum::Form(mut fields) = form.map_err(|e| match e.into_response_status() {
            StatusCode::PAYLOAD_TOO_LARGE => too_large(),
            _ => Failure::Invalid("The form could not be read.".to_owned()),
        })?;
        if let Some((name, _)) = fields.iter().find(|(_, value)| value.len() > LONGEST) {
            return Err(Failure::TooLarge(format!("The field `{name}` is longer than {LONGEST} bytes.")));
        }
        // PostgreSQL stores every character but this one, and no person types it.
        match fields.iter().find(|(_, value)| value.contains('\0')) {
            Some((name, _)) => {
                Err(Failure::Invalid(format!("The field `{name}` holds a character that cannot be kept.")))
            }
            None => {
                line::form(&mut fields, label)?;
                match typing {
                    Some(typing) => typing.form(fields).await.map(Fields),
                    None => Ok(Fields(fields)),
                }
            }
        }
    }
}

/// The status of a rejected form.
trait RejectionStatus {
    fn into_response_status(self) -> StatusCode;
}

impl RejectionStatus for axum::extract::rejection::FormRejection {
    fn into_response_status(self) -> StatusCode {
        use axum::response::IntoResponse;
        self.into_response().status()
    }
}

impl Fields {
    /// A field's text without blanks around it; empty where it was not sent.
    pub fn get(&self, name: &str) -> &str {
        self.raw(name).unwrap_or("").trim()
    }

    /// A field's text as it was sent, with line ends of one kind.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// True for a box that was ticked, a button that was pressed.
    pub fn has(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// What comes behind a prefix, with the text, for every field that begins with it.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(key, value)| Some((key.strip_prefix(prefix)?, value.as_str())))
    }

    /// The fields that have another name here, or the same; without those that have none.
    pub fn renamed<'a>(&'a self, name: impl Fn(&'a str) -> Option<&'a str>) -> Fields {
        let of = |(key, value): &'a (String, String)| Some((name(key)?.to_owned(), value.clone()));
        Fields(self.0.iter().filter_map(of).collect())
    }

    /// A number that a form carries along.
    ///
    /// # Errors
    /// When it is none.
    pub fn number(&self, name: &str) -> Result<i64, Failure> {
        self.get(name).parse().map_err(|_| Failure::Invalid(format!("The field `{name}` is no number.")))
    }

    /// A text that must be there and not be too long.
    ///
    /// # Errors
    /// When it is empty or longer than `most` characters.
    pub fn required(&self, name: &str, label: &str, most: usize) -> Result<String, Failure> {
        let text = self.short(name, label, most)?;
        if text.is_empty() {
            return Err(Failure::Invalid(format!("{label}: write something here.")));
        }
        Ok(text)
    }

    /// A text that must not be too long.
    ///
    /// # Errors
    /// When it is longer than `most` characters.
    pub fn short(&self, name: &str, label: &str, most: usize) -> Result<String, Failure> {
        let text = self.get(name);
        if text.chars().count() > most {
            return Err(Failure::Invalid(format!("{label}: at most {most} characters.")));
        }
        Ok(text.to_owned())
    }
}

/// The text fields and the files of a form with files, each with its name. An empty choice is no file.
///
/// # Errors
/// When it is larger than the server takes, or breaks off.
pub async fn files(request: Request, app: &App) -> Result<(NamedTexts, NamedBytes), Failure> {
    read_files(request, app, false).await
}

/// The same for a form of a page, which may bring back the files that a page contained.
///
/// # Errors
/// As [`files`].
pub async fn files_or_held(request: Request, app: &App) -> Result<(NamedTexts, NamedBytes), Failure> {
    read_files(request, app, true).await
}

async fn read_files(request: Request, app: &App, may_be_held: bool) -> Result<(NamedTexts, NamedBytes), Failure> {
    let limit = app.config.upload_limit;
    let too_large = || Failure::TooLarge(format!("The upload is larger than {} MiB.", limit >> 20));
    let unreadable = |e: MultipartError| match e.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => Failure::Unreadable("The upload broke off or is no form.".to_owned()),
    };
    let request = excess::within(request, limit.saturating_add(AROUND), too_large).await?;
    let form = Multipart::from_request(request, app).await;
    let mut form = form.map_err(|_| Failure::Unreadable("The upload is no form with files.".to_owned()))?;
    let (mut texts, mut files, mut taken) = (Vec::new(), Vec::new(), 0_usize);
    let mut held_name = String::new();
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or("").to_owned();
        let (file, bytes) = match name.as_str() {
            "file" => (field.file_name().unwrap_or("").to_owned(), field.bytes().await.map_err(unreadable)?.to_vec()),
            HELD if may_be_held => {
                let bytes = STANDARD.decode(field.bytes().await.map_err(unreadable)?);
                let bytes = bytes.map_err(|_| Failure::Unreadable(format!("The field `{HELD}` is not base64.")))?;
                (std::mem::take(&mut held_name), bytes)
            }
            HELD_NAME if may_be_held => {
                held_name = field.text().await.map_err(unreadable)?;
                continue;
            }
            _ => {
                texts.push((name, field.text().await.map_err(unreadable)?));
                continue;
            }
        };
        // The body may be larger than the limit, for what a form puts around its files.
        taken = taken.saturating_add(bytes.len());
        if taken > limit {
            return Err(too_large());
        }
        if !file.is_empty() || !bytes.is_empty() {
            files.push((file, bytes));
        }
    }
    Ok((texts, files))
}

/// Text fields by name.
pub type NamedTexts = Vec<(String, String)>;
/// Files by name.
pub type NamedBytes = Vec<(String, Vec<u8>)>;
