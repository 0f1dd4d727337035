//! Eight of the heaviest files at once, of eight accounts: what the server holds in memory meanwhile.

use crate::filled::{Error, PEOPLE, fill};
use crate::program::Program;
use crate::record::Record;
use crate::stage::Run;
use crate::texts;
use hindcast_store::Store;
use reqwest::Client;
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Bytes of each text. Ten times eight of them are as much as the server may take for evidence.
const TEXT: usize = 12 << 20;
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
    let (mut answers, mut worst) = (BTreeMap::new(), Duration::ZERO);
    let kinds: Vec<Kind> = Kind::all();
    for round in kinds.chunks(AT_ONCE) {
        run.progress(&format!("{} uploads at once", round.len()));
        let mut all = JoinSet::new();
        for (n, kind) in round.iter().enumerate() {
            // Not restricted: those are every tenth, from 1.
            let url = format!("{}/api/v1/incidents/{}/evidence?name=session.json", server.base, n + 2);
            let bytes = kind.bytes();
            let name = kind.name();
            let request = client.post(url).bearer_auth(format!("hcast_load_{}", PEOPLE[n]));
            let request = request.header("Content-Type", "application/octet-stream").body(bytes);
            all.spawn(async move { (name, request.send().await.map_or(0, |a| a.status().as_u16())) });
        }
        worst = worst.max(bystander(&client, &server, &mut all, &mut answers, run).await?);
    }
    run.figure("peak memory after the uploads", &megabytes(peak(&server)?));
    run.progress("eight drafts at once");
    let mut all = JoinSet::new();
    for (n, name) in PEOPLE.iter().take(AT_ONCE).enumerate() {
        // Opened by `fill` with a retro of its own, which is drafted anew.
        let url = format!("{}/api/v1/incidents/{}/retro", server.base, n + 2);
        let request = client.post(url).bearer_auth(format!("hcast_load_{name}"));
        all.spawn(async move { ("a draft", request.send().await.map_or(0, |a| a.status().as_u16())) });
    }
    worst = worst.max(bystander(&client, &server, &mut all, &mut answers, run).await?);
    let peak = peak(&server)?;
    let count: usize = answers.values().sum();
    run.bar(
        &format!("peak resident memory (at most {})", megabytes(CEILING)),
        &format!("{}; {} before the first upload", megabytes(peak), megabytes(before)),
        peak <= CEILING,
    );
    let told: Vec<String> = answers.iter().map(|(status, many)| format!("{many} × {status}")).collect();
    let clean = answers.keys().all(|status| (200..500).contains(status) || *status == 503);
    run.bar("every upload is taken or refused", &format!("{count}: {}", told.join(", ")), clean);
    run.figure("the longest wait of another reader", &format!("{:.1} s", worst.as_secs_f64()));
    let write =
        client.post(format!("{}/api/v1/incidents", server.base)).bearer_auth(format!("hcast_load_{}", PEOPLE[0]));
    let status = write.json(&serde_json::json!({ "title": "after the uploads" })).send().await?.status();
    run.bar("the next write works", status.as_str(), status == 201 && server.runs());
    let panics = server.logged().matches("panicked").count();
    run.bar("panics in the log (0)", &panics.to_string(), panics == 0);
    Ok(())
}

/// Reads a page again and again until all have their answers. The longest wait.
async fn bystander(
    client: &Client,
    server: &Program,
    all: &mut JoinSet<(&'static str, u16)>,
    answers: &mut BTreeMap<u16, usize>,
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
