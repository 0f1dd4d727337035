//! What belongs to one incident is not there under the number of another, and what belongs to one person not under another one's: every address that
//! names something of theirs answers that there is no such thing, and changes nothing.

use crate::support::client::{Answer, Client, fields, send};
use crate::support::people::{PASSWORD, Person, invite};
use crate::support::{App, People, example, html, on_both};
use hindcast_server::routes::{TABLE, UPLOADS};
use serde_json::{Value, json};

/// What an address names beside an incident or a person.
enum Names {
    /// Nothing of theirs: the address is about all of it, or names what is the same for all, such as a section.
    Nothing,
    /// Something of theirs. The path names that of the other one; this is what is sent with it.
    Form(&'static str, Vec<(&'static str, String)>),
    /// The same, of the API.
    Json(&'static str, Value),
}

/// What belongs to the one, by the parameter that names it.
struct Theirs {
    evidence: String,
    action: String,
    lead: String,
    rule: String,
    revision: String,
    nth: String,
    access: String,
    earlier: String,
    person: String,
    login: String,
    token: String,
    notice: String,
}

/// An address, with what belongs to the one in place of what it names.
///
/// # Panics
/// For an address that nobody has written down here: then nobody tests whether it asks whose something is.
fn names(method: &str, path: &str, theirs: &Theirs) -> Names {
    use Names::{Form, Json, Nothing};
    let none = Value::Null;
    let why = || json!({ "reason": "reason" });
    let person = || vec![("account", theirs.person.clone()), ("duty", "informed".to_owned())];
    let text = |name, value: &str| (name, value.to_owned());
    match (method, path) {
        ("POST", "/incidents/{number}/people/remove") => Form("", person()),
        ("POST", "/incidents/{number}/tags/remove") => Form("", vec![text("tag", "voice")]),
        ("POST", "/incidents/{number}/recurrences/remove") => Form("", vec![("earlier", theirs.earlier.clone())]),
        ("GET", "/incidents/{number}/evidence/{id}") => Form("evidence", vec![]),
        ("POST", "/incidents/{number}/evidence/{id}/erase") => Form("evidence", vec![text("reason", "reason")]),
        ("POST", "/incidents/{number}/retro/leads/{id}") => Form("lead", vec![text("decision", "promoted")]),
        ("POST", "/incidents/{number}/retro/waivers/{rule}") => Form("rule", vec![text("withdraw", "yes")]),
        ("GET", "/incidents/{number}/retro/revisions/{revision}") => Form("revision", vec![]),
        ("GET", "/incidents/{number}/actions/{id}") => Form("action", vec![]),
        ("POST", "/incidents/{number}/actions/{id}") => {
            Form("action", vec![text("state", "in_progress"), text("version", "1")])
        }
        ("POST", "/incidents/{number}/affected/{nth}") => {
            Form("nth", vec![text("version", "1"), text("remedy", "told")])
        }
        ("POST", "/incidents/{number}/emergency-access/{access}/end") => Form("access", vec![]),
        ("POST", "/people/{id}/logins/{login}/end") => Form("login", vec![]),
        ("POST", "/people/{id}/tokens/{api_token}/revoke") => Form("token", vec![]),
        ("POST", "/account/logins/{id}/end") => Form("login", vec![]),
        ("POST", "/account/tokens/{id}/revoke") => Form("token", vec![]),
        ("POST", "/notices/{id}/read") => Form("notice", vec![]),
        ("DELETE", "/api/v1/incidents/{number}/people/{account}/{duty}") => Json("person", none),
        ("DELETE", "/api/v1/incidents/{number}/tags/{tag}") => Json("", none),
        ("GET", "/api/v1/incidents/{number}/evidence/{id}" | "/api/v1/incidents/{number}/evidence/{id}/bytes") => {
            Json("evidence", none)
        }
        ("POST", "/api/v1/incidents/{number}/evidence/{id}/erasure") => Json("evidence", why()),
        ("DELETE", "/api/v1/incidents/{number}/recurrences/{earlier}") => Json("earlier", none),
        ("GET", "/api/v1/incidents/{number}/affected/{nth}") => Json("nth", none),
        ("PATCH", "/api/v1/incidents/{number}/affected/{nth}") => Json("nth", json!({ "note": "note" })),
        ("POST", "/api/v1/incidents/{number}/retro/leads/{id}") => Json("lead", json!({ "decision": "promoted" })),
        ("DELETE", "/api/v1/incidents/{number}/retro/waivers/{rule}") => Json("rule", none),
        ("GET", "/api/v1/incidents/{number}/retro/revisions/{revision}") => Json("revision", none),
        ("GET", "/api/v1/incidents/{number}/actions/{id}") => Json("action", none),
        ("PATCH", "/api/v1/incidents/{number}/actions/{id}") => Json("action", json!({ "state": "in_progress" })),
        ("DELETE", "/api/v1/incidents/{number}/emergency-access/{access}") => Json("access", none),
        ("DELETE", "/api/v1/accounts/{id}/logins/{login}") => Json("login", none),
        ("DELETE", "/api/v1/accounts/{id}/tokens/{api_token}") => Json("token", none),
        ("DELETE", "/api/v1/account/logins/{id}") => Json("login", none),
        ("DELETE", "/api/v1/account/tokens/{id}") => Json("token", none),
        ("POST", "/api/v1/notices/{notice}/read") => Json("notice", none),
        _ if NOTHING.contains(&path) => Nothing,
        _ => panic!("{method} {path}: write down what it names of an incident or a person, or that it names nothing"),
    }
}

