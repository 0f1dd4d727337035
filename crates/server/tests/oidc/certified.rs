//! The certified provider `oidc-provider` (npm), over HTTP as a browser does it.
//!
//! Needs Node.js and what `npm ci` brings in tests/browser; `./test` installs them. Where they are missing, the test prints a line and passes.

use crate::support::client::Client;
use crate::support::people::People;
use crate::support::{App, html};
use hindcast_server::{OidcSettings, SharedSecret};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, Command};

fn scripts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser")
}

/// A provider that runs until it is dropped.
struct Provider {
    child: Child,
    lines: tokio::io::Lines<BufReader<tokio::process::ChildStdout>>,
    url: String,
}

impl Provider {
    async fn start() -> Option<Provider> {
        if !scripts().join("node_modules/oidc-provider").is_dir() {
            println!("skipped: the packages of tests/browser are missing; ./test installs them");
            return None;
        }
        let mut command = Command::new("node");
        command.arg("provider.mjs").current_dir(scripts()).kill_on_drop(true);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("node runs");
        let mut lines = BufReader::new(child.stdout.take().expect("an output")).lines();
        let url = lines.next_line().await.expect("reads").expect("an issuer");
        Some(Provider { child, lines, url })
    }

    /// Tells it where its client is.
    async fn expect(&mut self, app: &App) {
        let line = format!("{}/sign-in/provider/callback\n", app.base());
        self.child.stdin.as_mut().expect("an input").write_all(line.as_bytes()).await.expect("writes");
        assert_eq!(self.lines.next_line().await.expect("reads").as_deref(), Some("ready"));
    }

    /// Signs somebody in and consents, as its pages ask; gives the address to which it leads back.
    async fn authorize(&self, url: &str, login: &str) -> String {
        let browser = Client::new(&self.url);
        let mut next = url.to_owned();
        for _ in 0..12 {
            let Some(path) = next.strip_prefix(&self.url).map(str::to_owned) else { return next };
            let answer = browser.get(&path).await;
            next = match answer.status {
                // A page that asks something: who it is, and whether the client may know.
                200 => {
                    let form: Vec<(String, String)> = form(&answer.body, login);
                    let action = html::attributes(&answer.body, "form", "action")[0].clone();
                    let action = action.strip_prefix(&self.url).unwrap_or(&action).to_owned();
                    browser.submit(&action, &form).await.leads().to_owned()
                }
                302 | 303 => answer.leads().to_owned(),
                status => panic!("{path}: {status}\n{}", answer.body),
            };
            if next.starts_with('/') {
                next = format!("{}{next}", self.url);
            }
        }
        panic!("it asks without end");
    }
}

fn form(page: &str, login: &str) -> Vec<(String, String)> {
    let names = html::attributes(page, "form input[name]", "name");
    let value = |name: &str| match name {
        "login" => login.to_owned(),
        "password" => "any".to_owned(),
        _ => html::attributes(page, &format!("input[name='{name}']"), "value")[0].clone(),
    };
    names.iter().map(|name| (name.clone(), value(name))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn people_sign_in_at_a_certified_provider() {
    let Some(mut provider) = Provider::start().await else { return };
    // Its clock is the machine's.
    let app = App::by_the_clock(|config| {
        config.oidc = Some(OidcSettings {
            issuer: provider.url.clone(),
            client_id: "hindcast".to_owned(),
            client_secret: Some(SharedSecret::new("a secret: of words")),
            name: "Example ID".to_owned(),
            scopes: ["openid", "profile", "email", "groups"].map(str::to_owned).into(),
            role_claim: "groups".to_owned(),
            roles: vec!["sre=responder".parse().expect("a rule")],
        });
    })
    .await;
    provider.expect(&app).await;
    People::arrive(&app).await;
    for times in 1..=2 {
        let browser = app.browser();
        let there = browser.get("/sign-in/provider?next=/actions").await.is(303);
        let back = provider.authorize(there.leads(), "ana").await;
        let path = back.strip_prefix(app.base()).expect("back here").to_owned();
        assert_eq!(browser.get(&path).await.is(303).leads(), "/actions");
        assert_eq!(html::all(&browser.page("/account").await, "p.soft")[0], "Ana María, Responder");
        // Its code is good once.
        browser.get(&path).await.is(422);
        let made = app.events().await.iter().filter(|e| e.kind == "account.created").count();
        assert_eq!(made, 5, "after {times}");
    }
    let browser = app.browser();
    let there = browser.get("/sign-in/provider").await.is(303);
    let back = provider.authorize(there.leads(), "eve").await;
    let refused = browser.get(back.strip_prefix(app.base()).expect("back here")).await.is(403);
    refused.says("Example ID identified you as Eve but gives you no role in Hindcast.");
}
