//! Whatever a page does, the API does: every address of a page names its operations, or why there is none.

use crate::harness::Harness;
use hindcast_server::routes::{Route, TABLE, UPLOADS};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// How a page stands to the API.
#[derive(Clone, Copy)]
enum By {
    /// What these operations do, by their ids in the document.
    Operations(&'static [&'static str]),
    /// Nothing, and why.
    Nothing(&'static str),
}
use By::{Nothing, Operations};

const FORM: &str = "an empty form: it shows and changes nothing of the record";
const PLAIN: &str = "it is for programs as it is";
const BROWSER: &str =
    "it signs a browser in or out; a program comes with a token, and its person ends logins on the account page";
const PASSWORD: &str = "a person chooses a name and a password there, which no program should know";

const LINK: &str = "it asks for the password of a person, who then goes to the sign-in provider in a browser";

const FACTOR: &str = "a person gives a password and codes of an app there, which no program should know";

/// Every address that is not the API's.
const PAGES: &[(&str, &str, By)] = &[
    ("GET", "/health/live", Nothing(PLAIN)),
    ("GET", "/health/ready", Nothing(PLAIN)),
    ("GET", "/metrics", Nothing(PLAIN)),
    ("GET", "/assets/keys.js", Nothing("it belongs to the pages")),
    ("GET", "/assets/{file}", Nothing("it belongs to the pages")),
    ("GET", "/sign-in", Nothing(FORM)),
    ("POST", "/sign-in", Nothing(BROWSER)),
    ("GET", "/sign-in/code", Nothing(FORM)),
    ("POST", "/sign-in/code", Nothing(BROWSER)),
    ("GET", "/sign-in/forgot", Nothing(FORM)),
    ("POST", "/sign-in/forgot", Nothing(PASSWORD)),
    ("GET", "/sign-in/provider", Nothing(BROWSER)),
    ("GET", "/sign-in/provider/callback", Nothing(BROWSER)),
    ("POST", "/sign-out", Nothing(BROWSER)),
    ("GET", "/enter/{token}", Nothing(BROWSER)),
    ("GET", "/setup/{token}", Nothing(PASSWORD)),
    ("POST", "/setup/{token}", Nothing(PASSWORD)),
    ("GET", "/", Operations(&["listAllDeadlines", "listActions", "listIncidents", "countIncidents"])),
    ("GET", "/incidents", Operations(&["listIncidents"])),
    ("POST", "/incidents", Operations(&["openIncident", "logNearMiss"])),
    ("GET", "/incidents/new", Nothing(FORM)),
    ("GET", "/near-miss", Nothing(FORM)),
    ("GET", "/near-misses", Operations(&["reviewNearMisses"])),
    ("POST", "/near-misses/{month}/reviewed", Operations(&["reviewMonth"])),
    ("POST", "/incidents/{number}/reviewed", Operations(&["reviewNearMiss", "takeReviewBack"])),
    (
        "GET",
        "/incidents/{number}",
        Operations(&[
            "getIncident",
            "listDeadlines",
            "listEvidence",
            "listActionsOfIncident",
            "listEvents",
            "listPeople",
            "listRecurrences",
            "listEmergencyAccessOfIncident",
        ]),
    ),
    ("POST", "/incidents/{number}/details", Operations(&["changeIncident"])),
    ("POST", "/incidents/{number}/status", Operations(&["changeIncident"])),
    ("POST", "/incidents/{number}/severity", Operations(&["changeIncident"])),
    ("POST", "/incidents/{number}/severity/confirm", Operations(&["confirmSeverity"])),
    ("POST", "/incidents/{number}/times", Operations(&["changeIncident"])),
    ("POST", "/incidents/{number}/first-response", Operations(&["respondFirst"])),
    ("POST", "/incidents/{number}/restricted", Operations(&["changeIncident"])),
    ("POST", "/incidents/{number}/people", Operations(&["namePerson"])),
    ("POST", "/incidents/{number}/people/remove", Operations(&["unnamePerson"])),
    ("POST", "/incidents/{number}/tags", Operations(&["addTag"])),
    ("POST", "/incidents/{number}/tags/remove", Operations(&["removeTag"])),
    ("POST", "/incidents/{number}/evidence", Operations(&["addEvidence"])),
    ("GET", "/incidents/{number}/evidence/{id}", Operations(&["downloadEvidence"])),
    ("POST", "/incidents/{number}/evidence/{id}/erase", Operations(&["eraseEvidence"])),
    ("POST", "/incidents/{number}/recurrences", Operations(&["tellRecurrence"])),
    ("POST", "/incidents/{number}/recurrences/remove", Operations(&["withdrawRecurrence"])),
    ("GET", "/incidents/{number}/affected", Operations(&["listAffected", "getAffected"])),
    ("POST", "/incidents/{number}/affected", Operations(&["importAffected"])),
    ("POST", "/incidents/{number}/affected/{nth}", Operations(&["changeAffected"])),
    ("GET", "/incidents/{number}/retro", Operations(&["getRetro", "getRetroHtml", "getRetroMarkdown"])),
    ("POST", "/incidents/{number}/retro", Operations(&["beginRetro"])),
    ("GET", "/incidents/{number}/retro/light", Operations(&["getSection"])),
    ("POST", "/incidents/{number}/retro/light", Operations(&["editSection", "changeIncident"])),
    ("POST", "/incidents/{number}/retro/redraft", Operations(&["redraftRetro"])),
    ("POST", "/incidents/{number}/retro/leads/{id}", Operations(&["decideLead"])),
    ("GET", "/incidents/{number}/retro/{section}/edit", Operations(&["getSection"])),
    ("POST", "/incidents/{number}/retro/{section}/edit", Operations(&["editSection"])),
    ("GET", "/incidents/{number}/retro/review", Operations(&["askGate"])),
    ("POST", "/incidents/{number}/retro/review", Operations(&["submitRetro"])),
    ("POST", "/incidents/{number}/retro/return", Operations(&["returnRetro"])),
    ("POST", "/incidents/{number}/retro/waivers/{rule}", Operations(&["waiveRule", "withdrawWaiver"])),
    ("POST", "/incidents/{number}/retro/approve", Operations(&["approveRetro"])),
    ("POST", "/incidents/{number}/retro/reopen", Operations(&["reopenRetro"])),
    ("GET", "/incidents/{number}/retro/revisions", Operations(&["listRevisions"])),
    ("GET", "/incidents/{number}/retro/revisions/{revision}", Operations(&["getRevision"])),
    ("GET", "/incidents/{number}/actions/{id}", Operations(&["getAction"])),
    ("POST", "/incidents/{number}/actions/{id}", Operations(&["changeAction"])),
    ("GET", "/actions", Operations(&["listActions"])),
    ("GET", "/notices", Operations(&["listNotices"])),
    ("POST", "/notices/read", Operations(&["markNoticesRead"])),
    ("POST", "/notices/{id}/read", Operations(&["markNoticeRead"])),
    ("GET", "/jobs", Operations(&["listJobs"])),
    ("POST", "/jobs/{id}/retry", Operations(&["retryJob"])),
    ("GET", "/people", Operations(&["listAccounts", "listInvitations"])),
    ("POST", "/people", Operations(&["invite"])),
    ("POST", "/people/invitations/{id}/revoke", Operations(&["revokeInvitation"])),
    ("GET", "/people/access", Operations(&["listAllLogins", "listAllTokens"])),
    ("POST", "/people/{id}/logins/{login}/end", Operations(&["endLoginOfAccount"])),
    ("POST", "/people/{id}/tokens/{api_token}/revoke", Operations(&["revokeTokenOfAccount"])),
    ("POST", "/people/{id}/links/remove", Operations(&["removeLinksOfAccount"])),
    ("POST", "/people/{id}/access/end", Operations(&["endAccessOfAccount"])),
    ("POST", "/people/{id}/second-factor/reset", Operations(&["resetSecondFactor"])),
    ("POST", "/people/{id}/role", Operations(&["changeAccount"])),
    ("POST", "/people/{id}/disabled", Operations(&["changeAccount"])),
    ("GET", "/emergency-access", Operations(&["listEmergencyAccess"])),
    ("POST", "/emergency-access", Operations(&["openWithEmergencyAccess"])),
    ("POST", "/incidents/{number}/emergency-access/{access}/end", Operations(&["endEmergencyAccess"])),
    ("GET", "/account", Operations(&["getAccount", "listLogins", "listTokens"])),
    ("POST", "/account/password", Operations(&["setPassword"])),
    ("GET", "/account/second-factor", Nothing(FORM)),
    ("POST", "/account/second-factor", Nothing(FACTOR)),
    ("POST", "/account/second-factor/confirm", Nothing(FACTOR)),
    ("POST", "/account/second-factor/codes", Nothing(FACTOR)),
    ("POST", "/account/second-factor/off", Nothing(FACTOR)),
    ("POST", "/account/provider", Nothing(LINK)),
    ("POST", "/account/provider/unlink", Nothing(LINK)),
    ("POST", "/account/logins/{id}/end", Operations(&["endLogin"])),
    ("POST", "/account/tokens", Operations(&["makeToken"])),
    ("POST", "/account/tokens/{id}/revoke", Operations(&["revokeToken"])),
];

