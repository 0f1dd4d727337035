//! `audit anchor`: the head goes to a webhook and a timestamp authority, and what comes back is checked.

pub mod authority;
mod http;

use crate::audit::record;
use crate::{hindcast, ok, scratch};
use authority::{Authority, openssl, reply};
use http::{Answer, serve};
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;

fn text(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn stamped(bytes: Vec<u8>) -> Answer {
    Answer("200 OK", vec!["Content-Type: application/timestamp-reply".to_owned()], bytes)
}

#[test]
fn a_real_authority_stamps_the_head_and_a_later_check_verifies_it() {
    for kind in ["rsa:2048", "ec"] {
        let Some(tsa) = Authority::new(kind) else { return };
        let folder = tsa.folder();
        let address = serve(move |request| stamped(reply(&folder, &request.body)));
        let scratch = scratch();
        let (data, anchor) = (scratch.path().join("data"), scratch.path().join("head.txt"));
        let (data_folder, root) = (data.clone(), tsa.path("root.pem"));
        record(&data);
        let (data, anchor, root) = (text(&data), text(&anchor), text(&root));
        let told = ok(&["audit", "anchor", "--data", data, "--tsa", &address, "--tsa-cert", root, "--output", anchor]);
        assert!(told.starts_with("head 1:") && told.contains("signature verified"), "{told}");
        let verify = ["audit", "verify", "--data", data, "--anchor", anchor];
        let told = ok(&verify);
        assert!(told.contains("timestamped at 20") && told.contains("not verified; give --tsa-cert"), "{told}");
        let verify_signed = |root: &Path| hindcast(&[&verify[..], &["--tsa-cert", text(root)]].concat());
        let out = verify_signed(&tsa.path("root.pem"));
        let told = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.success() && told.contains("(signature verified)"), "{told}");
        // The command of the documentation.
        let args = format!("ts -verify -data {anchor} -in {anchor}.tsr -CAfile {root}");
        let said = openssl(scratch.path(), &args);
        assert!(said.contains("Verification: OK"), "{said}");

        let out = verify_signed(&tsa.path("other.pem"));
        let told = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.code() == Some(1) && told.contains("is not trusted"), "{told}");

        // One byte of the signature.
        let tsr = format!("{anchor}.tsr");
        let whole = std::fs::read(&tsr).expect("reads");
        let mut bent = whole.clone();
        *bent.last_mut().expect("bytes") ^= 1;
        std::fs::write(&tsr, bent).expect("writes");
        let out = verify_signed(&tsa.path("root.pem"));
        let told = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.code() == Some(1) && told.contains("does not match any certificate"), "{told}");
        std::fs::write(&tsr, &whole).expect("writes");

        // The record goes on, which the anchor allows; another anchor text is not what was stamped.
        record(&data_folder);
        assert!(ok(&verify).contains("2 rows, none altered"));
        let kept = std::fs::read_to_string(anchor).expect("reads");
        std::fs::write(anchor, format!("{kept}\n")).expect("writes");
        let out = hindcast(&verify);
        let told = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(out.status.code() == Some(1) && told.contains("its message imprint differs"), "{told}");
        std::fs::write(anchor, kept).expect("writes");
        std::fs::remove_file(&tsr).expect("removes");
        assert!(ok(&verify).contains("none altered"), "an anchor without a timestamp is one");
        assert_eq!(verify_signed(&tsa.path("root.pem")).status.code(), Some(3), "but not where one is asked for");
    }
}

#[test]
fn a_certificate_that_is_not_for_time_stamping_does_not_count() {
    let Some(tsa) = Authority::new("rsa:2048") else { return };
    // OpenSSL refuses to sign with it, so the token is signed with CMS by hand.
    let folder = tsa.folder();
    let address = serve(move |request| {
        let good = reply(&folder, &request.body);
        std::fs::write(folder.join("good.tsr"), good).expect("writes");
        openssl(&folder, "ts -reply -in good.tsr -token_out -out token");
        openssl(&folder, "cms -verify -inform DER -in token -noverify -out info");
        openssl(
            &folder,
            "cms -sign -binary -nodetach -outform DER -econtent_type 1.2.840.113549.1.9.16.1.4 -in info -signer serving.pem \
             -inkey serving.key -md sha256 -out token",
        );
        openssl(&folder, "ts -reply -in token -token_in -out response");
        stamped(std::fs::read(folder.join("response")).expect("reads"))
    });
    let scratch = scratch();
    let (data, anchor, root) = (scratch.path().join("data"), scratch.path().join("head.txt"), tsa.path("root.pem"));
    record(&data);
    let args = ["audit", "anchor", "--data", text(&data), "--tsa", &address, "--output", text(&anchor)];
    let out = hindcast(&[&args[..], &["--tsa-cert", text(&root)]].concat());
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.code() == Some(5) && told.contains("is not trusted"), "{told}");
    assert!(!anchor.exists());
}

