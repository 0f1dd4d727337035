//! Signing in at an OpenID Connect provider: one that does what it should, and ones that do not.

mod accounts;
mod certified;
mod hostile;
mod issuer;
mod outage;
