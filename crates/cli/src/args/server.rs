//! The arguments of the server, and of the commands that work on its data.

use clap::builder::BoolishValueParser;
use clap::{Args as ClapArgs, Subcommand};
use hindcast_server::{OidcSettings, RoleRule, TrustedProxy};
use std::net::SocketAddr;
use std::path::PathBuf;

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the server for a team's incidents and retros
    Serve(Box<Serve>),
    /// Check the audit log of a server
    Audit(Audit),
    /// Copy a server's data while the server runs
    ///
    /// Writes a folder with the database as SQLite, the evidence, and manifest.json with the SHA-256 of each file, whichever database the
    /// data is in. Evidence that was erased before the command ended is not in it.
    Backup(Backup),
    /// Put a backup into a new data directory or an empty database
    ///
    /// Checks every file of the backup first, and overwrites nothing. Browser sessions and one-time links of the backup end.
    Restore(Restore),
    /// Check a server's data and its surroundings, and say what to do
    ///
    /// Can be run while the server runs. Each line is ok, a warning or a fault. The exit code is 1 if there is at least one fault. With the
    /// server's --oidc, --anchor and --mail options or variables, it also checks that the sign-in provider, the webhook and the SMTP server respond.
    Doctor(Box<Doctor>),
    /// Administer a server on its machine
    Admin(Admin),
}

/// Where a record is.
#[derive(Debug, ClapArgs)]
pub struct Record {
    /// Data directory with the database and the evidence; `serve` creates it if it is missing
    #[arg(
        long,
        value_name = "DIR",
        default_value = "hindcast-data",
        env = "HINDCAST_DATA",
        conflicts_with = "database"
    )]
    pub data: PathBuf,
    /// Use this PostgreSQL database instead of a data directory; several servers can share it
    #[arg(long, value_name = "postgres://…", env = "HINDCAST_DATABASE", hide_env_values = true)]
    pub database: Option<String>,
}

/// Arguments of `serve`.
#[derive(Debug, ClapArgs)]
pub struct Serve {
    /// Where the data is
    #[command(flatten)]
    pub record: Record,
    /// How people reach the server
    #[command(flatten)]
    pub reach: Reach,
    /// Severity policy to use instead of the built-in one (YAML)
    #[arg(long, value_name = "POLICY.yaml", env = "HINDCAST_POLICY")]
    pub policy: Option<PathBuf>,
    /// Store evidence without masking secrets and personal data
    #[arg(long, env = "HINDCAST_NO_REDACT", value_parser = BoolishValueParser::new())]
    pub no_redact: bool,
    /// Let people approve what they wrote themselves, for a team of one
    #[arg(long, env = "HINDCAST_ALLOW_SELF_APPROVAL", value_parser = BoolishValueParser::new())]
    pub allow_self_approval: bool,
    /// Memory for reading evidence, in MiB, of all requests together; a file may unpack to a tenth of it
    #[arg(long, value_name = "MIB", default_value_t = 1024, env = "HINDCAST_MEMORY", value_parser = clap::value_parser!(u32).range(256..=65536))]
    pub memory: u32,
    /// Make people without a second factor set one up before anything else
    ///
    /// Does not apply to people whom a sign-in provider signed in, or to API tokens.
    #[arg(long, env = "HINDCAST_REQUIRE_SECOND_FACTOR", value_parser = BoolishValueParser::new(), conflicts_with = "demo")]
    pub require_second_factor: bool,
    /// Hours after which a browser has to sign in again, however much it is used
    #[arg(long, value_name = "HOURS", default_value_t = 336, env = "HINDCAST_SESSION_LIFETIME", value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub session_lifetime: u32,
    /// Minutes without a request after which a browser has to sign in again
    #[arg(long, value_name = "MINUTES", default_value_t = 10080, env = "HINDCAST_SESSION_IDLE", value_parser = clap::value_parser!(u32).range(5..=525600))]
    pub session_idle: u32,
    /// Sign-in with a provider
    #[command(flatten)]
    pub oidc: Oidc,
    /// Posting the audit log's head
    #[command(flatten)]
    pub anchor: AnchorPosts,
    /// Mail
    #[command(flatten)]
    pub mail: Mail,
    /// Fill an empty record with example incidents, and print a sign-in link
    #[arg(long, env = "HINDCAST_DEMO", value_parser = BoolishValueParser::new(), conflicts_with = "oidc_issuer")]
    pub demo: bool,
}