#[test]
fn hostile_answers_of_an_authority_leave_no_anchor() {
    let Some(tsa) = Authority::new("ec") else { return };
    let scratch = scratch();
    let (data, anchor) = (scratch.path().join("data"), scratch.path().join("head.txt"));
    record(&data);
    let refuses = |what: &str, answer: Box<dyn FnMut(http::Request) -> Answer + Send>, expected: &str| {
        let address = serve(answer);
        let args = ["audit", "anchor", "--data", text(&data), "--tsa", &address, "--output", text(&anchor)];
        let out = hindcast(&args);
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(5) && told.contains(expected), "{what}: {told}");
        assert!(!anchor.exists() && !Path::new(&format!("{}.tsr", text(&anchor))).exists(), "{what}");
    };
    let other = tsa.folder();
    openssl(&other, "ts -query -data config -sha256 -cert -out other.tsq");
    let imprint = move |_| stamped(reply(&other, &std::fs::read(other.join("other.tsq")).expect("reads")));
    refuses("another imprint", Box::new(imprint), "its message imprint differs");
    let folder = tsa.folder();
    let nonce = move |mut request: http::Request| {
        // The nonce's eight bytes stand before `certReq`, which has three.
        let at = request.body.len() - 4;
        request.body[at] ^= 1;
        stamped(reply(&folder, &request.body))
    };
    refuses("another nonce", Box::new(nonce), "another nonce");
    let folder = tsa.folder();
    let cut = move |request: http::Request| {
        let whole = reply(&folder, &request.body);
        stamped(whole[..whole.len() - 100].to_vec())
    };
    refuses("cut", Box::new(cut), "not a timestamp response");
    // TimeStampResp { status { rejection, ["no"] } }, and the same with "granted" and nothing else.
    let rejected = || b"\x30\x0b\x30\x09\x02\x01\x02\x30\x04\x0c\x02no".to_vec();
    refuses("rejected", Box::new(move |_| stamped(rejected())), "issued no timestamp (status 2): no");
    refuses("empty", Box::new(|_| stamped(b"\x30\x05\x30\x03\x02\x01\x00".to_vec())), "contains none");
    refuses("no DER", Box::new(|_| stamped(b"<html>Sign in</html>".to_vec())), "not a timestamp response");
    refuses("huge", Box::new(|_| stamped(vec![0x30; 8 << 20])), "larger than 256 KiB");
    let long = b"\x30\x84\xff\xff\xff\xff\x30\x80".to_vec();
    refuses("a length that is not there", Box::new(move |_| stamped(long.clone())), "not a timestamp response");
    let deep: Vec<u8> = b"\x30\x80".repeat(100_000);
    refuses("deep", Box::new(move |_| stamped(deep.clone())), "not a timestamp response");
    refuses("an error", Box::new(|_| Answer("500 Oh", Vec::new(), Vec::new())), "status 500");
}

#[test]
fn the_head_is_posted_as_signed_json() {
    let (tell, told) = mpsc::channel();
    let address = serve(move |request| {
        tell.send(request).ok();
        Answer("204 No Content", Vec::new(), Vec::new())
    });
    let scratch = scratch();
    let (data, secret) = (scratch.path().join("data"), scratch.path().join("secret"));
    record(&data);
    std::fs::write(&secret, "words that both know\n").expect("writes");
    let args = ["audit", "anchor", "--data", text(&data), "--to-url", &address, "--secret-file", text(&secret)];
    let printed = ok(&args);
    assert!(printed.starts_with("head 1:") && printed.contains("posted to 127.0.0.1"), "{printed}");
    let request = told.recv().expect("a request");
    let body: serde_json::Value = serde_json::from_slice(&request.body).expect("JSON");
    let head = format!("head {}:{}\n", body["row"], body["hash"].as_str().expect("a text"));
    assert!(printed.starts_with(&head) && body["kind"] == "hindcast.audit.head", "{body}");
    assert!(request.header("content-type") == Some("application/json"));
    let signature = request.header("hindcast-signature").expect("is signed").to_owned();
    // As the documentation says how to check it.
    std::fs::write(scratch.path().join("body"), &request.body).expect("writes");
    if Command::new("openssl").arg("version").output().is_ok() {
        let hmac = Command::new("openssl")
            .args(["dgst", "-sha256", "-hmac", "words that both know", "body"])
            .current_dir(scratch.path())
            .output()
            .expect("runs");
        let hmac = String::from_utf8_lossy(&hmac.stdout).trim().rsplit(' ').next().expect("a word").to_owned();
        assert_eq!(signature, format!("sha256={hmac}"));
    }
    ok(&args[..6]);
    assert!(told.recv().expect("a request").header("hindcast-signature").is_none(), "without a secret");
}

#[test]
fn a_webhook_that_refuses_or_leads_elsewhere_is_a_failure() {
    let scratch = scratch();
    let data = scratch.path().join("data");
    record(&data);
    let elsewhere = serve(|_| panic!("nobody is led here"));
    let lead = move |_| Answer("307 Elsewhere", vec![format!("Location: {elsewhere}")], Vec::new());
    let cases = [
        (serve(lead), 5, "redirect"),
        (serve(|_| Answer("500 Oh", Vec::new(), Vec::new())), 5, "status 500"),
        ("http://127.0.0.1:1/".to_owned(), 5, "the webhook at 127.0.0.1"),
        ("http://hooks.example.com/".to_owned(), 2, "must begin with https://"),
    ];
    for (url, code, expected) in cases {
        let out = hindcast(&["audit", "anchor", "--data", text(&data), "--to-url", &url]);
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(code) && told.contains(expected), "{url}: {told}");
    }
    assert_eq!(hindcast(&["audit", "anchor", "--data", text(&data)]).status.code(), Some(2), "nowhere to anchor");
}
