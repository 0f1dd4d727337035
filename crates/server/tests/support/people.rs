//! One person of each role, let in as people are: by a link that makes an account.

use super::app::{App, path_of};
use super::client::Client;
use super::html;

/// A password that nobody else has.
pub const PASSWORD: &str = "correct horse battery";

/// Somebody with an account, in their browser.
#[derive(Clone)]
pub struct Person {
    /// Their browser.
    pub client: Client,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
    /// The account's id.
    pub id: String,
}

/// One person of each role.
pub struct People {
    /// Administrates.
    pub dana: Person,
    /// Approves.
    pub ravi: Person,
    /// Responds.
    pub mia: Person,
    /// Views.
    pub vera: Person,
}

impl People {
    /// Lets them in.
    pub async fn arrive(app: &App) -> People {
        let mut dana = join(app, &app.first_link(), "Dana Osei", "dana@example.com").await;
        dana.id = account(&dana.client, &dana.email).await;
        let ravi = invite(app, &dana, "approver", "Ravi Menon", "ravi@example.com").await;
        let mia = invite(app, &dana, "responder", "Mia Lindqvist", "mia@example.com").await;
        let vera = invite(app, &dana, "viewer", "Vera Okafor", "vera@example.com").await;
        People { dana, ravi, mia, vera }
    }
}

/// Makes an account with a link.
async fn join(app: &App, link: &str, name: &str, email: &str) -> Person {
    let client = app.browser();
    client.get(link).await.is(200);
    let form = [("name", name), ("email", email), ("password", PASSWORD)];
    let made = client.post(link, &form).await.is(303);
    assert_eq!(made.leads(), "/");
    Person { client, name: name.to_owned(), email: email.to_owned(), id: String::new() }
}

/// Makes a link for a role, as the page shows it.
pub async fn link(admin: &Person, role: &str) -> String {
    let page = admin.client.fill("/people", "/people", &[("role", role)]).await.is(200).body;
    path_of(&html::all(&page, ".secret")[0])
}

/// Lets somebody in.
pub async fn invite(app: &App, admin: &Person, role: &str, name: &str, email: &str) -> Person {
    let mut person = join(app, &link(admin, role).await, name, email).await;
    person.id = account(&admin.client, email).await;
    person
}

/// The id of the account with an address.
async fn account(admin: &Client, email: &str) -> String {
    let page = admin.page("/people").await;
    let emails = html::all(&page, "tbody tr td:nth-child(2)");
    let actions = html::attributes(&page, "form[action$='/role']", "action");
    assert_eq!(emails.len(), actions.len());
    let at = emails.iter().position(|e| e == email).expect("the account is listed");
    actions[at].split('/').nth(2).expect("an id").to_owned()
}

impl Person {
    /// Another browser of the same person, signed in anew.
    pub async fn again(&self, app: &App) -> Client {
        let client = app.browser();
        client.post("/sign-in", &[("email", &self.email), ("password", PASSWORD)]).await.is(303);
        client
    }

    /// A program with a token of this person's.
    pub async fn program(&self, app: &App, scopes: &[&str]) -> Client {
        Client::with_token(app.base(), &self.token(scopes).await)
    }

    /// A token that may do this.
    pub async fn token(&self, scopes: &[&str]) -> String {
        let names: Vec<String> = scopes.iter().map(|s| format!("scope:{s}")).collect();
        let mut form = vec![("name", "a program"), ("ends", "30")];
        form.extend(names.iter().map(|n| (n.as_str(), "on")));
        let page = self.client.post("/account/tokens", &form).await.is(200).body;
        html::all(&page, ".secret")[0].clone()
    }

    /// Opens an incident and gives its number.
    pub async fn open(&self, title: &str, changes: &[(&str, &str)]) -> i64 {
        let mut form = vec![("title", title)];
        form.extend_from_slice(changes);
        let opened = self.client.fill("/incidents/new", "/incidents", &form).await.is(303);
        opened.leads().rsplit('/').next().and_then(|n| n.parse().ok()).expect("a number")
    }

    /// The same with the refund example's trace, and its retro drafted.
    pub async fn open_with_retro(&self, title: &str, changes: &[(&str, &str)]) -> i64 {
        let number = self.open(title, changes).await;
        let evidence = format!("/incidents/{number}/evidence");
        self.client.upload(&evidence, "trace", "trace.json", super::example("refund/trace.json")).await.is(303);
        self.client.post(&format!("/incidents/{number}/retro"), &[]).await.is(303);
        number
    }
}