/// Addresses that name nothing of an incident or a person, beside themselves.
const NOTHING: [&str; 66] = [
    "/incidents/{number}",
    "/incidents/{number}/affected",
    "/incidents/{number}/details",
    "/incidents/{number}/evidence",
    "/incidents/{number}/first-response",
    "/incidents/{number}/people",
    "/incidents/{number}/recurrences",
    "/incidents/{number}/restricted",
    "/incidents/{number}/retro",
    "/incidents/{number}/retro/approve",
    "/incidents/{number}/retro/light",
    "/incidents/{number}/retro/redraft",
    "/incidents/{number}/retro/reopen",
    "/incidents/{number}/retro/return",
    "/incidents/{number}/retro/review",
    "/incidents/{number}/retro/revisions",
    "/incidents/{number}/retro/{section}/edit",
    "/incidents/{number}/reviewed",
    "/incidents/{number}/severity",
    "/incidents/{number}/severity/confirm",
    "/incidents/{number}/status",
    "/incidents/{number}/tags",
    "/incidents/{number}/times",
    "/api/v1/incidents/{number}",
    "/api/v1/incidents/{number}/actions",
    "/api/v1/incidents/{number}/affected",
    "/api/v1/incidents/{number}/deadlines",
    "/api/v1/incidents/{number}/emergency-access",
    "/api/v1/incidents/{number}/events",
    "/api/v1/incidents/{number}/evidence",
    "/api/v1/incidents/{number}/first-response",
    "/api/v1/incidents/{number}/people",
    "/api/v1/incidents/{number}/recurrences",
    "/api/v1/incidents/{number}/retro",
    "/api/v1/incidents/{number}/retro.html",
    "/api/v1/incidents/{number}/retro.md",
    "/api/v1/incidents/{number}/retro/approve",
    "/api/v1/incidents/{number}/retro/gate",
    "/api/v1/incidents/{number}/retro/redraft",
    "/api/v1/incidents/{number}/retro/reopen",
    "/api/v1/incidents/{number}/retro/return",
    "/api/v1/incidents/{number}/retro/revisions",
    "/api/v1/incidents/{number}/retro/sections/{section}",
    "/api/v1/incidents/{number}/retro/submit",
    // A rule is the same for all: what is waived are the faults of this retro.
    "/api/v1/incidents/{number}/retro/waivers/{rule}",
    "/api/v1/incidents/{number}/review",
    "/api/v1/incidents/{number}/severity/confirm",
    "/api/v1/incidents/{number}/tags",
    // Of a person alone, or of nobody.
    "/assets/{file}",
    "/enter/{token}",
    "/setup/{token}",
    "/near-misses/{month}/reviewed",
    "/jobs/{id}/retry",
    "/people/invitations/{id}/revoke",
    "/people/{id}/links/remove",
    "/people/{id}/access/end",
    "/people/{id}/second-factor/reset",
    "/people/{id}/role",
    "/people/{id}/disabled",
    "/api/v1/near-misses/{month}/review",
    "/api/v1/jobs/{job}/retry",
    "/api/v1/accounts/invitations/{id}",
    "/api/v1/accounts/{id}",
    "/api/v1/accounts/{id}/access",
    "/api/v1/accounts/{id}/links",
    "/api/v1/accounts/{id}/second-factor",
];

