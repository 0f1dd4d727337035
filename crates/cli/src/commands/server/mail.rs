//! The options of `serve` for mail.

use super::secret::{self, Names};
use crate::args::server::Mail as Args;
use crate::failure::Failure;
use hindcast_server::MailSettings;

/// Where the password is.
const PASSWORD: Names =
    Names { what: "password for the SMTP server", option: "--mail-password-file", variable: "HINDCAST_MAIL_PASSWORD" };

/// The settings, if mail is sent.
///
/// # Errors
/// What is wrong with them.
pub fn settings(args: &Args) -> Result<Option<MailSettings>, Failure> {
    let (Some(server), Some(from)) = (&args.mail_server, &args.mail_from) else { return Ok(None) };
    let password = secret::find(PASSWORD, args.mail_password_file.as_deref())?;
    let settings = MailSettings::new(server, args.mail_user.as_deref(), password, from, args.mail_unencrypted);
    settings.map(Some).map_err(|why| Failure::Usage(format!("mail: {why}")))
}
