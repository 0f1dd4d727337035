//! Signing in at an OpenID Connect provider: the authorization code flow with PKCE.
//!
//! Nothing here touches the record: a callback goes in, and who the provider says it was comes out.

mod claims;
mod discovery;
pub mod flow;
mod keys;
mod outcome;
mod provider;
pub mod settings;
mod signature;
mod token;

pub use claims::Person;
pub use outcome::Untrusted;
pub use provider::{Callback, Provider};
pub use settings::{RoleRule, Settings};
