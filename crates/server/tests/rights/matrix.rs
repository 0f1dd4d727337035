//! Every address by everybody, on an incident that is open and on restricted ones.

use super::cases::{Case, Ids, case};
use crate::support::client::{Answer, Client};
use crate::support::people::{Person, invite, link};
use crate::support::{App, People, html, on_both};
use hindcast_server::routes::{Route, TABLE, UPLOADS, Who};
use std::time::Duration;

/// Somebody who asks.
struct Asker {
    label: &'static str,
    client: Client,
    /// What they may do; `None` where nobody is signed in.
    may: Option<&'static [Who]>,
    /// True for a person in a browser, who has an account page.
    browser: bool,
    login: String,
    token: String,
}

const READ: &[Who] = &[Who::Signed, Who::Read];
const WRITE: &[Who] = &[Who::Signed, Who::Read, Who::Write];
const APPROVE: &[Who] = &[Who::Signed, Who::Read, Who::Write, Who::Approve];
const ADMINISTER: &[Who] = &[Who::Signed, Who::Read, Who::Administer];
const ALL: &[Who] = &[Who::Signed, Who::Read, Who::Write, Who::Approve, Who::Administer];

/// What no token can do.
const IN_PERSON: [(&str, &str); 2] = [("POST", "/people/{id}/second-factor/reset"), ("POST", "/emergency-access")];

/// What an answer should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    SignIn,
    Forbidden,
    Hidden,
    Through,
}

impl Asker {
    fn expected(&self, route: &Route, visible: bool) -> Expected {
        // The pages of an account are for a person in a browser, whatever a token may do.
        let own = route.path.starts_with("/account") || IN_PERSON.contains(&(route.method, route.path));
        match self.may {
            _ if route.who == Who::Anybody => Expected::Through,
            None => Expected::SignIn,
            Some(may) if !may.contains(&route.who) || (own && !self.browser) => Expected::Forbidden,
            Some(_) if !visible && route.path.starts_with("/incidents/{number}") => Expected::Hidden,
            Some(_) => Expected::Through,
        }
    }
}

/// Everybody who asks: one of each role, nobody, and three programs of the administrator's.
async fn askers(app: &App, people: &People) -> Vec<Asker> {
    let mut all = vec![asker("nobody", app.browser(), None)];
    let roles: [(&'static str, &Person, &'static [Who]); 4] = [
        ("viewer", &people.vera, READ),
        ("responder", &people.mia, WRITE),
        ("approver", &people.ravi, APPROVE),
        ("administrator", &people.dana, ALL),
    ];
    for (label, person, may) in roles {
        person.again(app).await;
        person.token(&["read"]).await;
        let page = person.client.page("/account").await;
        let ids = |part: &str, verb: &str| {
            let select = format!("tr:not(:has(.chip)) form[action^='/account/{part}/'][action$='/{verb}']");
            html::attributes(&page, &select, "action")[0].split('/').nth(3).expect("an id").to_owned()
        };
        let (login, token) = (ids("logins", "end"), ids("tokens", "revoke"));
        all.push(Asker { login, token, browser: true, ..asker(label, person.client.clone(), Some(may)) });
    }
    all.push(asker("token that reads", people.dana.program(app, &["read"]).await, Some(READ)));
    // The account that it manages reads, as the token does; who outranks it is tried apart.
    let administers = people.dana.program(app, &["read", "administer"]).await;
    all.push(asker("token that administers", administers, Some(ADMINISTER)));
    all.push(asker("token that writes", people.dana.program(app, &["read", "write"]).await, Some(WRITE)));
    all
}

fn asker(label: &'static str, client: Client, may: Option<&'static [Who]>) -> Asker {
    let none = "00000000000000000000000000000000".to_owned();
    Asker { label, client, may, browser: false, login: none.clone(), token: none }
}

/// Every address, the one that ends the login last. Those of the API have a matrix of their own.
fn routes() -> Vec<Route> {
    let all = TABLE.iter().chain(&UPLOADS).filter(|r| !r.path.starts_with("/api/"));
    let (last, mut all): (Vec<Route>, Vec<Route>) = all.copied().partition(|r| r.path == "/sign-out");
    all.extend(last);
    all
}

/// An incident with a retro, and the ids of what it holds.
async fn incident(lead: &Person, restricted: bool, named: &[&Person]) -> Ids {
    let changes: &[(&str, &str)] = if restricted { &[("restricted", "on")] } else { &[] };
    let number = lead.open_with_retro("An incident", changes).await;
    for person in named {
        let form = [("account", person.id.as_str()), ("duty", "informed")];
        lead.client.post(&format!("/incidents/{number}/people"), &form).await.is(303);
    }
    // Somebody was reached, so that whoever may set what was done about them finds an entry.
    let list = vec![("list.csv", b"session\ns0\n".to_vec())];
    lead.client.upload_all(&format!("/incidents/{number}/affected"), "", list).await.is(303);
    let page = lead.client.page(&format!("/incidents/{number}")).await;
    let last = |select: &str| {
        let link = html::attributes(&page, select, "href").pop().expect("a link");
        link.rsplit('/').next().expect("an id").to_owned()
    };
    let (evidence, action) = (last("a[href*='/evidence/']"), last("a[href*='/actions/']"));
    Ids { incident: number, restricted, evidence, action, ..Ids::default() }
}

