//! `hindcast serve`

use super::record::place;
use super::{anchor, mail, oidc, variables};
use crate::args::server::Serve as Args;
use crate::commands::policy;
use crate::failure::Failure;
use crate::output;
use clap::CommandFactory;
use hindcast_server::{Clock, Config, Server, Sessions};
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;
use tracing_subscriber::EnvFilter;

/// How long the allocator keeps freed memory, in milliseconds, as it reads it when the program starts.
const KEEPS: &str = "MIMALLOC_PURGE_DELAY";

/// Serves until it is interrupted.
pub fn run(args: &Args) -> Result<ExitCode, Failure> {
    give_memory_back();
    let config = Config {
        public_url: args.reach.url.clone().map(|u| u.trim_end_matches('/').to_owned()),
        policy: policy::or_builtin(args.policy.as_deref())?,
        demo: args.demo,
        redact: !args.no_redact,
        require_second_factor: args.require_second_factor,
        sessions: Sessions {
            lifetime: Duration::from_secs(u64::from(args.session_lifetime) * 60 * 60),
            idle: Duration::from_secs(u64::from(args.session_idle) * 60),
        },
        oidc: oidc::settings(&args.oidc)?,
        anchor: anchor::schedule(&args.anchor)?,
        mail: mail::settings(&args.mail)?,
        trusted_proxies: args.reach.trusted_proxies.clone(),
        self_approval: args.allow_self_approval,
        memory: u64::from(args.memory) << 20,
        ..Config::new(place(&args.record), args.reach.listen)
    };
    log();
    panics();
    for warning in variables::unknown(&crate::args::Args::command(), std::env::vars_os().map(|(name, _)| name)) {
        tracing::warn!("{warning}");
    }
    // Held until the program ends.
    let _folder = hindcast_store::hold_folder(&config.place).map_err(|e| Failure::Server(e.to_string()))?;
    let runtime =
        tokio::runtime::Runtime::new().map_err(|e| Failure::Server(format!("could not start a thread: {e}")))?;
    let served = runtime.block_on(async {
        let fail = |e: hindcast_server::StartError| Failure::Server(e.to_string());
        let mut stop = Box::pin(stop());
        // Opening an older record may take minutes.
        let server = tokio::select! {
            server = Server::bind(config, Clock::System) => server.map_err(fail)?,
            () = &mut stop => return Ok(()),
        };
        let address = args.reach.url.clone().unwrap_or_else(|| format!("http://{}", server.address()));
        let mut words = format!("Hindcast is listening on {address}\n");
        if let Some(link) = server.link() {
            let what = if args.demo { "Sign in" } else { "Create the first account (link valid for one day)" };
            words.push_str(&format!("{what}: {link}\n"));
        }
        output::data(None, words.as_bytes())?;
        server.run(stop).await.map_err(fail)
    });
    // Threads that are still at work on what nobody waits for any more end with the program.
    runtime.shutdown_background();
    served?;
    Ok(ExitCode::SUCCESS)
}

/// Starts the program again, as the same process, so that its allocator gives freed memory back at once. Within the second that it
/// keeps it otherwise, the steps of reading an upload add up to 12 times its bytes. Whoever set the variable has decided.
#[cfg(unix)]
fn give_memory_back() {
    use std::os::unix::process::CommandExt;
    if std::env::var_os(KEEPS).is_some() {
        return;
    }
    let Ok(program) = std::env::current_exe() else { return };
    let mut args = std::env::args_os();
    let mut again = std::process::Command::new(program);
    if let Some(name) = args.next() {
        again.arg0(name);
    }
    // It only comes back if that is not possible; then the server takes more memory, and works.
    let _ = again.args(args).env(KEEPS, "0").exec();
}

#[cfg(not(unix))]
fn give_memory_back() {}

/// Lines of JSON where nobody looks, readable ones on a terminal; `HINDCAST_LOG` says how much, as in `info` or `debug`.
fn log() {
    let filter = EnvFilter::try_from_env("HINDCAST_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    if std::io::stderr().is_terminal() {
        lines.with_ansi(std::env::var_os("NO_COLOR").is_none()).init();
    } else {
        // The request's span is enough; there is no other around it.
        lines.json().with_span_list(false).init();
    }
}

/// A panic is told by where it happened: its words may hold what somebody sent.
fn panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}

/// Done when the program is asked to stop, by a person or by the system, from the moment of the call on: in a container, a signal that
/// nobody listens to yet would be lost.
#[cfg(unix)]
fn stop() -> impl Future<Output = ()> + Send + 'static {
    use tokio::signal::unix::{SignalKind, signal};
    let [interrupt, terminate] = [SignalKind::interrupt(), SignalKind::terminate()].map(signal);
    async move {
        // Without a way to be told, it runs until it is killed, which does no harm either.
        let told = async |signal: std::io::Result<tokio::signal::unix::Signal>| match signal {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        };
        tokio::select! { () = told(interrupt) => {}, () = told(terminate) => {} }
    }
}

/// Done when the program is asked to stop.
#[cfg(not(unix))]
async fn stop() {
    // Without a way to be told, it runs until it is killed, which does no harm either.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}
