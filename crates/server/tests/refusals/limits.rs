//! More than is taken.

use crate::support::client::send;
use crate::support::{App, People, html, on_both};
use hindcast_store::{Act, Viewer, evidence};
use hindcast_trace::Evidence;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

/// A trace of about this many bytes.
fn trace(bytes: usize) -> Vec<u8> {
    let word = "a ".repeat(bytes / 2);
    format!(r#"[{{"role":"user","content":"{word}"}},{{"role":"assistant","content":"yes"}}]"#).into_bytes()
}

/// Not on both databases: the limit is set, and is the same on both.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_over_the_limit_is_refused_and_not_stored() {
    let limit = 256 << 10;
    let app = App::sqlite_with(|c| c.upload_limit = limit).await;
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let evidence = format!("/incidents/{number}/evidence");
    let before = app.changes().await;
    // Beside the file a form has words of its own, for which there is a mebibyte of room; the file has none of it.
    for size in [limit + 1000, limit + (512 << 10), limit + (1 << 20) + 1000] {
        mia.client.upload(&evidence, "trace", "trace.json", trace(size)).await.is(413).says("larger than");
    }
    // Many small ones are one upload.
    let three = (0..3).map(|n| (["a.json", "b.json", "c.json"][n], trace(limit / 2 + n * 2))).collect();
    mia.client.upload_all(&evidence, "trace", three).await.is(413);
    assert_eq!(app.changes().await, before);
    let page = mia.client.page(&format!("/incidents/{number}")).await;
    assert_eq!(html::attributes(&page, "a[href*='/evidence/']", "href"), Vec::<String>::new());
    mia.client.upload(&evidence, "trace", "trace.json", trace(limit - 1000)).await.is(303);
}

async fn a_form_over_the_limit_is_refused(app: App) {
    let mia = People::arrive(&app).await.mia;
    let before = app.changes().await;
    let field = "x".repeat(90_000);
    let many: Vec<(String, &str)> = (0..47).map(|n| (format!("field-{n}"), field.as_str())).collect();
    let form = mia.client.request("POST", "/incidents").form(&many);
    send(form).await.is(413).says("larger than 4 MiB");
    let longest = "x".repeat(100_001);
    let form = [("title", "one"), ("summary", longest.as_str())];
    mia.client.post("/incidents", &form).await.is(413).says("longer than 100000 bytes");
    let limits = [("title", 201), ("agent", 101), ("ticket", 201), ("summary", 20_001), ("severity_reason", 2001)];
    for (name, length) in limits {
        let text = "x".repeat(length);
        let form = [("title", "one"), (name, text.as_str())];
        let form = if name == "title" { &form[1..] } else { &form[..] };
        mia.client.post("/incidents", form).await.is(422).says("at most");
    }
    mia.client.post("/incidents", &[("title", "   ")]).await.is(422).says("write something here");
    assert_eq!(app.changes().await, before);
}

/// Browsers look for the answer once everything is sent: it has to be there then, and not a connection that broke off.
async fn the_answer_to_a_form_far_over_the_limit_arrives(app: App) {
    let address = app.base().trim_start_matches("http://").to_owned();
    let whole_then_read = move || -> std::io::Result<String> {
        let body = vec![b'x'; 12 << 20];
        let mut socket = TcpStream::connect(&address)?;
        let kind = "application/x-www-form-urlencoded";
        let head =
            format!("POST /sign-in HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-type: {kind}\r\n");
        write!(socket, "{head}content-length: {}\r\n\r\n", body.len())?;
        socket.write_all(&body)?;
        let mut answer = String::new();
        socket.read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = tokio::task::spawn_blocking(whole_then_read).await.expect("runs").expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("larger than 4 MiB"), "{answer}");
}

/// People write them, so that they are short, and they are read whole wherever they count.
async fn large_facts_and_contracts_are_refused(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let evidence = format!("/incidents/{number}/evidence");
    let before = app.changes().await;
    let long = format!("title: x\n{}", "# nothing\n".repeat(110_000)).into_bytes();
    let packed = zstd::encode_all(&long[..], 1).expect("packs");
    for kind in ["facts", "contracts"] {
        for bytes in [&long, &packed] {
            let says = "x.yaml has 1.0 MiB. A facts file or tool contracts can have at most 1 MiB.";
            mia.client.upload(&evidence, kind, "x.yaml", bytes.clone()).await.is(413).says(says);
        }
    }
    assert_eq!(app.changes().await, before);
    mia.client.upload(&evidence, "facts", "x.yaml", long[..1_000_000].to_vec()).await.is(303);
}

