//! Starting and stopping.

mod demo;

use crate::anchor::Poster;
use crate::fair;
use crate::jobs::Worker;
use crate::mail::{self, Carrier};
use crate::memory::Memory;
use crate::metrics::Metrics;
use crate::oidc::Provider;
use crate::outgoing::is_safe;
use crate::pools::Pools;
use crate::refused::Refusals;
use crate::serve::{Limits, serve};
use crate::state::App;
use crate::{Clock, Config, routes, secret};
use hindcast_store::{Act, Store, StoreError, Viewer, accounts, anchor, chain, invitations, settings};
use hindcast_trace::redact::{self, Masker};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::time::timeout;
use url::Url;

/// Why a server could not be started.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The record could not be opened.
    #[error("the record could not be opened: {0}")]
    Store(#[from] StoreError),
    /// The address is taken, or not this machine's.
    #[error("{0} cannot be listened on: {1}")]
    Listen(SocketAddr, std::io::Error),
    /// It ran, and stopped with an error.
    #[error("the server stopped: {0}")]
    Run(std::io::Error),
    /// The machine gives no random bytes.
    #[error(transparent)]
    Randomness(#[from] secret::NoRandomness),
    /// The settings of the sign-in provider do not work.
    #[error("OpenID Connect: {0}")]
    Provider(String),
    /// Links in mail would lead nowhere.
    #[error(
        "mail needs --url with the https address that people use, because links in mail begin with it; http works only for localhost"
    )]
    Mail,
    /// The rules of redaction do not fit together.
    #[error("the rules of redaction: {0}")]
    Rules(String),
    /// The examples were to be put beside what people entered.
    #[error(
        "--demo needs an empty record, and this one has accounts that the examples did not make. Choose another folder with --data, or \
         start without --demo"
    )]
    NotEmpty,
    /// The examples could not be put in.
    #[error("the examples could not be put in: {0}")]
    Demo(String),
}

/// A server that listens and does not answer yet.
pub struct Server {
    listener: TcpListener,
    address: SocketAddr,
    router: axum::Router,
    store: Store,
    clock: Clock,
    poster: Option<Poster>,
    carrier: Option<Carrier>,
    refusals: Arc<Refusals>,
    /// The way in that is printed at the first start, and with the examples.
    link: Option<String>,
}

/// How long jobs and the record may each take to end, once no request is under way any more.
const REST: Duration = Duration::from_secs(2);

/// Seconds for which a link to the first account is good: a day. Every start prints one until there is an account, which ends them all.
const FIRST_LINK: i64 = 24 * 60 * 60;

