//! A connection's stream, and how many of them there may be.

use std::io::{Error, ErrorKind, IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Sleep, sleep};

/// Files that the record, evidence and logs may have open beside the connections.
const OTHERS: usize = 192;
/// How many files a program may have open where the system does not say: what most systems allow.
const USUAL: usize = 1024;
/// More connections than these would only wait for each other.
const ENOUGH: usize = 4096;

/// How many connections there may be at once: so many that files are left for everything else.
pub fn most() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    allowed(&limits).unwrap_or(USUAL).saturating_sub(OTHERS).clamp(32, ENOUGH)
}

/// The soft limit on open files, as Linux tells it.
fn allowed(limits: &str) -> Option<usize> {
    limits.lines().find_map(|line| line.strip_prefix("Max open files")?.split_whitespace().next()?.parse().ok())
}

/// Bytes that have to be taken for the waiting to count from zero again. Who takes a byte now and then would else never be late.
pub const LEAST: usize = 256 << 10;

/// A stream that gives up on whoever takes nothing of what is written to them, or next to nothing. The time between two answers does not count, nor
/// that in which an answer is made.
pub struct Stream {
    inner: TcpStream,
    patience: Duration,
    /// How much of it is left.
    left: Duration,
    /// Bytes that were taken since it was whole.
    taken: usize,
    /// Runs while nothing can be written.
    waiting: Option<(Instant, Pin<Box<Sleep>>)>,
}

impl Stream {
    /// Waits so long for each [`LEAST`] bytes to be taken.
    pub fn new(inner: TcpStream, patience: Duration) -> Self {
        Stream { inner, patience, left: patience, taken: 0, waiting: None }
    }

    /// What writing came to: an error where it has waited for too long.
    fn watched(&mut self, context: &mut Context<'_>, written: Poll<Result<usize>>) -> Poll<Result<usize>> {
        if let Poll::Ready(written) = written {
            if let Some((since, _)) = self.waiting.take() {
                self.left = self.left.saturating_sub(since.elapsed());
            }
            self.taken += *written.as_ref().unwrap_or(&0);
            if self.taken >= LEAST {
                (self.taken, self.left) = (0, self.patience);
            }
            return Poll::Ready(written);
        }
        let left = self.left;
        let (_, waiting) = self.waiting.get_or_insert_with(|| (Instant::now(), Box::pin(sleep(left))));
        match waiting.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(Error::new(ErrorKind::TimedOut, "the client reads too slowly"))),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.inner).poll_read(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write(context, bytes);
        self.watched(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        let written = Pin::new(&mut self.inner).poll_write_vectored(context, pieces);
        self.watched(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether somebody is late who takes so many bytes after 40 ms, again and again, where they may have 100 ms.
    async fn is_late(taken: usize) -> bool {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("listens");
        let inner = TcpStream::connect(listener.local_addr().expect("an address")).await.expect("connects");
        let mut stream = Stream::new(inner, Duration::from_millis(100));
        for _ in 0..10 {
            for _ in 0..2 {
                let waits = std::future::poll_fn(|context| Poll::Ready(stream.watched(context, Poll::Pending))).await;
                if waits.is_ready() {
                    return true;
                }
                sleep(Duration::from_millis(20)).await;
            }
            std::future::poll_fn(|context| stream.watched(context, Poll::Ready(Ok(taken)))).await.expect("takes");
            // An answer is made, or nothing is asked for: that is nobody's fault.
            sleep(Duration::from_millis(20)).await;
        }
        false
    }

    #[tokio::test]
    async fn who_takes_a_byte_now_and_then_is_late_and_who_takes_enough_is_not() {
        assert!(is_late(1).await);
        assert!(!is_late(LEAST).await);
    }

    #[test]
    fn connections_leave_files_for_everything_else() {
        let told = "Limit                     Soft Limit           Hard Limit           Units     \n\
                    Max open files            1024                 524288               files     \n";
        assert_eq!(allowed(told), Some(1024));
        assert_eq!(allowed(""), None);
        assert!((32..=ENOUGH).contains(&most()));
    }
}
