//! The heaviest files: what the server holds in memory and how long it takes, for one of each kind alone and for eight at once, of eight accounts.
//! Meanwhile somebody else reads pages and signs in.

use crate::filled::{Error, PEOPLE, fill};
use crate::program::Program;
use crate::record::Record;
use crate::stage::Run;
use crate::texts;
use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use hindcast_retro::record::people::Role;
use hindcast_store::{Act, Store, Viewer, accounts};
use reqwest::{Client, RequestBuilder, StatusCode, redirect};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// Bytes of each text. Eight of them reserve half of what the server may take for evidence.
const TEXT: usize = 6 << 20;
const AT_ONCE: usize = 8;
/// As `--memory` has it by default.
const CEILING: u64 = 1 << 30;
/// How many times its unpacked bytes one file may take.
const TIMES: u64 = 10;
/// More than the server gives a request.
const PATIENCE: Duration = Duration::from_secs(180);
/// Who signs in meanwhile.
const EMAIL: &str = "sam@example.com";
const PASSWORD: &str = "correct horse battery";

pub async fn run(run: &Run) -> Result<(), Error> {
    let record = Record::new(&run.base).await?;
    let store = Store::open(&record.place).await?;
    fill(&store, 100).await?;
    may_sign_in(&store).await?;
    store.close().await;
    let mut sum = Sum::default();
    for kind in Kind::all() {
        // A server of its own, as memory that was given back may stay with the process.
        run.progress(&format!("{}, alone", kind.name()));
        let Measured { idle, peak, took, answers } = measured(&record, run, &mut sum, &[kind]).await?;
        let (unpacked, of_one) = (kind.bytes().1, peak - idle);
        let times = of_one as f64 / unpacked as f64;
        sum.single = sum.single.max(times);
        let (seconds, told) = (took.as_secs_f64(), told(&answers));
        let sizes = format!("{} unpacked; {} ({times:.1} times)", megabytes(unpacked), megabytes(of_one));
        run.bar(
            &format!("{}, alone", kind.name()),
            &format!("{sizes} in {seconds:.1} s, {told}"),
            of_one < TIMES * unpacked,
        );
    }
    run.figure("the most for one upload, to its unpacked bytes", &format!("{:.1} times", sum.single));
    for kind in Kind::all() {
        run.progress(&format!("{}, {AT_ONCE} at once", kind.name()));
        let Measured { peak, took, answers, .. } = measured(&record, run, &mut sum, &[kind; AT_ONCE]).await?;
        sum.peak = sum.peak.max(peak);
        let (seconds, told) = (took.as_secs_f64(), told(&answers));
        run.bar(
            &format!("{}, {AT_ONCE} at once", kind.name()),
            &format!("{} in {seconds:.1} s, {told}", megabytes(peak)),
            peak <= CEILING,
        );
    }
    different(&record, run, &mut sum).await?;
    run.bar(
        &format!("peak resident memory (at most {})", megabytes(CEILING)),
        &megabytes(sum.peak),
        sum.peak <= CEILING,
    );
    for (what, answers) in [("uploads", &sum.uploads), ("drafts", &sum.drafts)] {
        let clean = answers.keys().all(|status| (200..500).contains(status) || *status == 503);
        run.bar(&format!("all {what} are taken or refused"), &told(answers), clean);
    }
    // Otherwise the peak says nothing: all was refused, or the machine is too slow to read any of it in time.
    let taken = sum.uploads.get(&201).copied().unwrap_or_default();
    run.bar("files that were read to the end (from 1)", &taken.to_string(), taken > 0);
    run.bar("pages and sign-ins meanwhile (all)", &format!("{} of {}", sum.served, sum.asked), sum.served == sum.asked);
    run.figure("the longest wait for a page", &format!("{:.1} s", sum.page.as_secs_f64()));
    run.figure("the longest wait to sign in", &format!("{:.1} s", sum.sign_in.as_secs_f64()));
    let server = record.serve_filled(LOG)?;
    let panics = server.logged().matches("panicked").count();
    run.bar("panics in the log (0)", &panics.to_string(), panics == 0);
    Ok(())
}