/// Sign-in with an OpenID Connect provider, in addition to passwords.
#[derive(Debug, ClapArgs)]
pub struct Oidc {
    /// Issuer URL of an OpenID Connect provider that people can sign in with, exactly as the provider writes it
    ///
    /// Needs --oidc-client-id and --oidc-role. Register the redirect URL https://YOUR-SERVER/sign-in/provider/callback with the provider. The client
    /// secret is read from the file given with --oidc-client-secret-file, or from the variable HINDCAST_OIDC_CLIENT_SECRET.
    #[arg(
        long,
        value_name = "URL",
        env = "HINDCAST_OIDC_ISSUER",
        requires_all = ["oidc_client_id", "oidc_roles"]
    )]
    pub oidc_issuer: Option<String>,
    /// Client ID of this server at the provider
    #[arg(long, value_name = "ID", env = "HINDCAST_OIDC_CLIENT_ID", requires = "oidc_issuer")]
    pub oidc_client_id: Option<String>,
    /// File with the client secret; without a secret, the server is a public client, protected only by PKCE
    #[arg(long, value_name = "FILE", env = "HINDCAST_OIDC_CLIENT_SECRET_FILE", requires = "oidc_issuer")]
    pub oidc_client_secret_file: Option<PathBuf>,
    /// Name of the provider, shown as "Sign in with NAME"
    #[arg(long, value_name = "NAME", env = "HINDCAST_OIDC_NAME", default_value = "single sign-on")]
    pub oidc_name: String,
    /// Scopes to request, separated by spaces
    #[arg(long, value_name = "SCOPES", env = "HINDCAST_OIDC_SCOPES", default_value = OidcSettings::SCOPES)]
    pub oidc_scopes: String,
    /// Claim with a person's roles or groups: a name, or a JSON pointer such as /realm_access/roles
    #[arg(long, value_name = "CLAIM", env = "HINDCAST_OIDC_ROLE_CLAIM", default_value = "groups")]
    pub oidc_role_claim: String,
    /// Role for a value of the claim, such as sre-team=responder (repeatable); people without a matching value are refused
    ///
    /// Roles: viewer, responder, approver, administrator. If several values match, the highest role counts. Separate several rules in
    /// HINDCAST_OIDC_ROLES with semicolons.
    #[arg(
        long = "oidc-role",
        value_name = "VALUE=ROLE",
        env = "HINDCAST_OIDC_ROLES",
        value_delimiter = ';',
        requires = "oidc_issuer"
    )]
    pub oidc_roles: Vec<RoleRule>,
}

/// Posting the audit log's head at an interval.
#[derive(Debug, ClapArgs)]
pub struct AnchorPosts {
    /// Post the audit log's head to this webhook at an interval (https)
    ///
    /// Each request is signed with HMAC-SHA256 if a secret is set: in the file given with --anchor-secret-file, or in the variable
    /// HINDCAST_ANCHOR_SECRET.
    #[arg(long, value_name = "URL", env = "HINDCAST_ANCHOR_URL", hide_env_values = true)]
    pub anchor_url: Option<String>,
    /// File with the secret that signs each post
    #[arg(long, value_name = "FILE", env = "HINDCAST_ANCHOR_SECRET_FILE")]
    pub anchor_secret_file: Option<PathBuf>,
    /// Minutes between two posts
    #[arg(long, value_name = "MINUTES", default_value_t = 60, env = "HINDCAST_ANCHOR_EVERY", value_parser = clap::value_parser!(u32).range(1..=10080))]
    pub anchor_every: u32,
}

/// Mail to people who forgot their password.
#[derive(Debug, ClapArgs)]
pub struct Mail {
    /// SMTP server for mail, such as smtps://smtp.example.com; with it, people can reset a forgotten password
    ///
    /// smtps:// uses TLS (port 465), smtp:// requires STARTTLS (port 587) except on this machine. Needs --mail-from, and --url with https. The
    /// password is read from the file given with --mail-password-file, or from the variable HINDCAST_MAIL_PASSWORD.
    #[arg(long, value_name = "URL", env = "HINDCAST_MAIL_SERVER", hide_env_values = true, requires = "mail_from")]
    pub mail_server: Option<String>,
    /// Sender of mail: an address, alone or after a name as in "Hindcast <hindcast@example.com>"
    #[arg(long, value_name = "ADDRESS", env = "HINDCAST_MAIL_FROM", requires = "mail_server")]
    pub mail_from: Option<String>,
    /// User at the SMTP server, if it asks for one
    #[arg(long, value_name = "NAME", env = "HINDCAST_MAIL_USER", requires = "mail_server")]
    pub mail_user: Option<String>,
    /// File with the user's password
    #[arg(long, value_name = "FILE", env = "HINDCAST_MAIL_PASSWORD_FILE", requires = "mail_user")]
    pub mail_password_file: Option<PathBuf>,
    /// Send mail without encryption; anyone on the network path can read the links and use them
    #[arg(long, env = "HINDCAST_MAIL_UNENCRYPTED", value_parser = BoolishValueParser::new())]
    pub mail_unencrypted: bool,
}

