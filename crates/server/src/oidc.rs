//! Sign-in with an OpenID Connect provider: the authorization code flow with PKCE.
//!
//! Nothing here uses the database. This module turns a callback into the person whom the provider names.

mod check;
mod claims;
mod discovery;
pub mod flow;
mod keys;
mod outcome;
mod provider;
pub mod settings;
mod signature;
mod token;

pub use check::check;
pub use claims::Person;
pub use outcome::Untrusted;
pub use provider::{Callback, Provider};
pub use settings::{RoleRule, Settings};
