//! Three who want the others to wait: a viewer who searches, downloads and uploads without a pause, a responder who drafts, checks, changes what is
//! due and breaks downloads off, and a stranger who holds connections with half of a request or a body that does not come, tries to sign in, and has
//! made-up links, tokens and cookies looked up.
//! Together they have no more than a machine's default limit of 1,024 files.

use crate::filled::Error;
use reqwest::{Client, Method, RequestBuilder};
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// Unpacked bytes of the evidence that the responder has others wait for.
const EVIDENCE: usize = 8 << 20;
/// Entries in the list of affected customers.
const AFFECTED: usize = 50_000;

/// What the hostile three came to.
#[derive(Default)]
pub struct Counts {
    answered: AtomicUsize,
    refused: AtomicUsize,
    connections: AtomicUsize,
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let of = |count: &AtomicUsize| count.load(Ordering::Relaxed);
        let (answered, refused, connections) = (of(&self.answered), of(&self.refused), of(&self.connections));
        write!(f, "{answered} answers, {refused} of them 429 or 503, {connections} connections with half of a request")
    }
}

/// The responder's incident, with large evidence, a facts file, a retro and a long list of affected customers.
pub struct Target {
    incident: String,
    evidence: String,
    lead: String,
}

/// Makes it.
pub async fn prepare(host: &str) -> Result<Target, Error> {
    let (client, all) = (Client::new(), format!("http://{host}/api/v1/incidents"));
    let sent = async |request: RequestBuilder| -> Result<Value, Error> {
        let answer = request.bearer_auth(OSCAR).send().await?;
        let (status, said) = (answer.status(), answer.text().await?);
        if !status.is_success() {
            return Err(format!("{status}: {said}").into());
        }
        Ok(serde_json::from_str(&said).unwrap_or_default())
    };
    let opened = json!({ "title": "heavy", "severity": { "level": 2, "reason": "reason" } });
    let incident = format!("{all}/{}", sent(client.post(&all).json(&opened)).await?["number"]);
    let asked = "Please refund order 1234. ".repeat(40);
    let turn =
        json!([{ "role": "user", "content": asked }, { "role": "assistant", "content": "Your refund was processed." }]);
    let turn = turn.to_string();
    let turns = vec![turn.trim_matches(['[', ']']); EVIDENCE / turn.len()].join(",");
    let trace = client.post(format!("{incident}/evidence?name=trace.json")).body(format!("[{turns}]"));
    let evidence = sent(octets(trace)).await?["id"].as_str().unwrap_or_default().to_owned();
    let facts = format!("kind: coding\naware:\n  at: 2026-11-25T09:00:00Z\n{}", "# nothing\n".repeat(100_000));
    sent(octets(client.post(format!("{incident}/evidence?kind=facts&name=facts.yaml")).body(facts))).await?;
    let list: String = (0..AFFECTED).map(|n| format!("s{n},c{n},the refund was processed\n")).collect();
    let request = client.post(format!("{incident}/affected")).header("content-type", "text/csv");
    sent(request.body(format!("session,customer,quote\n{list}"))).await?;
    let retro = sent(client.post(format!("{incident}/retro"))).await?;
    let lead = retro["draft"]["behavior"]["leads"][0]["statement"]["id"].as_str().unwrap_or("none").to_owned();
    Ok(Target { incident, evidence, lead })
}

fn octets(request: RequestBuilder) -> RequestBuilder {
    request.header("content-type", "application/octet-stream")
}

const MALLORY: &str = "hcast_load_Mallory";
const OSCAR: &str = "hcast_load_Oscar";

/// All three, for ever.
pub async fn siege(host: &str, target: &Target, counts: &Arc<Counts>) {
    let mut all = JoinSet::new();
    viewer_and_stranger(host, counts, &mut all);
    made_up(host, counts, &mut all);
    responder(target, counts, &mut all);
    halves(host, counts, &mut all);
    while all.join_next().await.is_some() {}
}

