//! Mail on its way: asked for in a moment, found out about and sent in the background, so that no answer tells whether there is an account.

use super::letter::Letter;
use super::server::{MailError, send};
use super::settings::Settings;
use crate::metrics::{Mailed, Metrics};
use crate::{Clock, secret};
use hindcast_store::accounts::{self, Account};
use hindcast_store::{Act, Store, StoreError, Viewer, invitations, mails};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::watch;
use url::Url;

/// Seconds for which a link to a new password is good: half an hour.
pub const RESET: i64 = 30 * 60;
/// Letters that wait at most. What comes behind them is dropped.
const WAITING: usize = 100;
/// Rests before each further attempt.
const RESTS: [Duration; 2] = [Duration::from_secs(2), Duration::from_secs(15)];
/// Bytes of an email address at most (RFC 5321).
const LONGEST: usize = 254;

/// Somebody at this address forgot the password, or so somebody says.
#[derive(Debug)]
struct Forgot {
    email: String,
    /// The ID of the request.
    request: String,
}

/// A letter to write to an account.
#[derive(Debug)]
enum Order {
    Reset { account: Box<Account>, request: String },
    PasswordChanged { account: Box<Account> },
}

/// Where letters are handed in.
#[derive(Debug, Clone)]
pub struct Post {
    forgot: Sender<Forgot>,
    orders: Sender<Order>,
    metrics: Arc<Metrics>,
}

impl Post {
    /// Takes note that somebody at this address, if anybody is there, forgot the password. Takes the same time for every address.
    pub fn forgot(&self, email: &str, request: &str) {
        // No account has a longer one.
        if email.len() > LONGEST {
            return;
        }
        let forgot = Forgot { email: email.to_owned(), request: request.to_owned() };
        if self.forgot.try_send(forgot).is_err() {
            self.metrics.mailed(Mailed::Dropped);
            tracing::warn!("too many requests for mail are waiting; one was dropped");
        }
    }

    /// Tells somebody that their password was changed.
    pub fn password_changed(&self, account: &Account) {
        hand_in(&self.orders, &self.metrics, Order::PasswordChanged { account: Box::new(account.clone()) });
    }
}

fn hand_in(orders: &Sender<Order>, metrics: &Metrics, order: Order) {
    if orders.try_send(order).is_err() {
        metrics.mailed(Mailed::Dropped);
        tracing::warn!("too many letters are waiting; one was dropped");
    }
}

/// Whoever writes and sends what was handed in, as long as the server runs.
pub struct Carrier {
    settings: Settings,
    /// The address under which people reach the server.
    base: String,
    store: Store,
    clock: Clock,
    metrics: Arc<Metrics>,
    forgot: Receiver<Forgot>,
    orders: Receiver<Order>,
    hand_in: Sender<Order>,
}

impl Carrier {
    /// A carrier for a server at this address, and where to hand letters in.
    pub fn new(settings: Settings, base: String, store: Store, clock: Clock, metrics: Arc<Metrics>) -> (Self, Post) {
        let (forgot_in, forgot) = mpsc::channel(WAITING);
        let (orders_in, orders) = mpsc::channel(WAITING);
        let post = Post { forgot: forgot_in, orders: orders_in.clone(), metrics: Arc::clone(&metrics) };
        (Carrier { settings, base, store, clock, metrics, forgot, orders, hand_in: orders_in }, post)
    }

    /// Works until it is told to stop. What was not sent by then is lost: its links were not made yet, or are asked for again.
    pub async fn run(self, mut stop: watch::Receiver<bool>) {
        let Carrier { settings, base, store, clock, metrics, mut forgot, mut orders, hand_in: orders_in } = self;
        // Strangers' addresses do not wait behind a slow SMTP server, where they would take the places of people who have an account.
        let look = async {
            while let Some(Forgot { email, request }) = forgot.recv().await {
                match find(&store, &email).await {
                    Ok(Some(account)) => {
                        hand_in(&orders_in, &metrics, Order::Reset { account: Box::new(account), request });
                    }
                    Ok(None) => {}
                    Err(e) => not_made(&metrics, &e),
                }
            }
        };
        let office = Office { settings, base, store: store.clone(), clock, metrics: Arc::clone(&metrics) };
        let write = async {
            while let Some(order) = orders.recv().await {
                if let Err(e) = office.carry_out(order).await {
                    not_made(&office.metrics, &e);
                }
            }
        };
        tokio::select! {
            _ = stop.wait_for(|over| *over) => {}
            _ = async { tokio::join!(look, write) } => {}
        }
    }
}

