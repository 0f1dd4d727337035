//! How each address is asked: with a form that would do something, and what comes back where it is let through.

use crate::support::client::{Answer, Client, Fields, fields, send};
use crate::support::example;
use reqwest::multipart::{Form, Part};

/// What paths and forms name.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    /// The incident.
    pub incident: i64,
    /// Whether it is restricted.
    pub restricted: bool,
    /// A file of it.
    pub evidence: String,
    /// An action item of it.
    pub action: String,
    /// An account that nobody uses.
    pub spare: String,
    /// Another login of whoever asks.
    pub login: String,
    /// A token of whoever asks.
    pub token: String,
    /// A link that was not used yet.
    pub link: String,
}

/// What is sent with a request.
pub enum Body {
    /// Nothing.
    None,
    /// A form.
    Form(Fields),
    /// A trace.
    Trace,
    /// A list of those who were reached.
    List,
}

/// A request.
pub struct Case {
    /// The method.
    pub method: &'static str,
    /// The path, with ids in place of its parameters.
    pub path: String,
    /// What is sent along.
    pub body: Body,
    /// The statuses of an answer that was let through.
    pub fine: &'static [u16],
}

/// The request for an address.
///
/// # Panics
/// For an address that nobody has written down here: then its rights are tested by nobody.
pub fn case(method: &'static str, path: &str, ids: &Ids) -> Case {
    let form = |pairs: &[(&str, &str)]| Body::Form(fields(pairs));
    const OK: &[u16] = &[200];
    const DONE: &[u16] = &[303];
    // Where an earlier one of the matrix did it already, or it has to be something else first.
    const DONE_OR_NOT_NOW: &[u16] = &[303, 409];
    const NONE: &[u16] = &[404];
    let (body, fine) = match (method, path) {
        ("GET", "/enter/{token}") => (Body::None, NONE), // the examples' way in, and this server has none
        // This server has no sign-in provider.
        ("GET", "/sign-in/provider") | ("GET", "/sign-in/provider/callback") => (Body::None, NONE),
        ("POST", "/account/provider") | ("POST", "/account/provider/unlink") => (form(&[("password", "x")]), NONE),
        // This server sends no mail.
        ("GET", "/sign-in/forgot") => (Body::None, NONE),
        ("POST", "/sign-in/forgot") => (form(&[("email", "mia@example.com")]), NONE),
        // Nobody gave a password before.
        ("GET", "/sign-in/code") => (Body::None, DONE),
        ("POST", "/sign-in/code") => (form(&[("code", "000000")]), &[422][..]),
        // Nobody does anything to a second factor without the password, or with another secret than the one shown.
        ("POST", "/account/second-factor" | "/account/second-factor/codes" | "/account/second-factor/off") => {
            (form(&[("password", "wrong")]), &[422][..])
        }
        ("POST", "/account/second-factor/confirm") => (form(&[("secret", "x"), ("code", "000000")]), &[409][..]),
        // It has none.
        ("POST", "/people/{id}/second-factor/reset") => (Body::None, &[409][..]),
        ("GET", "/sign-in") => (Body::None, &[200, 303][..]), // on to the first page for whoever is signed in
        // For a severity other than 3 it leads to the full form.
        ("GET", "/incidents/{number}/retro/light") => (Body::None, DONE),
        ("POST", "/incidents/{number}/retro/light") => (form(&[("revision", "1")]), &[409][..]),
        ("GET", _) if GETS.contains(&path) => (Body::None, OK),
        ("POST", "/sign-in") => (form(&[("email", "nobody@example.com"), ("password", "x")]), &[422][..]),
        ("POST", "/sign-out") => (Body::None, DONE),
        // Without a name: the link stays good for the next one.
        ("POST", "/setup/{token}") => (form(&[("name", "")]), &[422][..]),
        ("POST", "/incidents") => (form(&[("title", "Another one")]), DONE),
        ("POST", "/incidents/{number}/details") => (form(&[("title", "Renamed")]), DONE),
        ("POST", "/incidents/{number}/status") => (form(&[("status", "contained")]), DONE_OR_NOT_NOW),
        ("POST", "/incidents/{number}/severity") => (form(&[("severity", "2"), ("reason", "seen again")]), DONE),
        // Nothing is to be confirmed.
        ("POST", "/incidents/{number}/severity/confirm") => (form(&[("reason", "enough")]), &[409][..]),
        ("POST", "/incidents/{number}/times") => (form(&[("at:aware", "2026-11-25 09:00")]), DONE),
        ("POST", "/incidents/{number}/first-response") => (Body::None, DONE_OR_NOT_NOW),
        ("POST", "/incidents/{number}/people") => (form(&[("account", &ids.spare), ("duty", "informed")]), DONE),
        ("POST", "/incidents/{number}/people/remove") => (form(&[("account", &ids.spare), ("duty", "informed")]), DONE),
        ("POST", "/incidents/{number}/tags") => (form(&[("tag", "money")]), DONE),
        ("POST", "/near-misses/{month}/reviewed") => (form(&[("note", "seen")]), DONE),
        // The incident of the matrix is of severity 2 or none.
        ("POST", "/incidents/{number}/reviewed") => (form(&[("note", "seen")]), &[409][..]),
        ("POST", "/incidents/{number}/tags/remove") => (form(&[("tag", "money")]), DONE),
        ("POST", "/incidents/{number}/evidence") => (Body::Trace, DONE),
        ("POST", "/incidents/{number}/affected") => (Body::List, DONE),
        // Those who may change an entry ask in turn: the first one is as it was seen.
        ("POST", "/incidents/{number}/affected/{nth}") => {
            (form(&[("version", "1"), ("remedy", "told")]), &[303, 412][..])
        }
        // Without a reason: the file stays for the others of the matrix.
        ("POST", "/incidents/{number}/evidence/{id}/erase") => (form(&[("reason", "")]), &[422][..]),
        ("POST", "/incidents/{number}/recurrences") => (form(&[("earlier", "4711")]), NONE),
        ("POST", "/incidents/{number}/recurrences/remove") => (form(&[("earlier", "4711")]), NONE),
        ("POST", "/incidents/{number}/retro") => (form(&[]), &[409][..]),
        ("POST", "/incidents/{number}/retro/redraft") => (Body::None, DONE),
        // The refund has no lead.
        ("POST", "/incidents/{number}/retro/leads/{id}") => (form(&[("decision", "promoted")]), NONE),
        ("POST", "/incidents/{number}/retro/{section}/edit") => {
            (form(&[("version", "1"), ("revision", "1"), ("notes", "seen")]), DONE_OR_NOT_NOW)
        }
        ("POST", "/incidents/{number}/retro/review") => (Body::None, DONE_OR_NOT_NOW),
        ("POST", "/incidents/{number}/retro/return") => (form(&[("reason", "not yet")]), DONE_OR_NOT_NOW),
        ("POST", "/incidents/{number}/retro/waivers/{rule}") => {
            // It does not fail: only an incident of severity 3 needs a ticket.
            (form(&[("reason", "known")]), &[409][..])
        }
        ("POST", "/incidents/{number}/retro/approve") => (form(&[("revision", "1")]), &[409, 412][..]),
        ("POST", "/incidents/{number}/retro/reopen") => (form(&[("reason", "more came out")]), &[409][..]),
        ("POST", "/incidents/{number}/actions/{id}") => {
            (form(&[("version", "1"), ("state", "in_progress")]), &[303, 412][..])
        }
        // As it is: the rest of the matrix needs it so.
        ("POST", "/incidents/{number}/restricted") => {
            (form(&[("restricted", if ids.restricted { "yes" } else { "no" })]), DONE)
        }
        // Nobody was reminded of anything yet, and nothing failed.
        ("POST", "/notices/read") => (form(&[("last", "0")]), DONE),
        ("POST", "/notices/{id}/read" | "/jobs/{id}/retry") => (Body::None, NONE),
        ("POST", "/people") => (form(&[("role", "viewer")]), OK),
        // Nobody has this invitation: whoever may revoke one finds none.
        ("POST", "/people/invitations/{id}/revoke") => (form(&[]), NONE),
        // Nobody has these: whoever may end one finds none.
        ("POST", "/people/{id}/logins/{login}/end" | "/people/{id}/tokens/{api_token}/revoke") => (Body::None, NONE),
        // Nobody here is linked.
        ("POST", "/people/{id}/links/remove") => (Body::None, NONE),
        ("POST", "/people/{id}/access/end") => (Body::None, DONE),
        ("POST", "/people/{id}/role") => (form(&[("role", "viewer")]), DONE),
        ("POST", "/people/{id}/disabled") => (form(&[("disabled", "yes")]), DONE),
        // Whoever may opens nothing without their own password.
        ("POST", "/emergency-access") => {
            let wrong = [("incident", "1"), ("reason", "a customer is at risk"), ("password", "wrong")];
            (form(&wrong), &[422][..])
        }
        // There is none, whoever asks.
        ("POST", "/incidents/{number}/emergency-access/{access}/end") => (Body::None, NONE),
        ("POST", "/account/password") => (form(&[("old", "wrong"), ("new", "wrong")]), &[422][..]),
        ("POST", "/account/logins/{id}/end") => (Body::None, DONE),
        ("POST", "/account/tokens") => (form(&[("name", "x"), ("scope:read", "on"), ("ends", "30")]), OK),
        ("POST", "/account/tokens/{id}/revoke") => (Body::None, DONE),
        _ => panic!("{method} {path} is not in the matrix of rights: write down how it is asked"),
    };
    Case { method, path: filled(path, ids), body, fine }
}

