//! A secret that another server knows too.

use std::fmt;

/// A secret that another server knows too, such as a provider or a webhook. It is never printed.
#[derive(Clone)]
pub struct SharedSecret(String);

impl SharedSecret {
    /// A secret as it was read, without the white space around it.
    pub fn new(text: &str) -> Self {
        SharedSecret(text.trim().to_owned())
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedSecret(hidden)")
    }
}
