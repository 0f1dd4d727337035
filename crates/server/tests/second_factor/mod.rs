//! A code beside the password: turned on, asked for, lost and reset.

mod mail;
mod required;
mod setup;
mod sign_in;

use crate::support::App;
use crate::support::client::{Answer, Client, send};
use crate::support::html;
use crate::support::people::{PASSWORD, Person};
use hindcast_server::Clock;
use jiff::{SignedDuration, Timestamp};
use ring::hmac;

const PAGE: &str = "/account/second-factor";

/// Somebody's app: the secret, and the codes that it shows.
struct Phone {
    secret: String,
    /// The recovery codes that were shown last.
    codes: Vec<String>,
}

impl Phone {
    /// The code at a time, computed apart from the server.
    fn code_at(&self, at: Timestamp) -> String {
        let secret = data_encoding::BASE32_NOPAD.decode(self.secret.as_bytes()).expect("Base32");
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
        let tag = hmac::sign(&key, &(at.as_second() / 30).to_be_bytes());
        let offset = usize::from(tag.as_ref()[19] & 15);
        let word: [u8; 4] = tag.as_ref()[offset..offset + 4].try_into().expect("four bytes");
        format!("{:06}", (u32::from_be_bytes(word) & 0x7fff_ffff) % 1_000_000)
    }

    /// The code that it shows now. Before, time passes, so that it is one that was not used.
    fn code(&self, app: &App) -> String {
        app.wait(SignedDuration::from_secs(30));
        self.code_at(app.now())
    }

    /// A code that is wrong now.
    fn wrong(&self, app: &App) -> String {
        let around = [-30, 0, 30].map(|s| self.code_at(app.now() + SignedDuration::from_secs(s)));
        (0..).map(|n| format!("{n:06}")).find(|c| !around.contains(c)).expect("one is wrong")
    }
}

/// Begins the setup and gives the page with the secret.
async fn begin(client: &Client) -> Answer {
    client.fill(PAGE, PAGE, &[("password", PASSWORD)]).await.is(200)
}

fn secret(page: &str) -> String {
    html::attributes(page, "input[name=secret]", "value")[0].clone()
}

/// Turns the second factor of somebody on.
async fn turn_on(app: &App, person: &Person) -> Phone {
    let page = begin(&person.client).await.body;
    let mut phone = Phone { secret: secret(&page), codes: Vec::new() };
    let confirm = format!("{PAGE}/confirm");
    let on = person.client.fill_from(&page, &confirm, &[("code", &phone.code(app))]).await.is(200);
    phone.codes = html::all(&on.body, ".codes code");
    phone
}

/// A browser whose person gave the right password.
async fn with_password(app: &App, person: &Person) -> Client {
    let client = app.browser();
    let form = [("email", person.email.as_str()), ("password", PASSWORD), ("next", "/incidents")];
    let answer = client.post("/sign-in", &form).await.is(303);
    assert_eq!(answer.leads(), "/sign-in/code?next=/incidents");
    client
}

async fn give(client: &Client, code: &str) -> Answer {
    client.post("/sign-in/code", &[("code", code), ("next", "/incidents")]).await
}

/// Whether a browser is signed in.
async fn is_signed_in(client: &Client) -> bool {
    client.get("/incidents").await.status == 200
}

/// A request that carries a cookie set by hand.
async fn with_cookie(app: &App, method: &str, path: &str, cookie: &str, form: &[(&str, &str)]) -> Answer {
    send(app.browser().request(method, path).header("cookie", cookie).form(form)).await
}

#[tokio::test]
async fn it_works_by_the_clock_of_the_machine() {
    let app = App::by_the_clock(|_| {}).await;
    let people = crate::support::People::arrive(&app).await;
    let page = begin(&people.mia.client).await.body;
    let phone = Phone { secret: secret(&page), codes: Vec::new() };
    let code = phone.code_at(Clock::System.now());
    people.mia.client.fill_from(&page, &format!("{PAGE}/confirm"), &[("code", &code)]).await.is(200);
}