fn not_made(metrics: &Metrics, e: &StoreError) {
    metrics.mailed(Mailed::Failed);
    tracing::warn!(kind = e.kind(), "a letter was not written, because the database does not answer");
}

/// The account, if it can have a link.
async fn find(store: &Store, email: &str) -> Result<Option<Account>, StoreError> {
    let conn = &mut *store.reader().await?;
    match accounts::by_email(conn, email).await? {
        Some(account) if invitations::may_reset(conn, &account).await? => Ok(Some(account)),
        _ => Ok(None),
    }
}

struct Office {
    settings: Settings,
    base: String,
    store: Store,
    clock: Clock,
    metrics: Arc<Metrics>,
}

impl Office {
    /// The host that people know the server by.
    fn host(&self) -> &str {
        self.base.split_once("://").map_or(&self.base, |(_, host)| host)
    }

    async fn carry_out(&self, order: Order) -> Result<(), StoreError> {
        match order {
            Order::Reset { account, request } => match self.link(&account, &request).await? {
                Some(link) => self.deliver(&account, &Letter::reset(self.host(), &link)).await,
                None => Ok(()),
            },
            Order::PasswordChanged { account } => self.deliver(&account, &Letter::password_changed(self.host())).await,
        }
    }

    /// Makes a link just before it is sent, so that none of its time is over. None if the account was deactivated meanwhile.
    async fn link(&self, account: &Account, request: &str) -> Result<Option<String>, StoreError> {
        let Ok(token) = secret::new("") else {
            tracing::error!("the operating system gives no random bytes");
            return Ok(None);
        };
        let system = Viewer::system();
        let act = Act { by: &system, at: self.clock.now() };
        let mut tx = self.store.begin().await?;
        let made = invitations::create_reset(&mut tx, act, &secret::hash(&token), &account.id, RESET, request).await?;
        tx.commit().await?;
        Ok(made.then(|| format!("{}/setup/{token}", self.base)))
    }

    /// What this server calls itself in mail: its host without the port.
    fn name(&self) -> String {
        let host = Url::parse(&self.base).ok().and_then(|url| url.host_str().map(str::to_owned));
        host.unwrap_or_else(|| "localhost".to_owned())
    }

    /// Sends a letter, again if that may help, and puts down how it went.
    async fn deliver(&self, account: &Account, letter: &Letter) -> Result<(), StoreError> {
        let name = self.name();
        let id = format!("{}@{name}", secret::id());
        // A placeholder, or an address that mail has no form for: there is nobody to write to.
        let Ok(message) = letter.to(&account.email, &self.settings.from, &id) else {
            self.metrics.mailed(Mailed::Failed);
            tracing::warn!(account = account.id, "the account's address is none that mail can go to");
            return Ok(());
        };
        let mut rests = RESTS.into_iter();
        let sent = loop {
            match send(&self.settings, &message, &name).await {
                Err(e) if !e.is_final() => match rests.next() {
                    Some(rest) => tokio::time::sleep(rest).await,
                    None => break Err(e),
                },
                other => break other,
            }
        };
        self.metrics.mailed(if sent.is_ok() { Mailed::Sent } else { Mailed::Failed });
        if let Err(e) = &sent {
            tracing::warn!(server = self.settings.host, error = %e, "a letter was not sent");
        }
        self.put_down(&sent).await
    }

    async fn put_down(&self, sent: &Result<(), MailError>) -> Result<(), StoreError> {
        let mut tx = self.store.begin().await?;
        let mut all = mails::find(&mut tx).await?.unwrap_or_default();
        let at = self.clock.now();
        match sent {
            Ok(()) => all.succeeded(at),
            Err(e) => all.failed(at, &e.to_string()),
        }
        mails::set(&mut tx, &all).await?;
        tx.commit().await
    }
}

/// Removes the outcome of earlier letters, which means nothing once the server sends none.
///
/// # Errors
/// When the database does not answer.
pub async fn forget(store: &Store) -> Result<(), StoreError> {
    if mails::find(&mut *store.reader().await?).await?.is_some() {
        let mut tx = store.begin().await?;
        mails::forget(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(())
}
