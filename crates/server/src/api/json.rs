//! Answers as JSON. A small one is written where it is made; a large one in a thread, where it keeps no other request waiting.

use crate::failure::Failure;
use crate::pools::Pools;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::io::{Error, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes that are written where they are made, which takes a fraction of a millisecond. What turns out to be larger is begun again in a thread: only
/// writing it tells how large it is.
const AT_ONCE: usize = 64 << 10;

/// A value that answers as JSON.
pub struct Json<T>(pub T);

/// Writes an answer.
type Writer = Box<dyn FnOnce() -> serde_json::Result<Vec<u8>> + Send>;

/// A large answer on its way out, written by [`write_large`].
#[derive(Clone)]
struct Unwritten(Arc<Mutex<Option<Writer>>>);

/// Takes [`AT_ONCE`] bytes.
struct Small(Vec<u8>);

impl Write for Small {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if bytes.len() > AT_ONCE - self.0.len() {
            return Err(Error::other("the answer is large"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn failed(error: &serde_json::Error) -> Failure {
    Failure::Internal(format!("an answer cannot be written: {error}"))
}

impl<T: Serialize + Send + 'static> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        let mut small = Small(Vec::with_capacity(512));
        match serde_json::to_writer(&mut small, &self.0) {
            Ok(()) => (kind, small.0).into_response(),
            Err(e) if e.is_io() => {
                let mut response = (kind, Body::empty()).into_response();
                let writer: Writer = Box::new(move || serde_json::to_vec(&self.0));
                response.extensions_mut().insert(Unwritten(Arc::new(Mutex::new(Some(writer)))));
                response
            }
            Err(e) => failed(&e).into_response(),
        }
    }
}

/// Writes large answers in a thread for pages. Runs around every route.
pub async fn write_large(State(pools): State<Arc<Pools>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let unwritten = response.extensions_mut().remove::<Unwritten>();
    let Some(writer) = unwritten.and_then(|u| u.0.lock().unwrap_or_else(PoisonError::into_inner).take()) else {
        return response;
    };
    let written = pools.pages.run(move |stop| match stop.is_set() {
        true => Err(Failure::Ended),
        false => writer().map_err(|e| failed(&e)),
    });
    match written.await.and_then(|written| written) {
        Ok(bytes) => {
            *response.body_mut() = Body::from(bytes);
            response
        }
        Err(failure) => failure.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::middleware::from_fn_with_state;
    use axum::routing::get;
    use serde::Serializer;
    use std::thread::{ThreadId, current};

    /// A text of so many bytes that notes which threads wrote it.
    struct Noted(usize, Arc<Mutex<Vec<ThreadId>>>);

    impl Serialize for Noted {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            self.1.lock().expect("nobody panicked").push(current().id());
            serializer.serialize_str(&"x".repeat(self.0))
        }
    }

    /// The threads that wrote an answer of so many bytes to the end, and the answer.
    async fn written(bytes: usize) -> (Vec<ThreadId>, String) {
        let noted = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&noted);
        let pools = Arc::new(Pools::new(2));
        let all = Router::new()
            .route("/", get(async move || Json(Noted(bytes, Arc::clone(&kept)))))
            .layer(from_fn_with_state(pools, write_large));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        tokio::spawn(axum::serve(listener, all).into_future());
        let response = reqwest::get(format!("http://{address}/")).await.expect("answers");
        assert_eq!(response.headers()["content-type"], "application/json");
        let text = response.text().await.expect("a body");
        let threads = noted.lock().expect("nobody panicked").clone();
        (threads, text)
    }

    #[tokio::test]
    async fn large_answers_are_written_in_another_thread() {
        let (threads, text) = written(AT_ONCE - 2).await;
        assert_eq!((threads, text.len()), (vec![current().id()], AT_ONCE));
        let (threads, text) = written(AT_ONCE - 1).await;
        assert_eq!((threads.len(), text.len()), (2, AT_ONCE + 1), "begun here, and written elsewhere");
        assert_ne!(threads[1], current().id());
    }

    /// What answers otherwise is written where it is made, however large it is.
    #[test]
    fn the_api_answers_like_this_only() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/api");
        let mut paths: Vec<_> =
            std::fs::read_dir(folder).expect("lists").map(|e| e.expect("an entry").path()).collect();
        let mut like_this = 0;
        while let Some(path) = paths.pop() {
            if path.is_dir() {
                paths.extend(std::fs::read_dir(path).expect("lists").map(|e| e.expect("an entry").path()));
                continue;
            }
            if path.ends_with("api/json.rs") {
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("reads");
            assert!(!text.contains("axum::Json"), "{}: use `super::json::Json`", path.display());
            like_this += usize::from(text.contains("json::Json;"));
        }
        assert!(like_this > 15, "{like_this}");
    }
}
