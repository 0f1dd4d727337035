//! The body of an answer that has something until it is sent.

use axum::body::{Body, Bytes, HttpBody};
use http_body::{Frame, SizeHint};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Bytes of a piece at most. Who sends a body has let go of it once the last piece is taken from it: a page or an export of one piece would be sent for
/// as long as a slow reader takes, and hold nothing.
const PIECE: usize = 64 << 10;

/// A body that holds something for as long as it is sent.
struct Held<T> {
    body: Body,
    /// What is left of a piece that was too large.
    rest: Bytes,
    _held: T,
}

/// This body; what is held goes with it.
pub fn held<T: Send + Unpin + 'static>(body: Body, held: T) -> Body {
    Body::new(Held { body, rest: Bytes::new(), _held: held })
}

impl<T: Unpin> HttpBody for Held<T> {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            match std::task::ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(data) if data.len() > PIECE => self.rest = data,
                    Ok(data) => return Poll::Ready(Some(Ok(Frame::data(data)))),
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                ended => return Poll::Ready(ended),
            }
        }
        let piece = PIECE.min(self.rest.len());
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(piece)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (inner, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower().saturating_add(rest));
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper.saturating_add(rest));
        }
        hint
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;
    use std::sync::Arc;

    #[tokio::test]
    async fn what_is_held_goes_with_the_last_piece() {
        let whole: Vec<u8> = (0..PIECE * 2 + 7).map(|n| n as u8).collect();
        let thing = Arc::new(());
        let mut body = held(Body::from(whole.clone()), Arc::clone(&thing));
        assert_eq!(body.size_hint().exact(), Some(whole.len() as u64));
        let mut taken = Vec::new();
        while let Some(frame) = body.frame().await {
            let piece = frame.expect("a frame").into_data().expect("bytes");
            assert!(piece.len() <= PIECE);
            taken.extend(piece);
            assert_eq!(body.size_hint().exact(), Some((whole.len() - taken.len()) as u64));
            assert_eq!(body.is_end_stream(), taken.len() == whole.len());
            assert_eq!(Arc::strong_count(&thing), 2);
        }
        assert_eq!(taken, whole);
        drop(body);
        assert_eq!(Arc::strong_count(&thing), 1);
    }
}
