//! The conversation with the SMTP server.

use super::settings::{Encryption, Settings};
use crate::outgoing::trusts_this_machine;
use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, CertificateStore, TlsParameters};
use lettre::transport::smtp::{self, extension::ClientId};
use std::error::Error;
use std::io;
use std::time::Duration;
use tokio::time::timeout;

/// How long a conversation may take, from the connection to the end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a conversation failed: without addresses, and without what the server wrote, which may repeat them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MailError {
    /// It took too long.
    #[error("it did not answer within {} seconds", PATIENCE.as_secs())]
    Slow,
    /// The server refused, with a code.
    #[error("it refused with code {code}{}", hint(*.code))]
    Refused {
        /// The code of its answer.
        code: u16,
    },
    /// TLS could not be agreed on.
    #[error("TLS could not be set up: {0}")]
    Tls(String),
    /// The server offers no STARTTLS.
    #[error("it offers no STARTTLS, and nothing is sent without encryption")]
    NoTls,
    /// The server takes no password of the kinds that are known.
    #[error("it offers no way to sign in (PLAIN or LOGIN)")]
    NoSignIn,
    /// There is no connection.
    #[error("it cannot be connected to")]
    Connection,
    /// It spoke no SMTP, or broke off.
    #[error("it broke off, or its answers are not SMTP")]
    Conversation,
}

fn hint(code: u16) -> &'static str {
    match code {
        530 | 534 | 535 | 538 => "; check the user and the password",
        550..=554 => "; it does not take mail for this recipient or from this sender",
        _ => "",
    }
}

impl MailError {
    /// True if trying again at once is of no use.
    pub fn is_final(&self) -> bool {
        match self {
            MailError::Refused { code } => *code >= 500,
            MailError::NoTls | MailError::NoSignIn => true,
            MailError::Slow | MailError::Tls(_) | MailError::Connection | MailError::Conversation => false,
        }
    }
}

impl From<smtp::Error> for MailError {
    fn from(e: smtp::Error) -> Self {
        match e.status() {
            Some(code) => MailError::Refused { code: code.into() },
            None if e.is_timeout() => MailError::Slow,
            None => of_tls(&e).map_or(MailError::Conversation, MailError::Tls),
        }
    }
}

/// What TLS complains about, which is about certificates and never about mail. The library wraps it in errors of the connection.
fn of_tls(e: &smtp::Error) -> Option<String> {
    let mut cause: Option<&(dyn Error + 'static)> = Some(e);
    while let Some(e) = cause {
        let inside = e.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let found = e.downcast_ref::<rustls::Error>().or_else(|| inside?.downcast_ref());
        if let Some(found) = found {
            return Some(found.to_string());
        }
        cause = e.source();
    }
    None
}

/// Hands one message over.
///
/// # Errors
/// When the server does not take it in time.
pub async fn send(settings: &Settings, message: &Message, hello: &str) -> Result<(), MailError> {
    within_time(async {
        let mut connection = open(settings, hello).await?;
        let sent = connection.send(message.envelope(), &message.formatted()).await;
        // It was taken; how the server parts does not matter.
        connection.abort().await;
        sent?;
        Ok(())
    })
    .await
}

/// Connects to the SMTP server, greets it, signs in, and ends. Nothing is sent.
///
/// # Errors
/// What is wrong, in words without secrets.
pub async fn check(settings: &Settings) -> Result<(), MailError> {
    within_time(async {
        let mut connection = open(settings, "localhost").await?;
        connection.quit().await?;
        Ok(())
    })
    .await
}

async fn within_time(conversation: impl Future<Output = Result<(), MailError>>) -> Result<(), MailError> {
    timeout(PATIENCE, conversation).await.unwrap_or(Err(MailError::Slow))
}

/// A connection that is encrypted and signed in as the settings say.
async fn open(settings: &Settings, hello: &str) -> Result<AsyncSmtpConnection, MailError> {
    let hello = ClientId::Domain(hello.to_owned());
    let tls = match settings.encryption {
        Encryption::None => None,
        Encryption::Tls | Encryption::StartTls => Some(tls(&settings.host)?),
    };
    let at_once = tls.clone().filter(|_| settings.encryption == Encryption::Tls);
    let server = (settings.host.as_str(), settings.port);
    let connection = AsyncSmtpConnection::connect_tokio1(server, Some(PATIENCE), &hello, at_once, None).await;
    let mut connection = connection.map_err(|e| match MailError::from(e) {
        MailError::Conversation => MailError::Connection,
        e => e,
    })?;
    if let (Encryption::StartTls, Some(tls)) = (settings.encryption, tls) {
        if !connection.can_starttls() {
            connection.abort().await;
            return Err(MailError::NoTls);
        }
        connection.starttls(tls, &hello).await?;
    }
    if let Some((user, password)) = &settings.credentials {
        let credentials = Credentials::new(user.clone(), password.expose().to_owned());
        connection.auth(DEFAULT_MECHANISMS, &credentials).await.map_err(|e| match e.is_client() {
            true => MailError::NoSignIn,
            false => e.into(),
        })?;
    }
    Ok(connection)
}

/// The certificates that other connections trust, too.
fn tls(host: &str) -> Result<TlsParameters, MailError> {
    let store = if trusts_this_machine() { CertificateStore::Default } else { CertificateStore::WebpkiRoots };
    let tls = TlsParameters::builder(host.to_owned()).certificate_store(store).build_rustls();
    tls.map_err(|_| MailError::Tls("it cannot be used with these certificates".to_owned()))
}