impl Server {
    /// Opens the record, brings it up to date, and listens.
    ///
    /// # Errors
    /// When the record cannot be opened, or the address cannot be listened on.
    pub async fn bind(config: Config, clock: Clock) -> Result<Self, StartError> {
        let listener = TcpListener::bind(config.listen).await.map_err(|e| StartError::Listen(config.listen, e))?;
        let address = listener.local_addr().map_err(StartError::Run)?;
        let store = Store::open(&config.place).await?.keeping(fair::holding);
        vouch(&store, &clock).await?;
        let base = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
        let processors = std::thread::available_parallelism().map_or(2, usize::from);
        let masker = if config.redact {
            Some(Arc::new(masker(&store, &clock).await?.with_ip_addresses(config.policy.masks_ip_addresses())))
        } else {
            None
        };
        // The demo needs no sign-in provider.
        let provider = config.oidc.clone().filter(|_| !config.demo).map(Provider::new);
        let provider = provider.transpose().map_err(StartError::Provider)?.map(Arc::new);
        let metrics: Arc<Metrics> = Arc::default();
        let (carrier, post) = carrier(&config, &store, &clock, &metrics).await?.unzip();
        let mut app = App {
            provider,
            post,
            masker,
            store: store.clone(),
            address,
            clock,
            refusals: Arc::default(),
            pools: Arc::new(Pools::new(processors)),
            times_read: Arc::default(),
            memory: Arc::new(Memory::new(config.memory)),
            config: Arc::new(config),
            seen: Arc::new(Semaphore::new(1)),
            metrics,
            entrance: None,
        };
        let mut link = None;
        if app.config.demo {
            let token = demo::fill(&mut app).await?;
            link = Some(format!("{base}/enter/{token}"));
        } else {
            demo::end(&app).await?;
        }
        if !app.config.demo && accounts::none_yet(&mut *store.reader().await?).await? {
            link = Some(format!("{base}/setup/{}", first_link(&app).await?));
        }
        let clock = app.clock.clone();
        // The demo's audit log needs no anchor.
        let schedule = app.config.anchor.clone().filter(|_| !app.config.demo);
        match &schedule {
            Some(schedule) => begin_posts(&store, &clock, schedule.every).await?,
            None => forget_posts(&store).await?,
        }
        let poster = schedule.map(|schedule| Poster {
            schedule,
            store: store.clone(),
            clock: clock.clone(),
            metrics: Arc::clone(&app.metrics),
        });
        let refusals = Arc::clone(&app.refusals);
        Ok(Server { listener, address, router: routes::router(app), store, clock, poster, carrier, refusals, link })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The way in to print, if there is one.
    pub fn link(&self) -> Option<&str> {
        self.link.as_deref()
    }

    /// Does the jobs of this server's record when it is asked to, whether or not the server runs.
    pub fn worker(&self) -> Worker {
        Worker::new(self.store.clone(), self.clock.clone()).with_refusals(Arc::clone(&self.refusals))
    }

    /// Answers until `stop` is done; then finishes what is under way and closes the record, in nine seconds at most. Work in threads of their own
    /// is asked to end and not waited for. Jobs are done meanwhile,
    /// unless the clock stands still: then nothing comes due by itself, and whoever sets it asks the [`Worker`].
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartError> {
        let (tell, told) = watch::channel(false);
        let working = matches!(self.clock, Clock::System).then(|| tokio::spawn(self.worker().run(told)));
        let posting = self.poster.map(|poster| tokio::spawn(poster.run(tell.subscribe())));
        let carrying = self.carrier.map(|carrier| tokio::spawn(carrier.run(tell.subscribe())));
        let stopped = async move {
            stop.await;
            tell.send_replace(true);
        };
        serve(self.listener, self.router, Limits::default(), stopped).await;
        // Beside the jobs, so that stopping takes no longer.
        let (store, now) = (self.store.clone(), self.clock.now());
        let refusals = tokio::spawn(timeout(REST, async move { self.refusals.put_down_rest(&store, now).await }));
        if let Some(working) = working
            && let Ok(Err(e)) = timeout(REST, working).await
        {
            tracing::error!(error = %e, "jobs were cut short");
        }
        if let Some(posting) = posting
            && let Ok(Err(e)) = timeout(REST, posting).await
        {
            tracing::error!(error = %e, "posting the audit log's head was cut short");
        }
        if let Some(carrying) = carrying
            && let Ok(Err(e)) = timeout(REST, carrying).await
        {
            tracing::error!(error = %e, "sending mail was cut short");
        }
        if !matches!(refusals.await, Ok(Ok(Ok(())))) {
            tracing::warn!("the last refusals are not in the audit log");
        }
        if timeout(REST, self.store.close()).await.is_err() {
            tracing::warn!("the record was not closed in time; the next start finds it as it was committed");
        }
        Ok(())
    }
}

/// What sends mail, if any is sent. The demo sends none.
async fn carrier(
    config: &Config,
    store: &Store,
    clock: &Clock,
    metrics: &Arc<Metrics>,
) -> Result<Option<(Carrier, mail::Post)>, StartError> {
    let Some(settings) = config.mail.clone().filter(|_| !config.demo) else {
        mail::forget(store).await?;
        return Ok(None);
    };
    let base = config.public_url.as_deref().filter(|url| Url::parse(url).is_ok_and(|url| is_safe(&url)));
    let base = base.ok_or(StartError::Mail)?.trim_end_matches('/').to_owned();
    Ok(Some(Carrier::new(settings, base, store.clone(), clock.clone(), Arc::clone(metrics))))
}

/// Notes that this server posts, so that a first post that never comes is noticed.
async fn begin_posts(store: &Store, clock: &Clock, every: u32) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    anchor::begin(&mut tx, clock.now(), every).await?;
    tx.commit().await
}

/// Removes the result of earlier posts, which means nothing once the server no longer posts.
async fn forget_posts(store: &Store) -> Result<(), StoreError> {
    if anchor::find(&mut *store.reader().await?).await?.is_some() {
        let mut tx = store.begin().await?;
        anchor::forget(&mut tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// Lets the audit log vouch for what it does not cover yet: in a new record that there is none of it, and in an older one as it is.
async fn vouch(store: &Store, clock: &Clock) -> Result<(), StoreError> {
    let system = Viewer::system();
    let mut tx = store.begin().await?;
    chain::begin_coverage(&mut tx, Act { by: &system, at: clock.now() }).await?;
    tx.commit().await?;
    for name in settings::VOUCHED {
        if !settings::is_vouched(&mut *store.reader().await?, name).await? {
            let system = Viewer::system();
            let mut tx = store.begin().await?;
            settings::vouch(&mut tx, Act { by: &system, at: clock.now() }, name).await?;
            tx.commit().await?;
        }
    }
    Ok(())
}

/// What masks, with the key that the record has; made at its first start.
async fn masker(store: &Store, clock: &Clock) -> Result<Masker, StartError> {
    let new: String = secret::bytes()?.iter().map(|b| format!("{b:02x}")).collect();
    let mut tx = store.begin().await?;
    let key = settings::get_or(&mut tx, settings::MASKING_KEY, &new).await?;
    if key == new {
        let system = Viewer::system();
        settings::vouch(&mut tx, Act { by: &system, at: clock.now() }, settings::MASKING_KEY).await?;
    }
    tx.commit().await?;
    let key =
        redact::parse_key(&key).ok_or_else(|| StoreError::Corrupt("a redaction key of another form".to_owned()))?;
    Masker::new(&key).map_err(|e| StartError::Rules(e.to_string()))
}

async fn first_link(app: &App) -> Result<String, StartError> {
    let token = secret::new("")?;
    let system = Viewer::system();
    let act = Act { by: &system, at: app.clock.now() };
    let mut tx = app.store.begin().await?;
    invitations::create_first(&mut tx, act, &secret::hash(&token), FIRST_LINK).await?;
    tx.commit().await?;
    Ok(token)
}
