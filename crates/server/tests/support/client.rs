//! A browser, or a program with a token: keeps its cookies and follows no redirect by itself.

use super::html;
use reqwest::header::HeaderMap;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};

/// Whoever asks.
#[derive(Clone)]
pub struct Client {
    base: String,
    http: reqwest::Client,
    token: Option<String>,
}

/// An answer, read whole.
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The text.
    pub body: String,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// What was asked, for messages.
    asked: String,
}

/// Fields of a form.
pub type Fields = Vec<(String, String)>;

/// Fields written down.
pub fn fields(pairs: &[(&str, &str)]) -> Fields {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

impl Client {
    /// A browser without cookies.
    pub fn new(base: &str) -> Client {
        let http = reqwest::Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none());
        Client { base: base.to_owned(), http: http.build().expect("a client"), token: None }
    }

    /// A browser that connects from another address of this machine.
    pub fn from_address(base: &str, address: [u8; 4]) -> Client {
        let http = reqwest::Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none());
        let http = http.local_address(std::net::IpAddr::from(address));
        Client { base: base.to_owned(), http: http.build().expect("a client"), token: None }
    }

    /// A program with this token.
    pub fn with_token(base: &str, token: &str) -> Client {
        Client { token: Some(token.to_owned()), ..Client::new(base) }
    }

    /// A request to add headers to; send it with [`send`].
    pub fn request(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).expect("a method");
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Looks at a page.
    pub async fn get(&self, path: &str) -> Answer {
        send(self.request("GET", path)).await
    }

    /// Looks at a page that is there.
    pub async fn page(&self, path: &str) -> String {
        self.get(path).await.is(200).body
    }

    /// Sends a form.
    pub async fn post(&self, path: &str, pairs: &[(&str, &str)]) -> Answer {
        self.submit(path, &fields(pairs)).await
    }

    /// The same with fields that a page gave.
    pub async fn submit(&self, path: &str, fields: &Fields) -> Answer {
        send(self.request("POST", path).form(fields)).await
    }

    /// Fills in the form of a page that is sent to `action` and sends it, as a browser would: with everything that
    /// stands in it, and `changes` in place of what they name.
    pub async fn fill(&self, page: &str, action: &str, changes: &[(&str, &str)]) -> Answer {
        self.fill_from(&self.page(page).await, action, changes).await
    }

    /// The same with a page that was looked at before.
    pub async fn fill_from(&self, page: &str, action: &str, changes: &[(&str, &str)]) -> Answer {
        let mut form = html::form(page, action);
        for (name, value) in changes {
            form.retain(|(n, _)| n != name);
            form.push(((*name).to_owned(), (*value).to_owned()));
        }
        self.submit(action, &form).await
    }

    /// The same with a form that brings files back, as parts; also the form's own buttons and boxes.
    pub async fn fill_parts_from(&self, page: &str, action: &str, changes: &[(&str, &str)]) -> Answer {
        let changes = changes.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let fields: Fields = html::form(page, action).into_iter().chain(changes).collect();
        let parts = fields.into_iter().fold(Form::new(), |form, (name, value)| form.text(name, value));
        send(self.request("POST", action).multipart(parts)).await
    }

    /// Uploads a file.
    pub async fn upload(&self, path: &str, kind: &str, name: &str, bytes: Vec<u8>) -> Answer {
        self.upload_all(path, kind, vec![(name, bytes)]).await
    }

    /// Uploads several files at once.
    pub async fn upload_all(&self, path: &str, kind: &str, files: Vec<(&str, Vec<u8>)>) -> Answer {
        self.upload_with(path, &[("kind", kind)], files).await
    }

    /// The same with other fields.
    pub async fn upload_with(&self, path: &str, fields: &[(&str, &str)], files: Vec<(&str, Vec<u8>)>) -> Answer {
        let text = |form: Form, (name, value): &(&str, &str)| form.text((*name).to_owned(), (*value).to_owned());
        let mut form = fields.iter().fold(Form::new().percent_encode_noop(), text);
        for (name, bytes) in files {
            // As browsers write it.
            let name = name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A");
            form = form.part("file", Part::bytes(bytes).file_name(name));
        }
        send(self.request("POST", path).multipart(form)).await
    }
}

/// Sends a request and reads its answer.
pub async fn send(request: RequestBuilder) -> Answer {
    let (client, request) = request.build_split();
    let request = request.expect("a request");
    let asked = format!("{} {}", request.method(), request.url().path());
    let response = client.execute(request).await.unwrap_or_else(|e| panic!("{asked}: {e}"));
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let bytes = response.bytes().await.unwrap_or_else(|e| panic!("{asked}: {e}")).to_vec();
    Answer { status, headers, body: String::from_utf8_lossy(&bytes).into_owned(), bytes, asked }
}

impl Answer {
    /// Holds the status against what was expected.
    #[track_caller]
    pub fn is(self, status: u16) -> Answer {
        assert_eq!(self.status, status, "{}\n{}", self.asked, html::words(&self.body));
        self
    }

    /// Holds the page against words that must be on it.
    #[track_caller]
    pub fn says(self, words: &str) -> Answer {
        let page = html::words(&self.body);
        assert!(page.contains(words), "{} does not say {words:?}:\n{page}", self.asked);
        self
    }

    /// A header's text; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|h| h.to_str().ok()).unwrap_or("")
    }

    /// Where it leads; empty where it leads nowhere.
    pub fn leads(&self) -> &str {
        self.header("location")
    }

    /// What was asked.
    pub fn asked(&self) -> &str {
        &self.asked
    }
}
