//! `audit`: reads a record, and leaves it as it is.

use crate::{hindcast, ok, scratch};
use hindcast_store::{Act, Place, Store, Viewer, incidents};
use std::path::Path;

/// A record with one incident.
pub fn record(folder: &Path) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&Place::Folder(folder.to_owned())).await.expect("opens");
        let act = Act { by: &Viewer::system(), at: "2026-11-25T10:00:00Z".parse().expect("a time") };
        let mut tx = store.begin().await.expect("begins");
        incidents::create(&mut tx, act, &incidents::New::default()).await.expect("opens an incident");
        tx.commit().await.expect("commits");
        store.close().await;
    });
}

/// Changes the record as only somebody with the database in hand can.
fn tamper(folder: &Path, sql: &'static str) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let store = Store::open(&Place::Folder(folder.to_owned())).await.expect("opens");
        let mut tx = store.begin().await.expect("begins");
        sqlx::query(sql).execute(&mut *tx).await.expect("changes");
        tx.commit().await.expect("commits");
        store.close().await;
    });
}

#[test]
fn an_anchor_in_a_file_is_what_a_later_check_is_compared_with() {
    let folder = scratch();
    let (data, anchor) = (folder.path().join("data"), folder.path().join("head.txt"));
    let (data, anchor) = (data.to_str().expect("UTF-8"), anchor.to_str().expect("UTF-8"));
    record(Path::new(data));
    assert_eq!(ok(&["audit", "head", "--data", data, "--output", anchor]), "");
    let head = std::fs::read_to_string(anchor).expect("is written");
    assert!(head.starts_with("head 1:") && head.len() == 72, "{head}");
    assert_eq!(ok(&["audit", "verify", "--data", data, "--anchor", anchor]), format!("1 rows, none altered\n{head}"));
    let other = format!("head 1:{}\n", "0".repeat(64));
    std::fs::write(anchor, other).expect("writes");
    let out = hindcast(&["audit", "verify", "--data", data, "--anchor", anchor]);
    let told = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(
        (out.status.code(), told.as_str()),
        (Some(1), "row 1 is not the one that was kept: the log was written anew\n")
    );
    std::fs::write(anchor, "nothing").expect("writes");
    let out = hindcast(&["audit", "verify", "--data", data, "--anchor", anchor]);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.code() == Some(3) && told.contains("no line begins with `head`"), "{told}");
}

#[test]
fn a_record_that_was_edited_is_told_and_left_as_it_is() {
    let folder = scratch();
    let data = folder.path().join("data");
    record(&data);
    tamper(&data, "UPDATE incident SET status = 'closed'");
    let before = std::fs::read(data.join("hindcast.db")).expect("reads");
    let out = hindcast(&["audit", "verify", "--data", data.to_str().expect("UTF-8")]);
    let told = String::from_utf8_lossy(&out.stdout).into_owned();
    let expected =
        "INC-1: status changed without an event since event 1 (incident.opened at 2026-11-25T10:00:00.000Z)\n";
    assert_eq!((out.status.code(), told.as_str()), (Some(1), expected));
    assert!(std::fs::read(data.join("hindcast.db")).expect("reads") == before, "nothing is written");
}

#[test]
fn what_cannot_be_read_is_a_fault_and_not_a_failed_start() {
    let folder = scratch();
    let data = folder.path().join("data");
    record(&data);
    tamper(&data, "UPDATE incident SET status = 'closed'");
    tamper(&data, "UPDATE incident SET title = CAST(title AS BLOB)");
    tamper(&data, "DELETE FROM audit_head");
    let out = hindcast(&["audit", "verify", "--data", data.to_str().expect("UTF-8")]);
    let told = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(1), "{told}{}", String::from_utf8_lossy(&out.stderr));
    for what in [
        "the head of the log cannot be read (table `audit_head`): its row is missing\n",
        "table `incident`, rowid 1: `title` contains a value of type blob instead of text\n",
        "INC-1: status changed without an event since event 1 ",
    ] {
        assert!(told.contains(what), "{what}: {told}");
    }
}

#[test]
fn a_record_of_an_older_version_is_refused_and_not_brought_up_to_date() {
    let folder = scratch();
    let old = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/tests/fixtures/schema-3/data/hindcast.db.zst");
    let bytes = zstd::decode_all(std::fs::File::open(old).expect("opens")).expect("unpacks");
    std::fs::write(folder.path().join("hindcast.db"), &bytes).expect("writes");
    let out = hindcast(&["audit", "verify", "--data", folder.path().to_str().expect("UTF-8")]);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(6), "{told}");
    assert!(
        told.contains("the record has schema 3, and this program reads 21. It is older: start the server once"),
        "{told}"
    );
    assert!(std::fs::read(folder.path().join("hindcast.db")).expect("reads") == bytes, "nothing is written");
}

#[test]
fn the_doctor_asks_the_sign_in_provider_and_prints_no_secret() {
    let folder = scratch();
    let data = folder.path().join("data");
    record(&data);
    let data = data.to_str().expect("UTF-8");
    let secret = folder.path().join("secret").display().to_string();
    std::fs::write(&secret, "heron-lantern-42").expect("writes");
    let line = |issuer: &str| {
        let args = ["doctor", "--data", data, "--oidc-issuer", issuer, "--oidc-client-id", "hindcast"];
        let more = ["--oidc-role", "sre=responder", "--oidc-client-secret-file", &secret];
        let out = hindcast(&[&args[..], &more].concat());
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.code() == Some(1) && !text.contains("heron-lantern"), "{text}");
        text.lines().find(|l| l.contains("sign-in ")).map(str::to_owned).unwrap_or_else(|| panic!("{text}"))
    };
    let gone = line("http://127.0.0.1:9");
    assert!(gone.contains("fault") && gone.contains("the provider: the discovery document: "), "{gone}");
    assert!(line("http://id.example.com").contains("must be an https URL"));
    assert!(!ok_or_fault(&["doctor", "--data", data]).contains("sign-in "), "no provider, no line");
}

#[test]
fn the_doctor_warns_of_a_webhook_that_it_cannot_reach_and_prints_no_path() {
    let folder = scratch();
    let data = folder.path().join("data");
    record(&data);
    let data = data.to_str().expect("UTF-8");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("listens");
    let url = format!("http://{}/T0/heron-lantern", listener.local_addr().expect("an address"));
    let line = |url: &str| {
        let text = ok_or_fault(&["doctor", "--data", data, "--anchor-url", url]);
        assert!(!text.contains("heron-lantern"), "{text}");
        text.lines().find(|l| l.contains("webhook ")).map(str::to_owned).unwrap_or_else(|| panic!("{text}"))
    };
    let there = line(&url);
    assert!(there.starts_with("ok") && there.contains("127.0.0.1 accepts connections"), "{there}");
    drop(listener);
    let gone = line(&url);
    assert!(gone.starts_with("warning") && gone.contains("127.0.0.1 cannot be reached"), "{gone}");
    assert!(line("http://hooks.example.com/heron-lantern").contains("must begin with https://"));
    assert!(!ok_or_fault(&["doctor", "--data", data]).contains("webhook "), "no webhook, no line");
}

/// What a command prints, whatever its exit code.
fn ok_or_fault(args: &[&str]) -> String {
    String::from_utf8_lossy(&hindcast(args).stdout).into_owned()
}