/// An incident that has everything, restricted so that there is emergency access as well.
async fn filled(app: &App, people: &People, lee: &Person, program: &Client) -> (i64, Theirs) {
    let earlier = lee.open("Before", &[]).await;
    let number = lee.open("One", &[("restricted", "on")]).await;
    let at = format!("/incidents/{number}");
    let evidence = format!("{at}/evidence");
    lee.client.upload(&evidence, "trace", "trace.json", example("refund/trace.json")).await.is(303);
    // Nobody has judged coding sessions: what is found is a lead.
    lee.client.upload(&evidence, "facts", "facts.yaml", b"kind: coding\n".to_vec()).await.is(303);
    lee.client.post(&format!("{at}/retro"), &[]).await.is(303);
    let form = [("account", people.vera.id.as_str()), ("duty", "informed")];
    lee.client.post(&format!("{at}/people"), &form).await.is(303);
    lee.client.post(&format!("{at}/tags"), &[("tag", "voice")]).await.is(303);
    let recurred = [("earlier", earlier.to_string())].map(|(name, value)| (name.to_owned(), value));
    lee.client.submit(&format!("{at}/recurrences"), &recurred.to_vec()).await.is(303);
    let list = vec![("list.csv", b"session\ns1\ns2\n".to_vec())];
    lee.client.upload_all(&format!("{at}/affected"), "", list).await.is(303);
    let api = format!("/api/v1{at}");
    let read = async |path: &str| -> Value {
        serde_json::from_str(&program.get(&format!("{api}/{path}")).await.is(200).body).expect("JSON")
    };
    let patch = program.request("PATCH", &format!("{api}/retro/sections/actions")).header("If-Match", "*");
    let action = json!({ "actions": [{ "category": "tooling", "title": "Only in this one", "owner": "Lee", "due": "2026-12-20",
        "verification": "a test" }] });
    send(patch.json(&action)).await.is(200);
    let gate = read("retro/gate").await;
    let fails = |rule: &&Value| rule["faults"].as_array().is_some_and(|faults| !faults.is_empty());
    let rule = gate["rules"].as_array().expect("rules").iter().find(fails).expect("a rule that fails")["rule"].clone();
    let rule = rule.as_str().expect("a name").to_owned();
    lee.client.post(&format!("{at}/retro/waivers/{rule}"), &[("reason", "known")]).await.is(303);
    let opening = [
        ("incident", number.to_string()),
        ("reason", "a customer is at risk".to_owned()),
        ("password", PASSWORD.to_owned()),
    ];
    let opening = opening.map(|(name, value)| (name.to_owned(), value)).to_vec();
    assert!(people.dana.client.submit("/emergency-access", &opening).await.status < 400);
    let first = |list: &Value| list["items"][0]["id"].clone();
    let text = |value: Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    people.vera.token(&["read"]).await;
    people.vera.again(app).await;
    let page = people.vera.client.page("/account").await;
    let of_account = |part: &str, verb: &str| {
        let select = format!("form[action^='/account/{part}/'][action$='/{verb}']");
        html::attributes(&page, &select, "action")[0].split('/').nth(3).expect("an id").to_owned()
    };
    let notices = people.vera.program(app, &["read"]).await.get("/api/v1/notices").await.is(200).body;
    let notices: Value = serde_json::from_str(&notices).expect("JSON");
    let theirs = Theirs {
        evidence: text(first(&read("evidence").await)),
        action: text(first(&read("actions").await)),
        lead: text(read("retro").await["draft"]["behavior"]["leads"][0]["statement"]["id"].clone()),
        rule,
        revision: "2".to_owned(),
        nth: "2".to_owned(),
        access: text(first(&read("emergency-access").await)),
        earlier: earlier.to_string(),
        person: people.vera.id.clone(),
        login: of_account("logins", "end"),
        token: of_account("tokens", "revoke"),
        notice: text(first(&notices)),
    };
    (number, theirs)
}