/// Operations that no page has, and why they are there.
const WITHOUT_PAGE: [(&str, &str); 2] = [
    ("getDocument", "it describes the others"),
    ("getEvidence", "what is known of one file; the page of the incident tells it of all"),
];

/// The route of each operation, by the operation's id.
fn operations(document: &Value) -> BTreeMap<String, Route> {
    let all = TABLE.iter().chain(&UPLOADS).filter(|r| r.path.starts_with("/api/"));
    let id = |r: &Route| document["paths"][r.path][r.method.to_lowercase()]["operationId"].as_str().map(str::to_owned);
    all.map(|r| (id(r).expect("every address is told"), *r)).collect()
}

#[tokio::test]
async fn whatever_a_page_does_the_api_does() {
    let operations = operations(&Harness::new().await.document().await);
    let pages: Vec<&Route> = TABLE.iter().chain(&UPLOADS).filter(|r| !r.path.starts_with("/api/")).collect();
    let mut named = BTreeSet::new();
    for page in &pages {
        let name = format!("{} {}", page.method, page.path);
        let found = PAGES.iter().find(|(method, path, _)| (*method, *path) == (page.method, page.path));
        let Some((_, _, by)) = found else {
            panic!("{name}: say here which operations of the API do what it does, or why there is none")
        };
        match by {
            Nothing(why) => assert!(why.len() > 10, "{name}: a reason is a sentence"),
            Operations(ids) => {
                assert!(!ids.is_empty(), "{name}");
                for id in *ids {
                    let operation = operations.get(*id).unwrap_or_else(|| panic!("{name}: there is no operation {id}"));
                    assert_eq!(operation.method == "GET", page.method == "GET", "{name}: {id}");
                    // Whoever may change something on a page may do so by the API, and nobody else. Forms to change
                    // something are for those who may; what stands in them is for all who may read.
                    assert!(page.method == "GET" || operation.who == page.who, "{name}: {id}");
                    named.insert(*id);
                }
            }
        }
    }
    assert_eq!(PAGES.len(), pages.len(), "an address is named here that does not exist any more, or twice");
    let without: BTreeSet<&str> = WITHOUT_PAGE.iter().map(|(id, _)| *id).collect();
    let expected: BTreeSet<&str> = operations.keys().map(String::as_str).filter(|id| !without.contains(id)).collect();
    assert_eq!(named, expected, "an operation that no page has says why");
}

/// What a page keeps from the API is never a change of an incident.
#[test]
fn no_change_of_an_incident_is_for_pages_only() {
    for (method, path, by) in PAGES {
        let changes = *method != "GET" && (path.starts_with("/incidents") || path.starts_with("/people"));
        assert!(!changes || matches!(by, Operations(_)), "{method} {path}");
    }
}
