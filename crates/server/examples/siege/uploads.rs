//! Eight of the heaviest files at once, of eight accounts: what the server holds in memory meanwhile.

use crate::filled::{Error, PEOPLE, fill};
use crate::program::Program;
use crate::record::Record;
use crate::stage::Run;
use crate::texts;
use hindcast_store::Store;
use reqwest::{Client, RequestBuilder};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Bytes of each text. Eight of them reserve half of what the server may take for evidence.
const TEXT: usize = 6 << 20;
const AT_ONCE: usize = 8;
/// As `--memory` has it by default.
const CEILING: u64 = 1 << 30;
/// More than the server gives a request.
const PATIENCE: Duration = Duration::from_secs(180);

pub async fn run(run: &Run) -> Result<(), Error> {
    let record = Record::new(&run.base).await?;
    let store = Store::open(&record.place).await?;
    fill(&store, 100).await?;
    store.close().await;
    let mut server = record.serve_filled("log")?;
    let before = peak(&server)?;
    let client = Client::builder().timeout(PATIENCE).build()?;
    let (mut uploads, mut drafts, mut worst) = (Answers::new(), Answers::new(), Duration::ZERO);
    let kinds: Vec<Kind> = Kind::all();
    for (nth, round) in kinds.chunks(AT_ONCE).enumerate() {
        run.progress(&format!("round {}: {} uploads at once", nth + 1, round.len()));
        let (mut all, mut to_draft) = (JoinSet::new(), Vec::new());
        for (person, kind) in PEOPLE.into_iter().zip(round) {
            let incident = open(&client, &server, person).await?;
            let request = client.post(format!("{incident}/evidence?name=session.json"));
            let request = request.header("Content-Type", "application/octet-stream").body(kind.bytes());
            all.spawn(answer(kind.name(), request.bearer_auth(format!("hcast_load_{person}"))));
            to_draft.push((person, incident));
        }
        worst = worst.max(bystander(&client, &server, &mut all, &mut uploads, run).await?);
        run.progress(&format!("round {}: drafts at once", nth + 1));
        for (person, incident) in to_draft {
            let request = client.post(format!("{incident}/retro")).bearer_auth(format!("hcast_load_{person}"));
            all.spawn(answer("a draft", request));
        }
        worst = worst.max(bystander(&client, &server, &mut all, &mut drafts, run).await?);
    }
    let peak = peak(&server)?;
    run.bar(
        &format!("peak resident memory (at most {})", megabytes(CEILING)),
        &format!("{}; {} before the first upload", megabytes(peak), megabytes(before)),
        peak <= CEILING,
    );
    for (what, answers) in [("uploads", &uploads), ("drafts", &drafts)] {
        let told: Vec<String> = answers.iter().map(|(status, many)| format!("{many} × {status}")).collect();
        let clean = answers.keys().all(|status| (200..500).contains(status) || *status == 503);
        run.bar(&format!("all {what} are taken or refused"), &told.join(", "), clean);
    }
    // Otherwise the peak says nothing: all was refused, or the machine is too slow to read any of it in time.
    let taken = uploads.get(&201).copied().unwrap_or_default();
    run.bar("files that were read to the end (from 1)", &taken.to_string(), taken > 0);
    run.figure("the longest wait of another reader", &format!("{:.1} s", worst.as_secs_f64()));
    let write =
        client.post(format!("{}/api/v1/incidents", server.base)).bearer_auth(format!("hcast_load_{}", PEOPLE[0]));
    let status = write.json(&serde_json::json!({ "title": "after the uploads" })).send().await?.status();
    run.bar("the next write works", status.as_str(), status == 201 && server.runs());
    let panics = server.logged().matches("panicked").count();
    run.bar("panics in the log (0)", &panics.to_string(), panics == 0);
    Ok(())
}

/// How many requests were answered with which status; 0 is no answer.
type Answers = BTreeMap<u16, usize>;

/// Opens an incident. Its address in the API.
async fn open(client: &Client, server: &Program, person: &str) -> Result<String, Error> {
    let all = format!("{}/api/v1/incidents", server.base);
    let request = client.post(&all).bearer_auth(format!("hcast_load_{person}"));
    let answer = request.json(&serde_json::json!({ "title": "heavy" })).send().await?.error_for_status()?;
    let incident: serde_json::Value = serde_json::from_str(&answer.text().await?)?;
    Ok(format!("{all}/{}", incident["number"].as_i64().ok_or("an incident without a number")?))
}

async fn answer(name: &'static str, request: RequestBuilder) -> (&'static str, u16) {
    (name, request.send().await.map_or(0, |answer| answer.status().as_u16()))
}

/// Reads a page again and again until all have their answers. The longest wait.
async fn bystander(
    client: &Client,
    server: &Program,
    all: &mut JoinSet<(&'static str, u16)>,
    answers: &mut Answers,
    run: &Run,
) -> Result<Duration, Error> {
    let mut worst = Duration::ZERO;
    while !all.is_empty() {
        let begun = Instant::now();
        let page = client.get(format!("{}/incidents", server.base)).bearer_auth(format!("hcast_load_{}", PEOPLE[9]));
        page.send().await?.error_for_status()?.bytes().await?;
        worst = worst.max(begun.elapsed());
        while let Some(one) = all.try_join_next() {
            let (name, status) = one?;
            *answers.entry(status).or_default() += 1;
            run.progress(&format!("{name}: {status}; {} to come", all.len()));
            if !(200..500).contains(&status) && status != 503 {
                run.figure(&format!("answer to {name}"), &status.to_string());
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(worst)
}

/// The most memory that the server held, in bytes.
fn peak(server: &Program) -> Result<u64, Error> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id()))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).ok_or("no peak in /proc")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? << 10)
}

fn megabytes(bytes: u64) -> String {
    format!("{} MiB", bytes >> 20)
}

/// What weighs most: texts for masking, events for reading, and what unpacks to much.
enum Kind {
    Text(&'static str),
    ManyEvents,
    Packed,
    Nested,
}

impl Kind {
    fn all() -> Vec<Kind> {
        let texts = texts::NAMES.into_iter().map(Kind::Text);
        texts.chain([Kind::ManyEvents, Kind::Packed, Kind::Nested]).collect()
    }

    fn name(&self) -> &'static str {
        match self {
            Kind::Text(name) => name,
            Kind::ManyEvents => "many events",
            Kind::Packed => "a packed file",
            Kind::Nested => "deep JSON",
        }
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Kind::Text(name) => messages(&[("user", "Refund my order."), ("assistant", &texts::text(name, TEXT))]),
            Kind::ManyEvents => messages(&vec![("assistant", "I did."); TEXT / 42]),
            // Unpacks to a tenth of the ceiling.
            Kind::Packed => {
                let text = messages(&vec![("user", "The refund of order 1234 was processed."); (96 << 20) / 75]);
                zstd::encode_all(&*text, 1).unwrap_or_default()
            }
            Kind::Nested => {
                format!("[{}{}]", "[".repeat(400), "]".repeat(400) + &",[{}]".repeat(TEXT / 5)).into_bytes()
            }
        }
    }
}

/// A conversation. The texts are JSON already.
fn messages(all: &[(&str, &str)]) -> Vec<u8> {
    let each = all.iter().map(|(role, text)| format!(r#"{{"role":"{role}","content":"{text}"}}"#));
    format!(r#"{{"messages":[{}]}}"#, each.collect::<Vec<_>>().join(",")).into_bytes()
}
