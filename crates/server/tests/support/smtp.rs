//! An SMTP server that keeps what it is given, or behaves badly.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// How it behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Takes everything.
    Kind,
    /// Refuses every recipient, and repeats the address, as many do.
    Refuses,
    /// Takes connections and says nothing.
    Silent,
    /// Is busy the first time.
    BusyOnce,
}

/// The user and the password that it knows.
pub const USER: &str = "hindcast-mailer";
pub const PASSWORD: &str = "Numbats-eat-termites-7";

/// A message as it arrived.
#[derive(Debug, Clone)]
pub struct Letter {
    /// Who it is for, of the envelope.
    pub to: Vec<String>,
    /// Headers and text.
    pub data: String,
}

impl Letter {
    /// The path of the only link in it.
    pub fn link(&self) -> String {
        let links: Vec<&str> = self.data.split_whitespace().filter(|w| w.contains("://")).collect();
        let [link] = links[..] else { panic!("not one link: {}", self.data) };
        assert!(link.starts_with("http://localhost/setup/"), "{link}");
        super::app::path_of(link)
    }
}

/// A server on a port of its own.
pub struct Smtp {
    /// Where it listens.
    pub port: u16,
    letters: UnboundedReceiver<Letter>,
    said: Arc<Mutex<Vec<String>>>,
}

impl Smtp {
    /// Starts one.
    pub async fn start(manner: Manner) -> Smtp {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let port = listener.local_addr().expect("an address").port();
        let (tell, letters) = unbounded_channel();
        let said = Arc::<Mutex<Vec<String>>>::default();
        let heard = Arc::clone(&said);
        tokio::spawn(async move {
            let mut manner = manner;
            loop {
                let (stream, _) = listener.accept().await.expect("accepts");
                tokio::spawn(talk(stream, manner, tell.clone(), Arc::clone(&heard)));
                manner = if manner == Manner::BusyOnce { Manner::Kind } else { manner };
            }
        });
        Smtp { port, letters, said }
    }

    /// The settings of a server that sends through this one.
    pub fn settings(&self) -> hindcast_server::MailSettings {
        let url = format!("smtp://127.0.0.1:{}", self.port);
        let password = Some(hindcast_server::SharedSecret::new(PASSWORD));
        hindcast_server::MailSettings::new(&url, Some(USER), password, "Hindcast <hindcast@example.com>", false)
            .expect("settings")
    }

    /// Has a server send through this one.
    pub fn configure(&self, config: &mut hindcast_server::Config) {
        config.mail = Some(self.settings());
        config.public_url = Some("http://localhost".to_owned());
    }

    /// The next message, which has to arrive.
    pub async fn next(&mut self) -> Letter {
        let next = tokio::time::timeout(Duration::from_secs(20), self.letters.recv()).await;
        next.expect("a letter arrives").expect("it runs")
    }

    /// Whether nothing has arrived that was not read.
    pub fn is_empty(&self) -> bool {
        self.letters.is_empty()
    }

    /// Every line that was said to it.
    pub fn said(&self) -> Vec<String> {
        self.said.lock().expect("what was said").clone()
    }
}

async fn talk(stream: TcpStream, manner: Manner, tell: UnboundedSender<Letter>, heard: Arc<Mutex<Vec<String>>>) {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    if manner == Manner::Silent {
        while lines.next_line().await.is_ok_and(|l| l.is_some()) {}
        return;
    }
    let greeting = if manner == Manner::BusyOnce { "421 Busy\r\n" } else { "220 test ESMTP\r\n" };
    write.write_all(greeting.as_bytes()).await.ok();
    let mut letter = Letter { to: Vec::new(), data: String::new() };
    let mut is_data = false;
    while let Ok(Some(line)) = lines.next_line().await {
        if is_data {
            if line != "." {
                letter.data.push_str(line.strip_prefix('.').unwrap_or(&line));
                letter.data.push('\n');
                continue;
            }
            is_data = false;
            tell.send(letter.clone()).ok();
            write.write_all(b"250 Taken\r\n").await.ok();
            continue;
        }
        heard.lock().expect("what was said").push(line.clone());
        let words = line.to_ascii_uppercase();
        let answer = match words.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-test\r\n250 AUTH PLAIN LOGIN\r\n".to_owned(),
            "AUTH" if line == plain() => "235 Yes\r\n".to_owned(),
            "AUTH" => "535 No\r\n".to_owned(),
            "RCPT" if manner == Manner::Refuses => format!("550 No such user: {line}\r\n"),
            "RCPT" => {
                letter.to.push(line.split(['<', '>']).nth(1).expect("an address").to_owned());
                "250 Good\r\n".to_owned()
            }
            "DATA" => {
                is_data = true;
                "354 Go on\r\n".to_owned()
            }
            "QUIT" => "221 Bye\r\n".to_owned(),
            _ => "250 Good\r\n".to_owned(),
        };
        if write.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The line that signs in.
fn plain() -> String {
    use base64::Engine;
    let words = format!("\0{USER}\0{PASSWORD}");
    format!("AUTH PLAIN {}", base64::engine::general_purpose::STANDARD.encode(words))
}