/// How people reach a server.
#[derive(Debug, ClapArgs)]
pub struct Reach {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7878", env = "HINDCAST_LISTEN")]
    pub listen: SocketAddr,
    /// Public URL, if the server is behind a proxy; with https, browsers use nothing but HTTPS
    #[arg(long, value_name = "URL", env = "HINDCAST_URL", value_parser = public_url)]
    pub url: Option<String>,
    /// Reverse proxy whose `X-Forwarded-For` or `Forwarded` header is believed: an address or network (repeatable)
    #[arg(long = "trusted-proxy", value_name = "CIDR", env = "HINDCAST_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Vec<TrustedProxy>,
}

/// Arguments of `backup`.
#[derive(Debug, ClapArgs)]
pub struct Backup {
    /// A new or empty folder
    #[arg(value_name = "OUT")]
    pub out: PathBuf,
    /// Where the data is
    #[command(flatten)]
    pub record: Record,
}

/// Arguments of `restore`.
#[derive(Debug, ClapArgs)]
pub struct Restore {
    /// A folder that `hindcast backup` made
    #[arg(value_name = "IN")]
    pub from: PathBuf,
    /// Where the data goes: a new or empty folder, or an empty database
    #[command(flatten)]
    pub record: Record,
}

/// Arguments of `doctor`.
#[derive(Debug, ClapArgs)]
pub struct Doctor {
    /// Where the data is
    #[command(flatten)]
    pub record: Record,
    /// The server's severity policy, which is checked too (YAML)
    #[arg(long, value_name = "POLICY.yaml", env = "HINDCAST_POLICY")]
    pub policy: Option<PathBuf>,
    /// The server's sign-in provider, which is asked for its discovery document and its keys
    #[command(flatten)]
    pub oidc: Oidc,
    /// The server's webhook for the audit log's head, whose host is connected to
    #[command(flatten)]
    pub anchor: AnchorPosts,
    /// The server's SMTP server, which is asked to sign in; nothing is sent
    #[command(flatten)]
    pub mail: Mail,
    /// Remove files without an incident that are older than one hour
    #[arg(long)]
    pub fix: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `admin`.
#[derive(Debug, ClapArgs)]
pub struct Admin {
    /// The command
    #[command(subcommand)]
    pub command: AdminCommand,
}

/// What to administer.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Print a one-time link with which a locked-out administrator sets a new password
    ///
    /// Works while the server runs and while it does not. An earlier link for the same account ends. The audit log tells of the link and
    /// of its use.
    Link(AdminLink),
}

/// Arguments of `admin link`.
#[derive(Debug, ClapArgs)]
pub struct AdminLink {
    /// Where the data is
    #[command(flatten)]
    pub record: Record,
    /// How people reach the server
    #[command(flatten)]
    pub reach: Reach,
    /// The administrator's email address [default: the only active administrator]
    #[arg(long, value_name = "ADDRESS")]
    pub email: Option<String>,
    /// Minutes for which the link is valid
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub minutes: u32,
}

/// Arguments of `audit`.
#[derive(Debug, ClapArgs)]
pub struct Audit {
    /// The command
    #[command(subcommand)]
    pub command: AuditCommand,
}

/// What to do with the audit log.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Compare the audit log, the record and the evidence with each other, and print the log's head
    ///
    /// Opens the data read-only. The log is a hash chain without a key: anyone who can write to the
    /// database can rewrite the whole chain. Store the head elsewhere (audit head), and pass it to
    /// --anchor or --expect next time.
    Verify(AuditVerify),
    /// Anchor the head of the audit log: post it to a webhook, or get a timestamp for it
    ///
    /// Does not verify the log. Opens the data read-only. If a step fails, the exit code is 5 and no file is written.
    Anchor(AuditAnchor),
    /// Print the head of the audit log, as an anchor to store elsewhere
    ///
    /// Verifies nothing. Opens the data read-only.
    Head(AuditHead),
}