fn viewer_and_stranger(host: &str, counts: &Arc<Counts>, all: &mut JoinSet<()>) {
    let loops: [(usize, &'static str, &'static str); 8] = [
        (20, "GET", "/incidents?q=processedrefund+ending+told"),
        (20, "GET", "/api/v1/incidents?q=a"),
        (10, "GET", "/incidents?%71=processedrefund"),
        (10, "GET", "/api/v1/incidents/2/retro.html"),
        (10, "GET", "/api/v1/incidents/2/retro"),
        (10, "GET", "/incidents/2/retro"),
        (10, "POST", "/api/v1/incidents/2/evidence"),
        (20, "POST", "/sign-in"),
    ];
    for (many, method, path) in loops {
        for n in 0..many {
            let url = format!("http://{host}{path}");
            all.spawn(forever(Arc::clone(counts), false, move |client, i| match (method, path) {
                ("GET", _) => client.get(&url).bearer_auth(MALLORY).header("accept", "text/html"),
                (_, "/sign-in") => client.post(&url).form(&[
                    ("email", format!("{n}-{i}@example.com")),
                    ("password", "correct horse battery".to_owned()),
                ]),
                _ => client.post(&url).bearer_auth(MALLORY).body(vec![b'x'; 1 << 20]),
            }));
        }
    }
}

/// The stranger asks with what nobody gave out.
fn made_up(host: &str, counts: &Arc<Counts>, all: &mut JoinSet<()>) {
    for (path, header, value) in [
        ("/setup/none", "accept", "text/html"),
        ("/api/v1/incidents", "authorization", "Bearer made-up"),
        ("/incidents", "cookie", "hindcast=made-up"),
    ] {
        for _ in 0..20 {
            let url = format!("http://{host}{path}");
            all.spawn(forever(Arc::clone(counts), false, move |client, _| client.get(&url).header(header, value)));
        }
    }
}

/// What each of the responder's loops asks for, and whether it hangs up before the answer is read.
fn responder(target: &Target, counts: &Arc<Counts>, all: &mut JoinSet<()>) {
    let Target { incident, evidence, lead } = target;
    let asked: [(Method, String, bool); 8] = [
        (Method::POST, format!("{incident}/retro/leads/{lead}"), false),
        (Method::POST, format!("{incident}/retro/redraft"), false),
        (Method::GET, format!("{incident}/retro/gate"), false),
        (Method::PATCH, incident.clone(), false),
        (Method::PATCH, format!("{incident}/affected/7"), false),
        (Method::GET, format!("{incident}/evidence/{evidence}/bytes"), true),
        (Method::GET, format!("{incident}/retro/revisions/1"), false),
        (Method::GET, format!("{incident}/retro"), false),
    ];
    for (method, url, hangs_up) in asked {
        for _ in 0..5 {
            let (method, url) = (method.clone(), url.clone());
            all.spawn(forever(Arc::clone(counts), hangs_up, move |client, i| {
                let request = client.request(method.clone(), &url).bearer_auth(OSCAR).header("if-match", "*");
                let request = request.header("accept", "text/html");
                let body = match url.rsplit('/').nth(1) {
                    Some("leads") => json!({ "decision": if i % 2 == 0 { "promoted" } else { "open" } }),
                    Some("affected") => json!({ "note": i.to_string() }),
                    Some("incidents") => json!({ "severity": { "level": 1 + i % 2, "reason": "reason" } }),
                    _ => return request,
                };
                request.json(&body)
            }));
        }
    }
}

/// Sends one request after the other.
async fn forever(counts: Arc<Counts>, hangs_up: bool, request: impl Fn(&Client, usize) -> RequestBuilder) {
    let client = Client::new();
    for i in 0.. {
        let sending = request(&client, i).send();
        if hangs_up {
            let patience = Duration::from_millis(20);
            tokio::time::timeout(patience, sending).await.ok();
            continue;
        }
        let Ok(answer) = sending.await else { continue };
        counts.answered.fetch_add(1, Ordering::Relaxed);
        if matches!(answer.status().as_u16(), 429 | 503) {
            counts.refused.fetch_add(1, Ordering::Relaxed);
        }
        answer.bytes().await.ok();
    }
}

fn halves(host: &str, counts: &Arc<Counts>, all: &mut JoinSet<()>) {
    let halves: [(usize, &'static str); 3] = [
        (300, "GET / HTTP/1.1\r\nHost: x\r\n"),
        (
            150,
            "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90000\r\n\r\n",
        ),
        (
            150,
            "POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 90000\r\n\r\nemail=",
        ),
    ];
    for (many, half) in halves {
        for _ in 0..many {
            let (host, counts) = (host.to_owned(), Arc::clone(counts));
            all.spawn(async move {
                loop {
                    if let Ok(mut stream) = TcpStream::connect(&host).await
                        && stream.write_all(half.as_bytes()).await.is_ok()
                    {
                        counts.connections.fetch_add(1, Ordering::Relaxed);
                        stream.read_to_end(&mut Vec::new()).await.ok();
                    }
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            });
        }
    }
}
