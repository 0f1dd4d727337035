//! Why a provider's response does not sign somebody in. The messages are for the server's log and contain no tokens or names.

use crate::outgoing::FetchError;

/// Why a sign-in with the provider failed.
#[derive(Debug, thiserror::Error)]
pub enum Untrusted {
    /// The provider cannot be reached, or does not respond as the protocol requires.
    #[error("{0}: {1}")]
    Outage(&'static str, FetchError),
    /// Its discovery document cannot be used.
    #[error("the discovery document: {0}")]
    Document(String),
    /// The provider did not sign the person in, and gives a code such as `access_denied`.
    #[error("the provider returned the error {0}")]
    Denied(String),
    /// The response names another issuer.
    #[error("the response names another issuer")]
    MixedUp,
    /// The provider refused the code.
    #[error("the provider refused the code with status {0}")]
    Code(u16),
    /// There is no ID token, or it cannot be read.
    #[error("the ID token cannot be read")]
    Unreadable,
    /// The ID token is not signed, is signed with a shared key, or uses an unknown algorithm.
    #[error("the ID token is signed with an algorithm that is not accepted")]
    Algorithm,
    /// None of the provider's keys matches the ID token.
    #[error("the ID token is signed with a key that the provider does not publish")]
    UnknownKey,
    /// The signature of the ID token is wrong.
    #[error("the signature of the ID token is wrong")]
    Signature,
    /// The ID token is from another issuer.
    #[error("the ID token is from another issuer")]
    Issuer,
    /// The ID token is for another client.
    #[error("the ID token is for another audience")]
    Audience,
    /// The ID token has expired or is not valid yet.
    #[error("the ID token has expired or is not valid yet; compare the clocks")]
    Time,
    /// The ID token belongs to another sign-in.
    #[error("the ID token belongs to another sign-in (nonce)")]
    Nonce,
    /// The ID token names no person, or the user info is about another person.
    #[error("the ID token names no valid subject, or the user info names another one")]
    Subject,
}

impl Untrusted {
    /// True if the provider itself does not work, whoever signs in.
    pub fn is_outage(&self) -> bool {
        matches!(self, Untrusted::Outage(..) | Untrusted::Document(_))
    }
}
