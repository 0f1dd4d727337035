//! A server of its own for each test, with the example incidents and tokens of two people.

use hindcast_server::{Clock, Config, Server};
use hindcast_store::Place;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use std::net::SocketAddr;

pub struct Harness {
    base: String,
    client: Client,
    /// A browser of the administrator, who also owns the tokens `writer` and `all`.
    pub browser: Client,
    pub writer: String,
    pub reader: String,
    pub all: String,
    /// Another person's token: an approver.
    pub approver: String,
    link: String,
    pub place: Place,
    folder: tempfile::TempDir,
}

/// An answer, read.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|e| panic!("{e}: {}", self.text))
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or("")
    }

    /// The body of an answer with this status.
    #[track_caller]
    pub fn is(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }

    /// The body of a refusal with this status, as RFC 9457 has it.
    #[track_caller]
    pub fn refused(&self, status: u16) -> Value {
        let body = self.is(status);
        assert_eq!(self.header("content-type"), "application/problem+json");
        assert_eq!(body["status"], status);
        assert!(["type", "title", "detail"].iter().all(|k| body[k].as_str().is_some_and(|t| !t.is_empty())), "{body}");
        body
    }
}

pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, text: response.text().await.expect("a body") }
}

fn browser() -> Client {
    Client::builder().cookie_store(true).redirect(Policy::none()).build().expect("a client")
}

impl Harness {
    /// On SQLite.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let place = Place::Folder(folder.path().join("data"));
        Harness::on(place, folder).await
    }

    /// On PostgreSQL, where there is one.
    pub async fn postgres(name: &str) -> Option<Self> {
        let url = hindcast_testdb::database(name).await?;
        Some(Harness::on(Place::Postgres(url), tempfile::tempdir().expect("a folder")).await)
    }

    async fn on(place: Place, folder: tempfile::TempDir) -> Self {
        let mut config = Config::new(place.clone(), SocketAddr::from(([127, 0, 0, 1], 0)));
        config.demo = true;
        config.upload_limit = 1 << 20;
        let server = Server::bind(config, Clock::System).await.expect("binds");
        let (base, link) = (format!("http://{}", server.address()), server.link().expect("a way in").to_owned());
        tokio::spawn(server.run(std::future::pending()));
        let mut harness = Harness {
            base,
            client: Client::builder().redirect(Policy::none()).build().expect("a client"),
            browser: browser(),
            writer: String::new(),
            reader: String::new(),
            all: String::new(),
            approver: String::new(),
            link: link.clone(),
            place,
            folder,
        };
        send(harness.browser.get(link)).await;
        harness.writer = harness.token(&harness.browser, &["read", "write"]).await;
        harness.reader = harness.token(&harness.browser, &["read"]).await;
        harness.all = harness.token(&harness.browser, &["read", "write", "approve", "administer"]).await;
        harness.approver = harness.another("approver", "Second Person", &["read", "write", "approve"]).await;
        harness
    }

    /// A token of another person with this role.
    pub async fn another(&self, role: &str, name: &str, scopes: &[&str]) -> String {
        let invited = self.post(&self.all, "/accounts/invitations", json!({ "role": role })).await.is(201);
        let (theirs, first) = (browser(), name.split(' ').next().unwrap_or_default().to_lowercase());
        let email = format!("{first}@example.com");
        let form = [("name", name), ("email", &email), ("password", "sparrow kettle 93 lantern")];
        let address = invited["link"].as_str().expect("a link");
        assert!(send(theirs.post(address).form(&form)).await.status.is_redirection());
        self.token(&theirs, scopes).await
    }

    /// A token of a browser's person.
    pub async fn token(&self, browser: &Client, scopes: &[&str]) -> String {
        let body = json!({ "name": "test", "scopes": scopes, "days": 30 });
        let made = send(browser.post(self.address("/account/tokens")).json(&body)).await.is(201);
        made["secret"].as_str().expect("a secret").to_owned()
    }

    pub fn address(&self, path: &str) -> String {
        format!("{}/api/v1{path}", self.base)
    }

    pub fn request(&self, token: &str, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.address(path)).bearer_auth(token)
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        send(self.request(token, Method::GET, path)).await
    }

    pub async fn post(&self, token: &str, path: &str, body: Value) -> Answer {
        send(self.request(token, Method::POST, path).json(&body)).await
    }

    pub async fn patch(&self, token: &str, path: &str, made_from: &str, body: Value) -> Answer {
        send(self.request(token, Method::PATCH, path).header("If-Match", made_from).json(&body)).await
    }

    pub async fn delete(&self, token: &str, path: &str) -> Answer {
        send(self.request(token, Method::DELETE, path)).await
    }

    /// Without a token.
    pub async fn nobody(&self, method: Method, path: &str) -> Answer {
        send(self.client.request(method, self.address(path))).await
    }

    /// What the server says of itself.
    pub async fn document(&self) -> Value {
        send(self.client.get(format!("{}/api/openapi.json", self.base))).await.is(200)
    }

    /// Uploads a file of the examples.
    pub async fn upload(&self, number: i64, kind: &str, example: &str) -> Answer {
        let path = format!("{}/../../examples/{example}", env!("CARGO_MANIFEST_DIR"));
        let bytes = std::fs::read(path).expect("an example");
        let to = format!("/incidents/{number}/evidence?kind={kind}&name={}", example.rsplit('/').next().unwrap_or(""));
        let request = self.request(&self.writer, Method::POST, &to).header("Content-Type", "application/octet-stream");
        send(request.body(bytes)).await
    }

    /// Imports a list of those who were reached.
    pub async fn import(&self, number: i64, kind: &str, list: &str) -> Answer {
        let request = self.request(&self.writer, Method::POST, &format!("/incidents/{number}/affected"));
        send(request.header("Content-Type", kind).body(list.to_owned())).await
    }

    /// Signs another browser of the administrator in.
    pub async fn another_browser(&self) -> Client {
        let browser = browser();
        send(browser.get(&self.link)).await;
        browser
    }

    /// Where the record is, on SQLite.
    pub fn folder(&self) -> std::path::PathBuf {
        self.folder.path().join("data")
    }

    /// The number of the example whose title has these words.
    pub async fn example(&self, words: &str) -> i64 {
        let found = self.get(&self.reader, &format!("/incidents?q={}", words.replace(' ', "%20"))).await.is(200);
        assert_eq!(found["items"].as_array().map(Vec::len), Some(1), "{words}: {found}");
        found["items"][0]["number"].as_i64().expect("a number")
    }

    /// Opens an incident.
    pub async fn open(&self, body: Value) -> i64 {
        self.post(&self.writer, "/incidents", body).await.is(201)["number"].as_i64().expect("a number")
    }
}
