//! An anchor for the audit log: its head, stored where people who can write to the database cannot write.
//!
//! A webhook gets the head as JSON. A timestamp authority (RFC 3161) signs a digest of it together with the time.

mod authority;
mod schedule;
mod stamp;
mod token;
mod webhook;

pub use authority::{Authority, certificates};
pub(crate) use schedule::Poster;
pub use schedule::Schedule;
pub use stamp::Stamp;
pub use webhook::Webhook;

use crate::outgoing::FetchError;

/// A certificate in DER.
pub type Certificate = rustls::pki_types::CertificateDer<'static>;

/// The head of the audit log: its last row and that row's hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The row, counted from 1.
    pub row: i64,
    /// Its hash, in 64 hexadecimal digits.
    pub hash: String,
}

impl Head {
    /// The line that an anchor file holds. A timestamp covers exactly these bytes.
    pub fn line(&self) -> String {
        format!("head {}:{}\n", self.row, self.hash)
    }
}

/// Why no anchor was made.
#[derive(Debug, thiserror::Error)]
pub enum AnchorError {
    /// The URL, the secret or the certificates cannot be used.
    #[error("{0}")]
    Settings(String),
    /// The other server could not be reached, or refused.
    #[error("{0}")]
    Fetch(#[from] FetchError),
    /// The response of the timestamp authority is not a timestamp for this head.
    #[error("{0}")]
    Answer(String),
}