const GETS: [&str; 28] = [
    "/metrics",
    "/incidents/{number}/affected",
    "/health/live",
    "/health/ready",
    "/assets/keys.js",
    "/assets/{file}",
    "/setup/{token}",
    "/",
    "/incidents",
    "/incidents/new",
    "/near-miss",
    "/near-misses",
    "/incidents/{number}",
    "/incidents/{number}/evidence/{id}",
    "/incidents/{number}/retro",
    "/incidents/{number}/retro/{section}/edit",
    "/incidents/{number}/retro/review",
    "/incidents/{number}/retro/revisions",
    "/incidents/{number}/retro/revisions/{revision}",
    "/incidents/{number}/actions/{id}",
    "/actions",
    "/notices",
    "/jobs",
    "/people",
    "/people/access",
    "/emergency-access",
    "/account",
    "/account/second-factor",
];

/// A path with ids in place of its parameters.
fn filled(path: &str, ids: &Ids) -> String {
    let id = match path {
        p if p.contains("/evidence/") => &ids.evidence,
        p if p.contains("/actions/") => &ids.action,
        p if p.starts_with("/people/") => &ids.spare,
        p if p.starts_with("/notices/") || p.starts_with("/jobs/") => "4711",
        p if p.contains("/leads/") => "st_0000000000",
        p if p.contains("/logins/") => &ids.login,
        p if p.contains("/tokens/") => &ids.token,
        _ => "",
    };
    let number = ids.incident.to_string();
    let link = ids.link.rsplit('/').next().unwrap_or("");
    let parameters = [
        ("{number}", number.as_str()),
        ("{id}", id),
        ("{token}", link),
        ("{file}", "style.css"),
        ("{section}", "impact"),
        ("{rule}", "ticket-named"),
        ("{revision}", "1"),
        ("{nth}", "1"),
        ("{month}", "2026-11"),
        ("{access}", "1"),
        ("{login}", "00000000000000000000000000000000"),
        ("{api_token}", "00000000000000000000000000000000"),
    ];
    let path = parameters.iter().fold(path.to_owned(), |p, (name, value)| p.replace(name, value));
    assert!(!path.contains('{'), "{path}: a parameter has no value");
    path
}

impl Case {
    /// Asks.
    pub async fn ask(&self, client: &Client, json: bool) -> Answer {
        let mut request = client.request(self.method, &self.path);
        if json {
            request = request.header("accept", "application/json");
        }
        send(match &self.body {
            Body::None => request,
            Body::Form(fields) => request.form(fields),
            Body::List => {
                let part = Part::bytes(b"session,customer\ns1,c1\n".to_vec()).file_name("list.csv");
                request.multipart(Form::new().part("file", part))
            }
            Body::Trace => {
                let part = Part::bytes(example("refund/trace.json")).file_name("more.json");
                request.multipart(Form::new().text("kind", "trace").part("file", part))
            }
        })
        .await
    }
}
