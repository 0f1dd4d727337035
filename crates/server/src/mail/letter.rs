//! What is written: plain text, short, and without anything that tells whether it was read.

use lettre::Message;
use lettre::message::header::{ContentType, Header, HeaderName, HeaderValue, MIME_VERSION_1_0};
use lettre::message::{Mailbox, Mailboxes};
use lettre::{Address, error, message};
use std::error::Error;

/// Minutes for which a link is good, as a mail states them.
const MINUTES: i64 = super::carrier::RESET / 60;

/// A subject and a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    subject: &'static str,
    text: String,
}

impl Letter {
    /// With a link that sets a new password.
    pub fn reset(server: &str, link: &str) -> Self {
        let text = format!(
            "Somebody asked to reset the password of your account on {server}.\n\n\
             Set a new password with this link. It works once, within {MINUTES} minutes:\n\n{link}\n\n\
             If that was not you, ignore this message. Your password stays the same.\n"
        );
        Letter { subject: "Reset your Hindcast password", text }
    }

    /// That a password was changed.
    pub fn password_changed(server: &str) -> Self {
        let text = format!(
            "The password of your account on {server} was changed. All sessions and API tokens of the account have ended.\n\n\
             If that was not you, tell an administrator of Hindcast at once.\n"
        );
        Letter { subject: "Your Hindcast password was changed", text }
    }

    /// The message, to one address. The library writes the headers, and no text of a person is in them.
    ///
    /// # Errors
    /// If the address is none that mail can go to.
    pub fn to(&self, address: &str, from: &Mailbox, id: &str) -> Result<Message, Unsendable> {
        let to: Address = address.parse().map_err(|_| Unsendable)?;
        // A placeholder for an address that is not known (RFC 2606): there is nobody.
        if to.domain().ends_with(".invalid") {
            return Err(Unsendable);
        }
        let to = Mailboxes::from(Mailbox::new(None, to));
        let message = Message::builder()
            .mailbox(message::header::To::from(to))
            .from(from.clone())
            .subject(self.subject)
            .message_id(Some(format!("<{id}>")))
            .header(MIME_VERSION_1_0)
            .header(AutoSubmitted)
            .header(ContentType::TEXT_PLAIN);
        message.body(self.text.clone()).map_err(|_: error::Error| Unsendable)
    }
}

/// The address cannot be written to.
#[derive(Debug, Clone, Copy)]
pub struct Unsendable;

/// A program wrote it (RFC 3834), so that nobody's absence is told in reply.
#[derive(Debug, Clone, Copy)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(AutoSubmitted)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(address: &str) -> Option<String> {
        let from: Mailbox = "Hindcast <hindcast@example.com>".parse().expect("a sender");
        let letter = Letter::reset("hindcast.example.com", "https://hindcast.example.com/setup/abc");
        let message = letter.to(address, &from, "1@hindcast.example.com").ok()?;
        Some(String::from_utf8(message.formatted()).expect("text"))
    }

    #[test]
    fn a_letter_is_plain_text_to_one_address() {
        let text = written("mia@example.com").expect("is written");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        for line in [
            "From: Hindcast <hindcast@example.com>",
            "To: mia@example.com",
            "Subject: Reset your Hindcast password",
            "Auto-Submitted: auto-generated",
            "Message-ID: <1@hindcast.example.com>",
        ] {
            assert!(head.lines().any(|l| l == line), "{line} is not in:\n{head}");
        }
        assert!(head.contains("text/plain") && !text.to_lowercase().contains("html"), "{text}");
        assert!(body.contains("\r\nhttps://hindcast.example.com/setup/abc\r\n"), "the link is on one line:\n{body}");
    }

    #[test]
    fn no_address_adds_a_header_or_another_person() {
        for bad in [
            "mia@example.com\r\nBcc: eve@example.com",
            "mia@example.com\nSubject: x",
            "mia@example.com, eve@example.com",
            "mia@example.com>\r\nRCPT TO:<eve@example.com",
            "Mia <mia@example.com>",
            "mia@example.com\0",
            "0191d2@oidc.invalid",
            "mia",
            "",
        ] {
            assert_eq!(written(bad), None, "{bad:?}");
        }
    }
}