impl Theirs {
    /// The path of the other incident or person, with what belongs to the one.
    fn path(&self, path: &str, what: &str, number: i64, other: &str) -> String {
        let id = match what {
            "evidence" => &self.evidence,
            "action" => &self.action,
            "lead" => &self.lead,
            "login" => &self.login,
            "token" => &self.token,
            "notice" => &self.notice,
            _ => "",
        };
        let is_of_person = path.contains("{login}") || path.contains("{api_token}");
        let number = number.to_string();
        let parameters = [
            ("{number}", number.as_str()),
            ("{id}", if is_of_person { other } else { id }),
            ("{rule}", &self.rule),
            ("{revision}", &self.revision),
            ("{nth}", &self.nth),
            ("{access}", &self.access),
            ("{earlier}", &self.earlier),
            ("{account}", &self.person),
            ("{duty}", "informed"),
            ("{tag}", "voice"),
            ("{login}", &self.login),
            ("{api_token}", &self.token),
            ("{notice}", &self.notice),
        ];
        let path = parameters.iter().fold(path.to_owned(), |path, (name, value)| path.replace(name, value));
        assert!(!path.contains('{') && !path.contains("//"), "{path}: a parameter has no value");
        path
    }
}

async fn what_belongs_to_another_is_not_found(app: App) {
    let people = People::arrive(&app).await;
    let lee = invite(&app, &people.dana, "approver", "Lee Park", "lee@example.com").await;
    let program = lee.program(&app, &["read", "write", "approve"]).await;
    let (_, theirs) = filled(&app, &people, &lee, &program).await;
    // The other one has evidence and a retro of its own, and nothing of the first.
    let other = lee.open("Two", &[]).await;
    let list = example("injection/trace.json");
    lee.client.upload(&format!("/incidents/{other}/evidence"), "trace", "trace.json", list).await.is(303);
    lee.client.post(&format!("/incidents/{other}/retro"), &[]).await.is(303);
    let administers = people.dana.program(&app, &["read", "write", "approve", "administer"]).await;
    let in_browser = lee.again(&app).await;
    let before = app.changes().await;
    let mut asked = 0;
    for route in TABLE.iter().chain(&UPLOADS).filter(|route| route.path.contains('{')) {
        let ask = |path: String, of_people: bool| {
            let by_program = path.starts_with("/api/") && !path.starts_with("/api/v1/account/");
            let client = match (by_program, of_people) {
                (true, true) => &administers,
                (true, false) => &program,
                (false, true) => &people.dana.client,
                (false, false) => &in_browser,
            };
            client.request(route.method, &path)
        };
        let of_people = route.path.starts_with("/people/") || route.path.starts_with("/api/v1/accounts/");
        let answer: Answer = match names(route.method, route.path, &theirs) {
            Names::Nothing => continue,
            Names::Form(what, form) => {
                let request = ask(theirs.path(route.path, what, other, &people.mia.id), of_people);
                let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
                send(if route.method == "GET" { request } else { request.form(&fields(&form)) }).await
            }
            Names::Json(what, body) => {
                let request = ask(theirs.path(route.path, what, other, &people.mia.id), of_people);
                let request = if route.method == "GET" {
                    request
                } else {
                    request.header("If-Match", retro_tag(&program, other).await)
                };
                send(if body.is_null() { request } else { request.json(&body) }).await
            }
        };
        assert_eq!(answer.status, 404, "{}: {}", answer.asked(), html::words(&answer.body));
        asked += 1;
    }
    assert_eq!(app.changes().await, before, "something was changed");
    assert!(asked > 30, "{asked}");
    let gone = NOTHING.iter().find(|path| !TABLE.iter().chain(&UPLOADS).any(|route| route.path == **path));
    assert_eq!(gone, None, "there is no such address any more");
}

/// The ETag of a retro, without which no waiver is looked for.
async fn retro_tag(program: &Client, number: i64) -> String {
    program.get(&format!("/api/v1/incidents/{number}/retro")).await.is(200).header("etag").to_owned()
}

#[test]
#[should_panic(expected = "write down what it names")]
fn an_address_that_nobody_wrote_down_fails() {
    let empty = String::new;
    let theirs = Theirs {
        evidence: empty(),
        action: empty(),
        lead: empty(),
        rule: empty(),
        revision: empty(),
        nth: empty(),
        access: empty(),
        earlier: empty(),
        person: empty(),
        login: empty(),
        token: empty(),
        notice: empty(),
    };
    names("GET", "/incidents/{number}/comments/{id}", &theirs);
}

on_both! {
    what_belongs_to_another_is_not_found
}