const LOG: &str = "log";

/// What all servers came to.
#[derive(Default)]
struct Sum {
    uploads: Answers,
    drafts: Answers,
    /// Bytes of the process at most.
    peak: u64,
    /// The most that one file took, in its unpacked bytes.
    single: f64,
    /// Pages and sign-ins of somebody else.
    asked: usize,
    served: usize,
    page: Duration,
    sign_in: Duration,
}

/// Of one server.
struct Measured {
    idle: u64,
    peak: u64,
    took: Duration,
    answers: Answers,
}

async fn may_sign_in(store: &Store) -> Result<(), Error> {
    let hash = Argon2::default().hash_password(PASSWORD.as_bytes()).map_err(|e| e.to_string())?.to_string();
    let system = Viewer::system();
    let act = Act { by: &system, at: "2026-11-25T10:00:00Z".parse()? };
    let mut tx = store.begin().await?;
    let new = accounts::New { id: "Sam", email: EMAIL, name: "Sam", role: Role::Viewer, password_hash: &hash };
    accounts::create(&mut tx, act, &new).await?;
    Ok(tx.commit().await?)
}

/// Uploads of so many accounts at once, to a new server, after which it still takes a write.
async fn measured(record: &Record, run: &Run, sum: &mut Sum, kinds: &[Kind]) -> Result<Measured, Error> {
    let mut server = record.serve_filled(LOG)?;
    let measured = uploaded(&mut server, run, sum, kinds).await.map(|(measured, _)| measured);
    of_server(&mut server, measured)
}

/// The outcome; an error also says so if the server has ended.
fn of_server<T>(server: &mut Program, outcome: Result<T, Error>) -> Result<T, Error> {
    outcome.map_err(|e| match server.unasked_end() {
        Some(end) => format!("{}; {end}", crate::told(&*e)).into(),
        None => e,
    })
}

async fn uploaded(
    server: &mut Program,
    run: &Run,
    sum: &mut Sum,
    kinds: &[Kind],
) -> Result<(Measured, Vec<(&'static str, String)>), Error> {
    let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).build()?;
    let mut requests = Vec::new();
    let mut incidents = Vec::new();
    for (person, kind) in PEOPLE.into_iter().zip(kinds) {
        let incident = open(&client, server, person).await?;
        let request = client.post(format!("{incident}/evidence?name=session.json"));
        let request = request.header("Content-Type", "application/octet-stream").body(kind.bytes().0);
        requests.push((kind.name(), request.bearer_auth(format!("hcast_load_{person}"))));
        incidents.push((person, incident));
    }
    // What pages and sign-ins take by themselves is not the uploads'.
    for _ in 0..3 {
        others(&client, server, sum, run).await?;
    }
    let idle = peak(server)?;
    let (begun, mut all, mut answers) = (Instant::now(), JoinSet::new(), Answers::new());
    for (name, request) in requests {
        all.spawn(answer(name, request));
    }
    bystander(&client, server, &mut all, &mut answers, sum, run).await?;
    let took = begun.elapsed();
    for (status, many) in &answers {
        *sum.uploads.entry(*status).or_default() += many;
    }
    open(&client, server, PEOPLE[0]).await?;
    Ok((Measured { idle, peak: peak(server)?, took, answers }, incidents))
}

/// Different kinds at once, which are then drafted at once.
async fn different(record: &Record, run: &Run, sum: &mut Sum) -> Result<(), Error> {
    let kinds = Kind::all();
    for (nth, round) in kinds.chunks(AT_ONCE).enumerate() {
        let mut server = record.serve_filled(LOG)?;
        run.progress(&format!("round {}: {} different uploads at once", nth + 1, round.len()));
        let outcome = drafted(&mut server, run, sum, round).await;
        of_server(&mut server, outcome)?;
    }
    Ok(())
}