/// Arguments of `audit verify`.
#[derive(Debug, ClapArgs)]
pub struct AuditVerify {
    /// Where the data is
    #[command(flatten)]
    pub record: Record,
    /// The head printed by an earlier check; the log must still contain that row
    #[arg(long, value_name = "ROW:HASH", value_parser = head)]
    pub expect: Option<(i64, String)>,
    /// A file written by `audit head`; the log must still contain that row
    #[arg(long, value_name = "FILE", conflicts_with = "expect")]
    pub anchor: Option<PathBuf>,
    /// Certificates (PEM) that must vouch for the timestamp beside the anchor file
    ///
    /// Give the root certificate of the timestamp authority, and any intermediate certificates that the timestamp lacks.
    #[arg(long, value_name = "PEM", requires = "anchor")]
    pub tsa_cert: Option<PathBuf>,
}

/// Arguments of `audit anchor`.
#[derive(Debug, ClapArgs)]
#[command(group = clap::ArgGroup::new("where").required(true).multiple(true).args(["to_url", "tsa"]))]
pub struct AuditAnchor {
    /// Where the data is
    #[command(flatten)]
    pub record: Record,
    /// Post the head as JSON to this webhook (https)
    #[arg(long, value_name = "URL", env = "HINDCAST_ANCHOR_URL", hide_env_values = true)]
    pub to_url: Option<String>,
    /// File with the secret that signs the post; or set HINDCAST_ANCHOR_SECRET
    #[arg(long, value_name = "FILE", env = "HINDCAST_ANCHOR_SECRET_FILE")]
    pub secret_file: Option<PathBuf>,
    /// Get a timestamp from this RFC 3161 timestamp authority; needs --output
    #[arg(long, value_name = "URL", requires = "output")]
    pub tsa: Option<String>,
    /// Certificates (PEM) that must vouch for the timestamp
    #[arg(long, value_name = "PEM", requires = "tsa")]
    pub tsa_cert: Option<PathBuf>,
    /// Write the head to a file, and its timestamp beside it as FILE.tsr
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// Arguments of `audit head`.
#[derive(Debug, ClapArgs)]
pub struct AuditHead {
    /// Where the data is
    #[command(flatten)]
    pub record: Record,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `https://hindcast.example.com`, without the slash that some write behind it.
fn public_url(text: &str) -> Result<String, String> {
    let text = text.trim().trim_end_matches('/');
    let lower = text.to_ascii_lowercase();
    let rest = lower.strip_prefix("https://").or_else(|| lower.strip_prefix("http://"));
    let Some(rest) = rest else { return Err("expected a URL that begins with https:// or http://".to_owned()) };
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | ':' | '[' | ']');
    match rest.chars().all(fits) && rest.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '[') {
        true => Ok(lower),
        false => Err("expected only a host and, if needed, a port behind https:// or http://".to_owned()),
    }
}

/// `12:5f…`
pub fn head(text: &str) -> Result<(i64, String), String> {
    let read = || {
        let (row, hash) = text.trim().split_once(':')?;
        let row: i64 = row.parse().ok().filter(|n| *n > 0)?;
        let hash = hash.to_ascii_lowercase();
        (hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit())).then_some((row, hash))
    };
    read().ok_or_else(|| "expected a row number, a colon and 64 hexadecimal digits".to_owned())
}

#[cfg(test)]
mod tests {
    use super::public_url;

    #[test]
    fn people_reach_a_server_over_http_or_https() {
        for (text, url) in [
            ("https://hindcast.example.com", "https://hindcast.example.com"),
            ("https://hindcast.example.com/", "https://hindcast.example.com"),
            ("HTTP://Host:7878", "http://host:7878"),
            ("http://[::1]:7878", "http://[::1]:7878"),
        ] {
            assert_eq!(public_url(text).as_deref(), Ok(url));
        }
        for bad in [
            "",
            "ftp://x",
            "hindcast.example.com",
            "https://",
            "https://a b",
            "https://u@x",
            "https://x/path",
            "https://x?y",
            "javascript:x",
        ] {
            assert!(public_url(bad).is_err(), "{bad}");
        }
    }
}
