//! The options for mail: what the doctor finds, and where the password is not shown.

use crate::anchor::authority::Authority;
use crate::audit::record;
use crate::scratch;
use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

const PASSWORD: &str = "heron-lantern-42";

/// Runs the program with the password in its environment.
fn with_password(args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_hindcast"));
    let out = program.args(args).env("NO_COLOR", "1").env("HINDCAST_MAIL_PASSWORD", PASSWORD).output();
    let out = out.expect("the program runs");
    let shown = [&out.stdout[..], &out.stderr].concat();
    assert!(!String::from_utf8_lossy(&shown).contains(PASSWORD), "{args:?}");
    out
}

/// An SMTP server that takes any password but signs nobody in that has another user. Gives its URL.
fn smtp() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
    let url = format!("smtp://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("accepts");
            stream.write_all(b"220 test\r\n").ok();
            for line in BufReader::new(stream.try_clone().expect("reads")).lines().map_while(Result::ok) {
                let answer = match line.split(' ').next() {
                    Some("EHLO") => "250-test\r\n250 AUTH PLAIN\r\n",
                    // The user `right` and the password.
                    Some("AUTH") if line == "AUTH PLAIN AHJpZ2h0AGhlcm9uLWxhbnRlcm4tNDI=" => "235 Yes\r\n",
                    Some("AUTH") => "535 No\r\n",
                    Some("MAIL") => panic!("the doctor sends nothing"),
                    _ => "221 Bye\r\n",
                };
                stream.write_all(answer.as_bytes()).ok();
            }
        }
    });
    url
}

#[test]
fn the_doctor_signs_in_to_the_smtp_server_and_prints_no_password() {
    let folder = scratch();
    let data = folder.path().join("data");
    record(&data);
    let data = data.to_str().expect("UTF-8");
    let line = |url: &str, user: &str| {
        let args =
            ["doctor", "--data", data, "--mail-server", url, "--mail-from", "a@example.com", "--mail-user", user];
        let text = String::from_utf8_lossy(&with_password(&args).stdout).into_owned();
        text.lines().find(|l| l.contains(" smtp ")).map(str::to_owned).unwrap_or_else(|| panic!("{text}"))
    };
    let url = smtp();
    let right = line(&url, "right");
    assert!(right.starts_with("ok") && right.contains("127.0.0.1 answers and accepts the password"), "{right}");
    let wrong = line(&url, "wrong");
    assert!(wrong.starts_with("warning") && wrong.contains("code 535; check the user and the password"), "{wrong}");
    let gone = line("smtp://127.0.0.1:9", "right");
    assert!(gone.starts_with("warning") && gone.contains("cannot be connected to"), "{gone}");
    assert!(line("https://smtp.example.com", "right").contains("must be smtp:// or smtps://"));
    let without = String::from_utf8_lossy(&with_password(&["doctor", "--data", data]).stdout).into_owned();
    assert!(!without.contains(" smtp "), "no mail, no line: {without}");
}

/// An SMTP server that offers STARTTLS with a certificate, for one conversation. Gives its port, and what it heard before and behind TLS.
fn starttls(authority: &Authority) -> (u16, Receiver<Vec<String>>) {
    let certificate = CertificateDer::from_pem_file(authority.path("serving.pem")).expect("a certificate");
    let key = PrivateKeyDer::from_pem_file(authority.path("serving.key")).expect("a key");
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().expect("versions").with_no_client_auth();
    let config = Arc::new(config.with_single_cert(vec![certificate], key).expect("a certificate with its key"));
    let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
    let port = listener.local_addr().expect("an address").port();
    let (tell, told) = channel();
    std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("accepts");
        stream.write_all(b"220 test\r\n").ok();
        let mut heard = Vec::new();
        for line in BufReader::new(stream.try_clone().expect("reads")).lines().map_while(Result::ok) {
            heard.push(line.clone());
            if line == "STARTTLS" {
                break;
            }
            stream.write_all(b"250-test\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n").ok();
        }
        stream.write_all(b"220 Go on\r\n").ok();
        let tls = ServerConnection::new(config).expect("TLS");
        let mut lines = BufReader::new(StreamOwned::new(tls, stream));
        let mut line = String::new();
        while lines.read_line(&mut line).is_ok_and(|n| n > 0) {
            heard.push(format!("tls: {}", line.trim_end()));
            let answer = if line.starts_with("EHLO") { "250-test\r\n250 AUTH PLAIN\r\n" } else { "235 Yes\r\n" };
            lines.get_mut().write_all(answer.as_bytes()).ok();
            line.clear();
        }
        tell.send(heard).ok();
    });
    (port, told)
}

#[test]
fn a_password_goes_to_a_certificate_that_is_trusted_and_to_no_other() {
    let Some(authority) = Authority::new("rsa:2048") else { return };
    let folder = scratch();
    let data = folder.path().join("data");
    record(&data);
    let data = data.to_str().expect("UTF-8");
    let line = |port: u16, root: &str| {
        // Not a name of this machine to the program, and yet one that leads there on Linux.
        let url = format!("smtp://0.0.0.0:{port}");
        let args = ["doctor", "--data", data, "--mail-from", "a@example.com", "--mail-user", "right"];
        let mut program = Command::new(env!("CARGO_BIN_EXE_hindcast"));
        program.args(args).args(["--mail-server", &url]).env("HINDCAST_MAIL_PASSWORD", PASSWORD);
        let out = program.env("SSL_CERT_FILE", authority.path(root)).output().expect("runs");
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        text.lines().find(|l| l.contains(" smtp ")).map(str::to_owned).unwrap_or_else(|| panic!("{text}"))
    };
    let (port, heard) = starttls(&authority);
    let good = line(port, "root.pem");
    assert!(good.starts_with("ok"), "{good}");
    let heard = heard.recv().expect("it ends");
    let plain: Vec<_> = heard.iter().take_while(|l| !l.starts_with("tls: ")).collect();
    assert_eq!(plain, ["EHLO localhost", "STARTTLS"], "{heard:?}");
    assert!(heard.iter().any(|l| l.starts_with("tls: AUTH PLAIN")), "{heard:?}");
    let (port, heard) = starttls(&authority);
    let bad = line(port, "other.pem");
    assert!(bad.starts_with("warning") && bad.contains("TLS could not be set up: invalid peer certificate"), "{bad}");
    assert!(heard.recv().expect("it ends").iter().all(|l| !l.contains("AUTH")), "the password stayed here");
}

#[test]
fn a_server_whose_links_would_lead_nowhere_does_not_start_and_no_help_shows_the_password() {
    let folder = scratch();
    let data = folder.path().join("data").display().to_string();
    let mail = ["--mail-server", "smtp://127.0.0.1:9", "--mail-from", "a@example.com", "--mail-user", "me"];
    for url in [&[][..], &["--url", "http://hindcast.example.com"]] {
        let out = with_password(&[&["serve", "--data", &data, "--listen", "127.0.0.1:0"], &mail[..], url].concat());
        let told = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(!out.status.success() && told.contains("mail needs --url with the https address"), "{told}");
    }
    let open = ["serve", "--data", &data, "--mail-server", "smtp://me:word@x", "--mail-from", "a@example.com"];
    let out = with_password(&open);
    let told = String::from_utf8_lossy(&out.stderr).into_owned();
    assert!(out.status.code() == Some(2) && told.contains("--mail-user") && !told.contains("word@"), "{told}");
    with_password(&["serve", "--help"]);
    with_password(&["doctor", "--help"]);
}
