//! The operator's settings for mail.

use crate::outgoing::SharedSecret;
use lettre::message::Mailbox;
use std::net::IpAddr;
use url::Url;

/// How the connection to the SMTP server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    /// TLS from the first byte (`smtps://`).
    Tls,
    /// TLS after a greeting; without it, nothing is sent (`smtp://`).
    StartTls,
    /// None: on this machine, or where the operator accepts it.
    None,
}

/// How mail leaves this server.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The SMTP server's host.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub encryption: Encryption,
    /// The name to sign in with at the SMTP server, and the password.
    pub credentials: Option<(String, SharedSecret)>,
    /// Who the mail is from.
    pub from: Mailbox,
}

impl Settings {
    /// The ports that are used by default: submission over TLS, and submission.
    const PORTS: [u16; 2] = [465, 587];

    /// Reads the settings. Without a user there is no password. With `unencrypted`, a server on another machine is reached without TLS.
    ///
    /// # Errors
    /// What is wrong, in words without secrets.
    pub fn new(
        url: &str,
        user: Option<&str>,
        password: Option<SharedSecret>,
        from: &str,
        unencrypted: bool,
    ) -> Result<Self, String> {
        // What stands before an @ may be a password, which belongs in no log.
        if url.contains('@') {
            return Err("the URL of the SMTP server must have no user name or password; use --mail-user".to_owned());
        }
        let expected = || format!("the SMTP server {url:?} must be smtp:// or smtps://, a host, and a port if needed");
        let (scheme, rest) = url.trim().split_once("://").ok_or_else(expected)?;
        let is_tls = match scheme.to_ascii_lowercase().as_str() {
            "smtps" => true,
            "smtp" => false,
            _ => return Err(expected()),
        };
        // Hosts are read strictly only for schemes that the standard of URLs knows. The port of this one is not used for mail.
        let read = Url::parse(&format!("ftp://{rest}")).map_err(|_| expected())?;
        let is_bare = matches!(read.path(), "" | "/") && read.query().is_none() && read.fragment().is_none();
        let host = read.host_str().filter(|h| !h.is_empty() && is_bare).ok_or_else(expected)?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let encryption = match is_tls {
            true => Encryption::Tls,
            false if unencrypted || is_this_machine(&host) => Encryption::None,
            false => Encryption::StartTls,
        };
        let credentials = match (user.map(str::trim), password) {
            (None | Some(""), None) => None,
            (None | Some(""), Some(_)) => return Err("there is a password for the SMTP server, but no user".to_owned()),
            (Some(_), None) => return Err("there is a user for the SMTP server, but no password".to_owned()),
            (Some(_), Some(password)) if password.expose().is_empty() => {
                return Err("the password for the SMTP server is empty".to_owned());
            }
            (Some(_), Some(_)) if encryption == Encryption::None && !is_this_machine(&host) => {
                return Err("a password is never sent without encryption. Remove --mail-unencrypted".to_owned());
            }
            (Some(user), Some(password)) => Some((user.to_owned(), password)),
        };
        let from = from.trim().parse::<Mailbox>();
        let from =
            from.map_err(|_| "the sender must be an email address, such as hindcast@example.com, or NAME <ADDRESS>");
        let port = read.port().unwrap_or(Self::PORTS[usize::from(!is_tls)]);
        Ok(Settings { port, encryption, credentials, from: from?, host })
    }
}

/// True for a name or an address that leads nowhere but to the machine itself.
fn is_this_machine(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "hindcast@example.com";

    fn read(url: &str) -> Result<(String, u16, Encryption), String> {
        Settings::new(url, None, None, FROM, false).map(|s| (s.host, s.port, s.encryption))
    }

    #[test]
    fn mail_leaves_this_machine_encrypted_or_with_the_operators_word() {
        for (url, host, port, encryption) in [
            ("smtps://smtp.example.com", "smtp.example.com", 465, Encryption::Tls),
            ("smtps://smtp.example.com:4650/", "smtp.example.com", 4650, Encryption::Tls),
            ("SMTP://SMTP.example.com", "smtp.example.com", 587, Encryption::StartTls),
            ("smtp://smtp.example.com:25", "smtp.example.com", 25, Encryption::StartTls),
            ("smtp://localhost:25", "localhost", 25, Encryption::None),
            ("smtp://127.0.0.1", "127.0.0.1", 587, Encryption::None),
            ("smtp://[::1]:2525", "::1", 2525, Encryption::None),
            ("smtps://localhost", "localhost", 465, Encryption::Tls),
            ("smtp://127.0.0.1.example.com", "127.0.0.1.example.com", 587, Encryption::StartTls),
        ] {
            assert_eq!(read(url), Ok((host.to_owned(), port, encryption)), "{url}");
        }
        let open = Settings::new("smtp://smtp.example.com", None, None, FROM, true).expect("is accepted");
        assert_eq!(open.encryption, Encryption::None);
        for bad in
            ["", "smtp.example.com", "https://smtp.example.com", "smtp://", "smtp://a b", "smtp://x/path", "smtp://x?y"]
        {
            assert!(read(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn no_password_goes_unprotected_or_into_a_message() {
        let word = || Some(SharedSecret::new("pass-word\n"));
        let with = |url: &str, unencrypted| Settings::new(url, Some("me"), word(), FROM, unencrypted);
        assert!(with("smtp://smtp.example.com", false).is_ok() && with("smtp://localhost", false).is_ok());
        assert!(with("smtp://smtp.example.com", true).is_err_and(|e| !e.contains("pass-word")));
        assert!(with("smtp://me:pass-word@smtp.example.com", false).is_err_and(|e| !e.contains("pass-word")));
        let text = format!("{:?}", with("smtps://smtp.example.com", false).expect("settings"));
        assert!(!text.contains("pass-word"), "{text}");
        for (user, password) in [(Some("me"), None), (None, word()), (Some("me"), Some(SharedSecret::new(" ")))] {
            assert!(Settings::new("smtps://x", user, password, FROM, false).is_err(), "{user:?}");
        }
    }

    #[test]
    fn a_sender_is_one_address() {
        let from = |from: &str| Settings::new("smtps://x", None, None, from, false).map(|s| s.from.to_string());
        assert_eq!(from("Hindcast <hindcast@example.com>"), Ok("Hindcast <hindcast@example.com>".to_owned()));
        for bad in ["", "hindcast", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com"] {
            assert!(from(bad).is_err(), "{bad}");
        }
    }
}
