//! Connections: taken, answered, and let go.
//!
//! `axum::serve` lets a connection wait for ever for the head of a request, so that anybody could hold as many as there are. Here the
//! head has to be there in time; what comes behind it has limits of its own (`bodies`, and the time that an answer may take).

use crate::connections::Places;
use crate::held_body;
use crate::stream::{Stream, most};
use axum::Router;
use axum::extract::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1::Builder;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::Service;

/// How long a connection may be without a whole head: also how long it is kept between two requests.
const HEAD: Duration = Duration::from_secs(75);
/// How long to rest where no connection can be taken, as when the system has no more files to open.
const REST: Duration = Duration::from_secs(1);

/// How long somebody who is answered may have the server wait for each [`LEAST`](crate::stream::LEAST) bytes of the answer.
const READ: Duration = Duration::from_secs(60);
/// How long what is under way may take once the server is asked to stop.
const GRACE: Duration = Duration::from_secs(5);

/// How long anybody may take, and how many there may be.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// For the head of a request.
    pub head: Duration,
    /// For taking a piece of an answer.
    pub read: Duration,
    /// For what is under way when the server is asked to stop.
    pub grace: Duration,
    /// Connections that are open at once.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { head: HEAD, read: READ, grace: GRACE, connections: most() }
    }
}

/// Answers until `stop` is done; then takes no more connections and finishes what is under way, for a while: what takes longer is broken off,
/// and the work for it is canceled.
pub async fn serve(listener: TcpListener, router: Router, limits: Limits, stop: impl Future<Output = ()>) {
    let mut http = Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(limits.head);
    let graceful = GracefulShutdown::new();
    let (held, broken) = watch::channel(());
    let places = Places::new(limits.connections);
    let mut stop = pin!(stop);
    loop {
        let (stream, place) = tokio::select! {
            taken = async {
                let (stream, source) = next(&listener).await;
                // Where all places are taken, somebody leaves, or this one waits until somebody goes.
                (stream, Arc::new(places.take(source).await))
            } => taken,
            () = &mut stop => break,
        };
        let (router, on) = (router.clone(), Arc::clone(&place));
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            let under_way = on.begins();
            request.extensions_mut().insert(Arc::clone(&on));
            let answer = router.clone().call(request.map(axum::body::Body::new) as Request);
            // It is under way until its answer is sent: a download is not idle.
            async move { answer.await.map(|response| response.map(|body| held_body::held(body, under_way))) }
        });
        let connection = http.serve_connection(TokioIo::new(Stream::new(stream, limits.read)), service);
        let connection = graceful.watch(connection);
        let mut broken = broken.clone();
        tokio::spawn(async move {
            tokio::select! {
                // Whoever asked is gone, or sent what is no request: there is nobody to tell.
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended");
                },
                // It fails once the sender is dropped, which is all that is waited for.
                _ = broken.changed() => {}
                () = place.is_needed() => tracing::debug!("a connection is closed for another"),
            }
        });
    }
    drop(listener);
    if tokio::time::timeout(limits.grace, graceful.shutdown()).await.is_err() {
        tracing::warn!("the server stops; requests that were still under way are broken off");
    }
    drop(held);
}

