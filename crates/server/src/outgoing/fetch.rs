//! Outgoing requests, with limits on size and time, and without following redirects.

use super::roots;
use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::error::Error;
use std::future::poll_fn;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::time::timeout;
use tower::Service;
use url::Url;

/// How long a request may take, from the connection to the last byte of the response.
const PATIENCE: Duration = Duration::from_secs(5);
/// Most bytes of a response. Documents of large providers have about ten thousand.
const LARGEST: usize = 256 << 10;
/// Most requests at once. Others wait, and [`PATIENCE`] includes the wait.
const AT_ONCE: usize = 16;

/// Why a request failed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum FetchError {
    /// It took too long.
    #[error("no response within {} seconds", PATIENCE.as_secs())]
    Slow,
    /// The response is too large.
    #[error("the response is larger than {} KiB", LARGEST >> 10)]
    TooLarge,
    /// The connection failed.
    #[error("{0}")]
    Connection(String),
    /// The response is a redirect.
    #[error("it responded with a redirect, which Hindcast does not follow")]
    Redirect,
    /// The response has an error status.
    #[error("it responded with status {0}")]
    Status(u16),
    /// The response is not JSON, or has another form.
    #[error("the response is not the expected JSON")]
    Form,
}

/// The HTTP client.
pub struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    places: Semaphore,
}

impl Http {
    /// A client that trusts the certificates that this machine trusts.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new() -> Result<Self, String> {
        // The caller decides whether a URL may use http.
        let https = HttpsConnectorBuilder::new().with_tls_config(roots::tls()?).https_or_http().enable_http1().build();
        Ok(Http { client: Client::builder(TokioExecutor::new()).build(https), places: Semaphore::new(AT_ONCE) })
    }

    /// Gets a document.
    pub async fn get(&self, url: &Url, authorization: Option<HeaderValue>) -> Result<Bytes, FetchError> {
        let mut request = Request::new(Full::default());
        *request.method_mut() = Method::GET;
        if let Some(value) = authorization {
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        self.ask(url, request).await
    }

    /// Sends a form.
    pub async fn post(
        &self,
        url: &Url,
        form: &[(&str, &str)],
        authorization: Option<HeaderValue>,
    ) -> Result<Bytes, FetchError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = Method::POST;
        let kind = HeaderValue::from_static("application/x-www-form-urlencoded");
        request.headers_mut().insert(CONTENT_TYPE, kind);
        if let Some(value) = authorization {
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        self.ask(url, request).await
    }

    /// Sends bytes with a content type and more headers, and reads the response. Any 2xx status counts as success.
    pub async fn send(
        &self,
        url: &Url,
        kind: &'static str,
        headers: impl IntoIterator<Item = (&'static str, HeaderValue)>,
        body: Vec<u8>,
    ) -> Result<Bytes, FetchError> {
        let mut request = Request::new(Full::from(body));
        *request.method_mut() = Method::POST;
        request.headers_mut().extend(headers.into_iter().map(|(name, value)| (HeaderName::from_static(name), value)));
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("*/*"));
        self.within_time(url, request).await
    }

    async fn ask(&self, url: &Url, mut request: Request<Full<Bytes>>) -> Result<Bytes, FetchError> {
        request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
        self.within_time(url, request).await
    }

    async fn within_time(&self, url: &Url, mut request: Request<Full<Bytes>>) -> Result<Bytes, FetchError> {
        *request.uri_mut() = url.as_str().parse().map_err(|_| FetchError::Connection("not a URL".to_owned()))?;
        timeout(PATIENCE, self.read(request)).await.unwrap_or(Err(FetchError::Slow))
    }

    async fn read(&self, request: Request<Full<Bytes>>) -> Result<Bytes, FetchError> {
        let _place = self.places.acquire().await.map_err(|_| FetchError::Slow)?;
        let response = self.client.request(request).await.map_err(|e| FetchError::Connection(all_words(&e)))?;
        let status = response.status();
        if status.is_redirection() {
            return Err(FetchError::Redirect);
        }
        if !status.is_success() {
            return Err(FetchError::Status(status.as_u16()));
        }
        match Limited::new(response.into_body(), LARGEST).collect().await {
            Ok(body) => Ok(body.to_bytes()),
            Err(e) if e.is::<http_body_util::LengthLimitError>() => Err(FetchError::TooLarge),
            Err(e) => Err(FetchError::Connection(e.to_string())),
        }
    }
}

/// Connects to a URL's host and sends no request: name, TCP, and TLS with a trusted certificate if the URL begins with https.
///
/// # Errors
/// When there is no connection within five seconds.
pub async fn reach(url: &Url) -> Result<(), FetchError> {
    let uri: Uri = url.as_str().parse().map_err(|_| FetchError::Connection("not a URL".to_owned()))?;
    let tls = roots::tls().map_err(FetchError::Connection)?;
    let mut https = HttpsConnectorBuilder::new().with_tls_config(tls).https_or_http().enable_http1().build();
    let connected = timeout(PATIENCE, async {
        poll_fn(|context| https.poll_ready(context)).await?;
        https.call(uri).await.map(drop)
    });
    connected.await.unwrap_or_else(|_| Err(FetchError::Slow.into())).map_err(|e| FetchError::Connection(all_words(&*e)))
}

/// An error with its causes, because the first one alone says only that there was no connection.
fn all_words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_host_is_reached_without_a_request() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let address = listener.local_addr().expect("an address");
        let taken = tokio::spawn(async move {
            let (mut plain, _) = listener.accept().await.expect("a connection");
            let mut sent = Vec::new();
            plain.read_to_end(&mut sent).await.expect("reads");
            // No TLS is spoken here.
            drop(listener.accept().await.expect("another"));
            sent
        });
        let url = |scheme: &str| Url::parse(&format!("{scheme}://{address}/secret")).expect("a URL");
        reach(&url("http")).await.expect("is reached");
        let told = reach(&url("https")).await.expect_err("no TLS").to_string();
        assert!(!told.contains("secret"), "{told}");
        assert_eq!(taken.await.expect("ends"), b"", "nothing was sent");
        let told = reach(&url("http")).await.expect_err("nobody listens any more").to_string();
        assert!(told.contains("refused"), "{told}");
        let unknown = Url::parse("https://hooks.invalid/").expect("a URL");
        reach(&unknown).await.expect_err("there is no such name");
    }
}
