//! Several people who write at once through the forms, and remember what was acknowledged.

use hindcast_trace::EvidenceId;
use reqwest::multipart::{Form, Part};
use reqwest::{Client, Response, StatusCode, header, redirect};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What the server said is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Done {
    /// An incident with this number and title.
    Incident(i64, String),
    /// A tag on an incident.
    Tag(i64, String),
    /// A file of an incident, by its digest.
    Evidence(i64, String),
}

/// How the titles of incidents begin whose deadlines have passed when they are opened.
pub const LATE: &str = "late";

/// Random numbers that are the same in every run.
pub struct Seeded(u64);

impl Seeded {
    pub fn new(seed: u64) -> Self {
        Seeded(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below this one (xorshift64*).
    pub fn below(&mut self, most: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % most
    }
}

/// Somebody who is signed in.
pub async fn sign_up(link: &str) -> Client {
    let client = Client::builder()
        .cookie_store(true)
        .redirect(redirect::Policy::none())
        .timeout(Duration::from_secs(30))
        .build()
        .expect("a client");
    let form = [("name", "Dana"), ("email", "dana@example.com"), ("password", "correct horse battery")];
    let response = client.post(link).form(&form).send().await.expect("answers");
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    client
}

/// What all writers share.
pub struct Shared {
    pub client: Client,
    pub base: String,
    pub done: Mutex<Vec<Done>>,
    pub count: AtomicUsize,
    /// Requests that were told to come again.
    pub busy: AtomicUsize,
    /// Requests that were not answered.
    pub cut_off: AtomicUsize,
    pub stop: AtomicBool,
}

impl Shared {
    pub fn new(client: Client, base: String) -> Arc<Self> {
        let zero = || AtomicUsize::new(0);
        let done = Mutex::new(Vec::new());
        Arc::new(Shared {
            client,
            base,
            done,
            count: zero(),
            busy: zero(),
            cut_off: zero(),
            stop: AtomicBool::new(false),
        })
    }

    pub fn acknowledged(&self) -> usize {
        self.count.load(Ordering::SeqCst)
    }

    /// Starts writers, who write until they are stopped.
    pub fn write(self: &Arc<Self>, writers: u64) -> Vec<tokio::task::JoinHandle<()>> {
        (0..writers).map(|w| tokio::spawn(writer(self.clone(), w))).collect()
    }
}

async fn writer(shared: Arc<Shared>, id: u64) {
    let mut random = Seeded::new(id + 1);
    let mut own: Vec<i64> = Vec::new();
    for nth in 0.. {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let done = match (random.below(3), own.last().copied()) {
            (1, Some(number)) => tag(&shared, number, format!("t{id}.{nth}")).await,
            (2, Some(number)) => upload(&shared, number, nth, id, &mut random).await,
            _ => open(&shared, format!("{}{id}.{nth}", if nth % 2 == 0 { LATE } else { "w" })).await,
        };
        match done {
            Some(done) => {
                if let Done::Incident(number, _) = done {
                    own.push(number);
                }
                shared.done.lock().expect("a list").push(done);
                shared.count.fetch_add(1, Ordering::SeqCst);
            }
            None => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

/// The answer, where it says that the change was made. Busy and cut off are the only other ends.
async fn done(shared: &Shared, sent: Result<Response, reqwest::Error>) -> Option<Response> {
    match sent {
        Ok(response) if response.status() == StatusCode::SEE_OTHER => Some(response),
        Ok(response)
            if [StatusCode::SERVICE_UNAVAILABLE, StatusCode::TOO_MANY_REQUESTS].contains(&response.status()) =>
        {
            assert!(response.headers().contains_key(header::RETRY_AFTER), "{response:?}");
            shared.busy.fetch_add(1, Ordering::SeqCst);
            // Each of these pages says what became of the change, and to send it again; the connection may end before all of it is here.
            if let Ok(text) = response.text().await {
                assert!(text.contains(" again"), "no word on what to do: {text}");
            }
            None
        }
        Ok(response) => panic!("{:?}\n{}", response.status(), response.text().await.unwrap_or_default()),
        Err(_) => {
            shared.cut_off.fetch_add(1, Ordering::SeqCst);
            None
        }
    }
}

/// Opens an incident. `None` if it was not acknowledged.
pub async fn open(shared: &Shared, title: String) -> Option<Done> {
    // Of an incident of long ago everything is overdue, and its people are reminded at once.
    let aware = if title.starts_with(LATE) { "2020-01-06 10:00" } else { "" };
    let form = [("title", title.as_str()), ("severity", "2"), ("severity_reason", "a reason"), ("aware", aware)];
    let sent = shared.client.post(format!("{}/incidents", shared.base)).form(&form).send().await;
    let response = done(shared, sent).await?;
    let to = response.headers()[header::LOCATION].to_str().expect("text");
    let number = to.rsplit('/').next().and_then(|n| n.parse().ok()).expect("a number");
    Some(Done::Incident(number, title))
}

async fn tag(shared: &Shared, number: i64, tag: String) -> Option<Done> {
    let to = format!("{}/incidents/{number}/tags", shared.base);
    let sent = shared.client.post(to).form(&[("tag", tag.as_str())]).send().await;
    done(shared, sent).await?;
    Some(Done::Tag(number, tag))
}

/// A conversation that no other file has, up to some hundred kilobytes that do not pack well.
async fn upload(shared: &Shared, number: i64, nth: u64, id: u64, random: &mut Seeded) -> Option<Done> {
    let noise: String = (0..random.below(5_000)).map(|_| format!("{:08x} ", random.below(1 << 31))).collect();
    let text = serde_json::json!({ "messages": [
        { "role": "user", "content": format!("{id}.{nth} {noise}") },
        { "role": "assistant", "content": "Done." },
    ] })
    .to_string();
    let digest = EvidenceId::of(text.as_bytes()).to_string();
    let file = Part::bytes(text.into_bytes()).file_name("trace.json");
    let form = Form::new().text("kind", "trace").part("file", file);
    let to = format!("{}/incidents/{number}/evidence", shared.base);
    let sent = shared.client.post(to).multipart(form).send().await;
    done(shared, sent).await?;
    Some(Done::Evidence(number, digest))
}
