//! Why somebody is not signed in by what came from the provider. The words are for the server's log: they hold no token and no name.

use crate::outgoing::FetchError;

/// Why a sign-in at the provider came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// The provider cannot be reached, or does not answer as a provider does.
    #[error("{0}: {1}")]
    Outage(&'static str, FetchError),
    /// Its discovery document cannot be used.
    #[error("the discovery document: {0}")]
    Document(String),
    /// It says that somebody was not signed in, with a code such as `access_denied`.
    #[error("the provider answered with the error {0}")]
    Denied(String),
    /// The answer names another issuer.
    #[error("the answer names another issuer")]
    MixedUp,
    /// The code was not taken.
    #[error("the code was refused with status {0}")]
    Code(u16),
    /// There is no ID token, or it cannot be read.
    #[error("the ID token cannot be read")]
    Unreadable,
    /// The ID token is signed in a way that is not taken: not at all, with a shared key, or by an algorithm that is not known.
    #[error("the ID token is signed by an algorithm that is not accepted")]
    Algorithm,
    /// None of the provider's keys fits it.
    #[error("the ID token is signed with a key that the provider does not publish")]
    UnknownKey,
    /// Its signature is wrong.
    #[error("the signature of the ID token is wrong")]
    Signature,
    /// It is of another issuer.
    #[error("the ID token is of another issuer")]
    Issuer,
    /// It is for somebody else.
    #[error("the ID token is for another audience")]
    Audience,
    /// Its time is over, or has not come.
    #[error("the ID token has expired or is not valid yet; compare the clocks")]
    Time,
    /// It is of another sign-in.
    #[error("the ID token is of another sign-in (nonce)")]
    Nonce,
    /// It does not say who it is about, or the user info is about somebody else.
    #[error("the ID token and the user info do not name one person")]
    Subject,
}

impl Untrusted {
    /// True if the provider is out of order, which has nothing to do with who signs in.
    pub fn is_outage(&self) -> bool {
        matches!(self, Untrusted::Outage(..) | Untrusted::Document(_))
    }
}