/// What cannot be read says why, and nothing of the upload is stored, not even what stands before it.
async fn an_unreadable_upload_stores_nothing(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let evidence = format!("/incidents/{number}/evidence");
    let before = app.changes().await;
    let cases: [(&str, &[u8], &str); 6] = [
        ("trace", b"", "empty"),
        ("trace", b"this is no trace", "trace.json"),
        ("trace", b"\xff\xfe\x00", "trace.json"),
        ("facts", b"severity: [", "trace.json"),
        ("facts", b"\xff", "UTF-8"),
        ("contracts", b"tools: 7", "trace.json"),
    ];
    for (kind, bytes, says) in cases {
        mia.client.upload(&evidence, kind, "trace.json", bytes.to_vec()).await.is(422).says(says);
    }
    mia.client.upload(&evidence, "poem", "trace.json", trace(10)).await.is(422).says("Kind: choose one.");
    mia.client.upload_all(&evidence, "trace", vec![]).await.is(422).says("Choose a file.");
    let two = vec![("good.json", trace(100)), ("bad.json", b"no trace".to_vec())];
    mia.client.upload_all(&evidence, "trace", two).await.is(422).says("bad.json");
    assert_eq!(app.changes().await, before);
    let page = mia.client.page(&format!("/incidents/{number}")).await;
    assert_eq!(html::attributes(&page, "a[href*='/evidence/']", "href"), Vec::<String>::new());
}

/// Not on both databases: nothing of it comes near one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_would_take_too_much_memory_is_refused_with_the_figures_and_others_go_on() {
    let app = App::sqlite_with(|c| c.memory = 80 << 20).await;
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let evidence = format!("/incidents/{number}/evidence");
    let before = app.changes().await;
    let messages = vec![r#"{"role":"user","content":"a"},{"role":"assistant","content":"b"}"#; 50_000].join(",");
    let tiny = format!(r#"{{"messages":[{messages}]}}"#).into_bytes();
    mia.client.upload(&evidence, "trace", "tiny.json", tiny).await.is(413).says("records").says("MiB are allowed");
    // A file may unpack to a tenth of the memory.
    let bomb = zstd::encode_all(&vec![b' '; 9 << 20][..], 3).expect("packs");
    mia.client.upload(&evidence, "trace", "bomb.json.zst", bomb).await.is(413).says("more than 8 MiB");
    assert_eq!(app.changes().await, before);
    let all = (0..8).map(|n| {
        let (client, evidence) = (&mia.client, &evidence);
        async move { client.upload(evidence, "trace", &format!("{n}.json"), trace(1000 + n * 2)).await.is(303) }
    });
    // Each takes more than half of the memory: they wait for each other.
    futures_of(all).await;
}

/// A table gives a file whole: what is held of it while somebody downloads it slowly counts like all other evidence.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_download_from_postgresql_counts_as_memory_for_evidence() {
    const LARGE: usize = 24 << 20;
    let Some(app) = App::postgres("download_memory").await else { return };
    let people = People::arrive(&app).await;
    let number = people.mia.open("one", &[]).await;
    // Noise, which takes as much when it is packed.
    let mut seed = 1_u64;
    let noise = std::iter::repeat_with(|| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as u8
    });
    let file = Evidence::new("noise.bin", noise.take(LARGE).collect::<Vec<u8>>());
    let mia = Viewer { account: people.mia.id.clone(), name: people.mia.name.clone(), ..Viewer::system() };
    let mut tx = app.store().begin().await.expect("begins");
    let act = Act { by: &mia, at: app.now() };
    evidence::add(app.store(), &mut tx, act, number, evidence::Kind::Trace, &file, "").await.expect("adds");
    tx.commit().await.expect("commits");
    let reserved = async || {
        let metrics = people.dana.client.page("/metrics").await;
        let line = metrics.lines().find_map(|l| l.strip_prefix("hindcast_memory_reserved_bytes "));
        line.and_then(|n| n.parse::<u64>().ok()).expect("a number")
    };
    assert_eq!(reserved().await, 0);
    let path = format!("/incidents/{number}/evidence/{}", file.id);
    let download = people.mia.client.request("GET", &path).send().await.expect("answers");
    assert_eq!(download.status(), 200);
    let held = reserved().await;
    assert!((LARGE as u64..LARGE as u64 + (4 << 20)).contains(&held), "{held}");
    drop(download);
    for _ in 0..100 {
        if reserved().await == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("it is not given back");
}

/// Waits for all of them at once.
async fn futures_of<F: Future>(all: impl Iterator<Item = F>) {
    let mut all: Vec<_> = all.map(Box::pin).collect();
    std::future::poll_fn(|context| {
        all.retain_mut(|one| one.as_mut().poll(context).is_pending());
        if all.is_empty() { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
    })
    .await;
}

on_both! {
    a_form_over_the_limit_is_refused
    the_answer_to_a_form_far_over_the_limit_arrives
    an_unreadable_upload_stores_nothing
    large_facts_and_contracts_are_refused
}