async fn drafted(server: &mut Program, run: &Run, sum: &mut Sum, round: &[Kind]) -> Result<(), Error> {
    let (measured, incidents) = uploaded(server, run, sum, round).await?;
    run.progress("drafts at once");
    let client = Client::builder().timeout(PATIENCE).redirect(redirect::Policy::none()).build()?;
    let (mut all, mut drafts) = (JoinSet::new(), Answers::new());
    for (person, incident) in incidents {
        let request = client.post(format!("{incident}/retro")).bearer_auth(format!("hcast_load_{person}"));
        all.spawn(answer("a draft", request));
    }
    bystander(&client, server, &mut all, &mut drafts, sum, run).await?;
    for (status, many) in drafts {
        *sum.drafts.entry(status).or_default() += many;
    }
    open(&client, server, PEOPLE[0]).await?;
    sum.peak = sum.peak.max(measured.peak).max(peak(server)?);
    Ok(())
}

fn told(answers: &Answers) -> String {
    answers.iter().map(|(status, many)| format!("{many} × {status}")).collect::<Vec<_>>().join(", ")
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

/// Somebody else reads a page and signs in.
async fn others(client: &Client, server: &Program, sum: &mut Sum, run: &Run) -> Result<(), Error> {
    let begun = Instant::now();
    let page = client.get(format!("{}/incidents", server.base)).bearer_auth(format!("hcast_load_{}", PEOPLE[9]));
    let page = page.send().await?;
    let is_page = page.status() == StatusCode::OK;
    page.bytes().await?;
    sum.page = sum.page.max(begun.elapsed());
    let begun = Instant::now();
    let form = [("email", EMAIL), ("password", PASSWORD)];
    let signed_in = client.post(format!("{}/sign-in", server.base)).form(&form).send().await?.status();
    sum.sign_in = sum.sign_in.max(begun.elapsed());
    sum.asked += 2;
    sum.served += usize::from(is_page) + usize::from(signed_in == StatusCode::SEE_OTHER);
    if signed_in != StatusCode::SEE_OTHER {
        run.figure("answer to signing in", signed_in.as_str());
    }
    Ok(())
}

/// Reads a page and signs in, again and again until all have their answers.
async fn bystander(
    client: &Client,
    server: &mut Program,
    all: &mut JoinSet<(&'static str, u16)>,
    answers: &mut Answers,
    sum: &mut Sum,
    run: &Run,
) -> Result<(), Error> {
    while !all.is_empty() {
        others(client, server, sum, run).await?;
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
    Ok(())
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
#[derive(Clone, Copy)]
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

    fn name(self) -> &'static str {
        match self {
            Kind::Text(name) => name,
            Kind::ManyEvents => "many events",
            Kind::Packed => "a packed file",
            Kind::Nested => "deep JSON",
        }
    }

    /// The file, and its bytes once it is unpacked.
    fn bytes(self) -> (Vec<u8>, u64) {
        let text = match self {
            Kind::Text(name) => messages(&[("user", "Refund my order."), ("assistant", &texts::text(name, TEXT))]),
            Kind::ManyEvents => messages(&vec![("assistant", "I did."); TEXT / 42]),
            // Unpacks to a tenth of the ceiling.
            Kind::Packed => messages(&vec![("user", "The refund of order 1234 was processed."); (96 << 20) / 75]),
            Kind::Nested => {
                format!("[{}{}]", "[".repeat(400), "]".repeat(400) + &",[{}]".repeat(TEXT / 5)).into_bytes()
            }
        };
        let unpacked = text.len() as u64;
        match self {
            Kind::Packed => (zstd::encode_all(&*text, 1).unwrap_or_default(), unpacked),
            _ => (text, unpacked),
        }
    }
}

/// A conversation. The texts are JSON already.
fn messages(all: &[(&str, &str)]) -> Vec<u8> {
    let each = all.iter().map(|(role, text)| format!(r#"{{"role":"{role}","content":"{text}"}}"#));
    format!(r#"{{"messages":[{}]}}"#, each.collect::<Vec<_>>().join(",")).into_bytes()
}
