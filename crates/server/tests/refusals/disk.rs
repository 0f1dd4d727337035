//! A disk that is full or damaged: what people and programs are told, and that it is over when it works again.

use crate::support::client::send;
use crate::support::people::Person;
use crate::support::{Answer, App, People, on_both};
use hindcast_testdb::{SmallDisk, small_disk};
use jiff::SignedDuration;
use std::time::Duration;

/// Longer than the outcome of a trial write counts.
const LATER: Duration = Duration::from_millis(2100);

async fn on_a_small_disk() -> Option<(SmallDisk, App)> {
    let disk = small_disk(8)?;
    let app = App::in_folder(&disk.path().join("data")).await;
    Some((disk, app))
}

/// Sends forms until one does not fit any more.
async fn until_full(mia: &Person) -> Answer {
    let text = "x".repeat(10_000);
    for _ in 0..2000 {
        let answer = mia.client.post("/incidents", &[("title", "one"), ("summary", &text)]).await;
        if answer.status != 303 {
            return answer;
        }
    }
    panic!("the disk is not full");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_is_told_keeps_nobody_from_reading_and_is_over_when_there_is_room() {
    let Some((disk, app)) = on_a_small_disk().await else { return };
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let ready = async || app.browser().get("/health/ready").await.status;
    assert_eq!(ready().await, 200);
    disk.fill();
    until_full(&mia).await.is(507).says("The disk is full").says("Nothing was saved.");
    let long = serde_json::json!({ "title": "one", "summary": "x".repeat(20_000) }).to_string();
    let request = || mia.client.request("POST", "/api/v1/incidents").header("content-type", "application/json");
    let told = send(request().body(long.clone())).await.is(507);
    assert_eq!(told.header("content-type"), "application/problem+json");
    assert!(told.body.contains("The disk that holds Hindcast's data is full."), "{}", told.body);
    tokio::time::sleep(LATER).await;
    assert_eq!(ready().await, 503);
    // So that every request would put down that the browser was used.
    app.wait(SignedDuration::from_mins(5));
    for path in ["/", "/incidents", &format!("/incidents/{number}")] {
        mia.client.get(path).await.is(200);
    }
    disk.empty();
    mia.open("two", &[]).await;
    send(request().body(long)).await.is(201);
    tokio::time::sleep(LATER).await;
    assert_eq!(ready().await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_for_which_there_is_no_room_is_told_and_leaves_no_file() {
    let Some((disk, app)) = on_a_small_disk().await else { return };
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let evidence = format!("/incidents/{number}/evidence");
    let trace = br#"[{"role":"user","content":"Hello"},{"role":"assistant","content":"yes"}]"#.to_vec();
    disk.fill();
    let mut status = 303;
    for n in 0..200 {
        let mut bytes = trace.clone();
        bytes.extend(vec![b' '; n]);
        status = mia.client.upload(&evidence, "trace", "trace.json", bytes).await.status;
        if status != 303 {
            break;
        }
    }
    assert_eq!(status, 507);
    let files = || match std::fs::read_dir(disk.path().join("data/evidence")) {
        Ok(all) => all.map(|f| f.expect("a file").file_name().to_string_lossy().into_owned()).collect(),
        Err(_) => Vec::new(),
    };
    assert!(files().iter().all(|name: &String| name.ends_with(".zst")), "{:?}", files());
    let before = files().len();
    disk.empty();
    mia.client.upload(&evidence, "trace", "trace.json", trace).await.is(303);
    assert!(files().len() <= before + 1);
}

async fn damaged_evidence_is_told_and_not_given(app: App) {
    let mia = People::arrive(&app).await.mia;
    let number = mia.open("one", &[]).await;
    let trace = br#"[{"role":"user","content":"Hello"},{"role":"assistant","content":"yes"}]"#.to_vec();
    let evidence = format!("/incidents/{number}/evidence");
    mia.client.upload(&evidence, "trace", "trace.json", trace.clone()).await.is(303);
    let page = mia.client.page(&format!("/incidents/{number}")).await;
    let link = crate::support::html::attributes(&page, "a[href*='/evidence/']", "href").remove(0);
    mia.client.get(&link).await.is(200);
    app.damage().await;
    mia.client.get(&link).await.is(500).says("The evidence is damaged").says("do not match its SHA-256");
    mia.client.get(&format!("/incidents/{number}")).await.is(200);
    mia.client.upload(&evidence, "trace", "trace.json", trace).await.is(303);
    mia.client.get(&link).await.is(200);
}

on_both! {
    damaged_evidence_is_told_and_not_given
}
