//! The server where a team runs its incidents: pages, forms and the API, thin over the rooms below.
//!
//! Pages are written on the server and work without a script. Handlers hold no SQL and no policy: they take what was
//! sent apart, ask `retro` and `store`, and hand the answer to a template.

pub mod anchor;
mod api;
mod assets;
mod auth;
mod bodies;
mod clock;
mod config;
mod connections;
mod excess;
mod failure;
mod fair;
mod form;
mod health;
mod held_body;
mod host;
mod jobs;
mod line;
mod mail;
mod markdown;
mod masking;
mod memory;
mod metrics;
mod oidc;
mod outgoing;
mod pages;
mod pools;
pub mod recovery;
mod refused;
pub mod routes;
mod secret;
mod serve;
mod source;
mod start;
mod state;
mod stream;
mod trail;
mod work;

pub use clock::Clock;
pub use config::{Config, Sessions};
pub use jobs::Worker;
pub use mail::{Encryption as MailEncryption, MailError, Settings as MailSettings, check as check_mail};
pub use oidc::{RoleRule, Settings as OidcSettings, check as check_provider};
pub use outgoing::SharedSecret;
pub use source::proxy::{NoNetwork, TrustedProxy};
pub use start::{Server, StartError};