/// The next connection.
async fn next(listener: &TcpListener) -> (TcpStream, IpAddr) {
    use ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return (stream, address.ip()),
            Err(e) if matches!(e.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be taken");
                tokio::time::sleep(REST).await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connections::Place;
    use axum::Extension;
    use axum::routing::get;
    use std::net::SocketAddr;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::sync::oneshot;
    use tokio::task::JoinHandle;

    /// More than the system holds for somebody who does not read.
    const LARGE: usize = 64 << 20;

    /// A server whose answers take half a second, or an hour.
    async fn server(limits: Limits) -> (SocketAddr, oneshot::Sender<()>, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let address = listener.local_addr().expect("an address");
        let slow = async || {
            tokio::time::sleep(Duration::from_millis(500)).await;
            "done"
        };
        let never = async || tokio::time::sleep(Duration::from_secs(3600)).await;
        let routes = Router::new().route("/", get(slow)).route("/never", get(never));
        let known = async |Extension(place): Extension<Arc<Place>>| {
            place.belongs_to_somebody_known();
            vec![b'x'; LARGE]
        };
        let routes = routes.route("/large", get(async || vec![b'x'; LARGE])).route("/known", get(known));
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(listener, routes, limits, async move {
            stopped.await.ok();
        }));
        (address, stop, serving)
    }

    /// What comes back until the connection is closed.
    async fn sent(address: SocketAddr, text: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("connects");
        stream.write_all(text.as_bytes()).await.expect("sends");
        let mut answer = String::new();
        let read = tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut answer)).await;
        // A connection may be closed or broken off; what counts is that it ends.
        read.expect("the connection ends").ok();
        answer
    }

    const WHOLE: &str = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

    #[tokio::test]
    async fn half_a_head_is_not_waited_for_and_a_slow_answer_is() {
        let (address, _stop, _serving) = server(Limits { head: Duration::from_millis(200), ..Limits::default() }).await;
        for half in ["", "GET", "GET / HTTP/1.1\r\nHost: x\r\n"] {
            let answer = sent(address, half).await;
            assert!(!answer.contains("done"), "{half}: {answer}");
        }
        assert!(sent(address, WHOLE).await.ends_with("done"));
    }

    #[tokio::test]
    async fn strangers_with_half_a_request_keep_nobody_out() {
        let (address, _stop, _serving) = server(Limits { connections: 3, ..Limits::default() }).await;
        let mut halves = Vec::new();
        for half in ["", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: x\r\n"] {
            let mut stream = TcpStream::connect(address).await.expect("connects");
            stream.write_all(half.as_bytes()).await.expect("sends");
            halves.push(stream);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(sent(address, WHOLE).await.ends_with("done"), "well before a head is late");
        let first = tokio::time::timeout(Duration::from_secs(20), halves[0].read_to_end(&mut Vec::new())).await;
        first.expect("the oldest had to leave").ok();
    }

    #[tokio::test]
    async fn who_takes_nothing_of_an_answer_is_let_go() {
        let (address, stop, serving) = server(Limits { read: Duration::from_millis(200), ..Limits::default() }).await;
        let mut reader = TcpStream::connect(address).await.expect("connects");
        reader.write_all(b"GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("sends");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let mut taken = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), reader.read_to_end(&mut taken)).await;
        read.expect("the connection ends").ok();
        assert!(taken.len() < LARGE, "it was broken off");
        stop.send(()).expect("is told");
        tokio::time::timeout(Duration::from_secs(20), serving).await.expect("ends").expect("well");
    }

    /// Somebody known has the only place, and is not let go in the middle of a download.
    #[tokio::test]
    async fn a_running_download_keeps_its_place() {
        let (address, _stop, _serving) = server(Limits { connections: 1, ..Limits::default() }).await;
        let mut reader = TcpStream::connect(address).await.expect("connects");
        reader.write_all(b"GET /known HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.expect("sends");
        let mut first = [0; 1024];
        reader.read_exact(&mut first).await.expect("the answer begins");
        let another = tokio::spawn(sent(address, WHOLE));
        tokio::time::sleep(Duration::from_millis(300)).await;
        let mut rest = Vec::new();
        let read = tokio::time::timeout(Duration::from_secs(20), reader.read_to_end(&mut rest)).await;
        read.expect("ends").expect("is whole");
        assert!(rest.len() + first.len() > LARGE, "{}", rest.len());
        assert!(another.await.expect("asks").ends_with("done"), "it had to wait");
    }

    #[tokio::test]
    async fn what_never_ends_keeps_no_server_from_stopping() {
        let (address, stop, serving) = server(Limits { grace: Duration::from_millis(100), ..Limits::default() }).await;
        let asked = tokio::spawn(sent(address, "GET /never HTTP/1.1\r\nHost: x\r\n\r\n"));
        tokio::time::sleep(Duration::from_millis(200)).await;
        stop.send(()).expect("is told");
        tokio::time::timeout(Duration::from_secs(20), serving).await.expect("ends").expect("well");
        assert_eq!(asked.await.expect("its connection ends"), "");
    }

    #[tokio::test]
    async fn what_is_under_way_is_finished_and_nothing_else_taken() {
        let (address, stop, serving) = server(Limits::default()).await;
        let asked = tokio::spawn(sent(address, WHOLE));
        // One that waits between two requests holds nobody up.
        let _idle = TcpStream::connect(address).await.expect("connects");
        tokio::time::sleep(Duration::from_millis(200)).await;
        stop.send(()).expect("is told");
        assert!(asked.await.expect("asks").ends_with("done"));
        tokio::time::timeout(Duration::from_secs(20), serving).await.expect("ends").expect("well");
        assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
    }
}