async fn everybody_at_every_address(app: App) {
    let people = People::arrive(&app).await;
    let lead = invite(&app, &people.dana, "responder", "Lee Park", "lee@example.com").await;
    let spare = invite(&app, &people.dana, "viewer", "Sam Poe", "sam@example.com").await;
    let named = [&people.dana, &people.ravi, &people.mia, &people.vera];
    let askers = askers(&app, &people).await;
    let link = link(&people.dana, "viewer").await;
    let states = [
        ("open", true, incident(&lead, false, &[]).await),
        ("restricted, named", true, incident(&lead, true, &named).await),
        ("restricted, not named", false, incident(&lead, true, &[]).await),
    ];
    for asker in &askers {
        for (state, visible, ids) in &states {
            let (login, token) = (asker.login.clone(), asker.token.clone());
            let ids = Ids { spare: spare.id.clone(), link: link.clone(), login, token, ..ids.clone() };
            // What is the same for every incident is asked once, at the end, since it ends the login.
            let once = *state == "restricted, not named";
            let asked = routes().into_iter().filter(|r| once || r.path.contains("{number}"));
            let (refused, through): (Vec<Route>, Vec<Route>) =
                asked.partition(|r| asker.expected(r, *visible) != Expected::Through);
            let before = app.changes().await;
            for route in refused {
                check(asker, &route, &ids, *visible, state).await;
            }
            assert_eq!(app.changes().await, before, "{} changed something, incident {state}", asker.label);
            for route in through {
                check(asker, &route, &ids, *visible, state).await;
            }
        }
    }
}

/// Asks, and again a little later where the asker asked too much for now: how much one may ask is no right, and a fast server reaches it.
async fn unhurried(case: &Case, client: &Client, json: bool) -> Answer {
    for _ in 0..40 {
        let answer = case.ask(client, json).await;
        if answer.status != 429 || case.fine.contains(&429) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    case.ask(client, json).await
}

async fn check(asker: &Asker, route: &Route, ids: &Ids, visible: bool, state: &str) {
    let expected = asker.expected(route, visible);
    let case = case(route.method, route.path, ids);
    let page = unhurried(&case, &asker.client, false).await;
    let told = format!("{} as {}, incident {state}: {} {}", page.asked(), asker.label, page.status, page.leads());
    match expected {
        Expected::Through => {
            assert!(case.fine.contains(&page.status), "{told}\n{}", html::words(&page.body));
            assert!(!page.leads().starts_with("/sign-in?"), "{told}");
            return;
        }
        Expected::SignIn => {
            assert_eq!(page.status, 303, "{told}");
            assert!(page.leads() == "/sign-in" || page.leads().starts_with("/sign-in?next="), "{told}");
        }
        Expected::Forbidden => assert_eq!(page.status, 403, "{told}"),
        Expected::Hidden => assert_eq!(page.status, 404, "{told}"),
    }
    let problem = unhurried(&case, &asker.client, true).await;
    let status = match expected {
        Expected::SignIn => 401,
        Expected::Forbidden => 403,
        Expected::Hidden | Expected::Through => 404,
    };
    assert_eq!((problem.status, problem.header("content-type")), (status, "application/problem+json"), "{told}");
}

/// What is hidden answers as what is not there, to the word: guessing numbers tells nothing.
async fn hidden_is_as_absent(app: App) {
    let people = People::arrive(&app).await;
    let lead = invite(&app, &people.dana, "responder", "Lee Park", "lee@example.com").await;
    let hidden = incident(&lead, true, &[]).await;
    let absent = Ids { incident: 4711, ..hidden.clone() };
    for route in routes().iter().filter(|r| r.path.contains("{number}")) {
        let there = case(route.method, route.path, &hidden).ask(&people.dana.client, false).await;
        let gone = case(route.method, route.path, &absent).ask(&people.dana.client, false).await;
        assert_eq!((there.status, &there.body), (gone.status, &gone.body), "{}", there.asked());
        assert_eq!(there.status, 404, "{}", there.asked());
    }
}

#[test]
#[should_panic(expected = "is not in the matrix of rights")]
fn an_address_that_nobody_wrote_down_fails() {
    case("POST", "/incidents/{number}/delete", &Ids::default());
}

on_both! {
    everybody_at_every_address
    hidden_is_as_absent
}
