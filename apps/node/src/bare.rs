//! Problems for what never becomes a request: hyper answers a head that it cannot read by itself, with a status and nothing else, and
//! has no hook for it. On its way out such an answer is made a problem as all others are.

use std::{
    io::{self, IoSlice},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::{
    body::{Body, Bytes, HttpBody},
    http::{HeaderMap, Request, StatusCode},
};
use hyper::body::{Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tower_http::request_id::{MakeRequestId as _, MakeRequestUuid};

use crate::{
    headers::harden,
    problem::{Kind, Problem},
    server::REQUEST_ID,
    writer::Shared,
};

/// Which answers are on their way over a connection.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// Answers that routes have not ended yet.
    open: AtomicUsize,
    /// Whether bytes of an answer may not have been sent.
    unsent: AtomicBool,
}

/// An answer of a route, until it is dropped.
#[derive(Debug)]
pub(crate) struct Answering(Arc<Turn>);

/// Its body.
#[derive(Debug)]
pub(crate) struct AnswerBody {
    body: Body,
    _answering: Answering,
}

impl Answering {
    /// Lasts as long as the body does.
    pub(crate) fn with(self, body: Body) -> AnswerBody {
        AnswerBody { body, _answering: self }
    }
}

impl HttpBody for AnswerBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Turn {
    /// Marks a request whose answer is awaited.
    pub(crate) fn begin(self: &Arc<Self>) -> Answering {
        self.unsent.store(true, Ordering::Release);
        self.open.fetch_add(1, Ordering::AcqRel);
        Answering(self.clone())
    }

    /// hyper flushes when it has nothing left to write.
    fn flushed(&self) {
        if self.open.load(Ordering::Acquire) == 0 {
            self.unsent.store(false, Ordering::Release);
        }
    }

    /// Whether what is written now belongs to no answer of a route.
    fn is_nobodys(&self) -> bool {
        self.open.load(Ordering::Acquire) == 0 && !self.unsent.load(Ordering::Acquire)
    }
}

/// A connection on which hyper's own answers are replaced by problems.
pub(crate) struct Explained<S> {
    stream: S,
    turn: Arc<Turn>,
    shared: Arc<Shared>,
    queue: Bytes,
}

impl<S: AsyncWrite + Unpin> Explained<S> {
    pub(crate) fn new(stream: S, turn: Arc<Turn>, shared: Arc<Shared>) -> Self {
        Self { stream, turn, shared, queue: Bytes::new() }
    }

    /// Takes a whole write that is hyper's own answer, and queues what is sent in its place.
    fn replace(&mut self, written: &[u8]) -> bool {
        if !self.turn.is_nobodys() {
            return false;
        }
        let Some((status, bytes)) = explain(written) else { return false };
        self.shared.metrics.observe_request("other", "(none)", status.as_u16(), Duration::ZERO);
        tracing::info!(route = "(none)", status = status.as_u16(), "a head that is no request");
        self.queue = bytes;
        true
    }

    fn drain(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.queue.is_empty() {
            let sent = ready!(Pin::new(&mut self.stream).poll_write(context, &self.queue))?;
            if sent == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            let _ = self.queue.split_to(sent);
        }
        Poll::Ready(Ok(()))
    }
}

/// The problem in place of an answer that is nothing but a head without content, as hyper writes it; `None` if it is anything else.
fn explain(written: &[u8]) -> Option<(StatusCode, Bytes)> {
    let head = std::str::from_utf8(written).ok()?.strip_suffix("\r\n\r\n")?;
    if head.contains("\r\n\r\n") {
        return None;
    }
    let mut lines = head.split("\r\n");
    let first = lines.next()?;
    let status = first.strip_prefix("HTTP/1.1 ").or_else(|| first.strip_prefix("HTTP/1.0 "))?.get(..3)?;
    let problem = match status {
        "400" => Problem::malformed("this is no head of an HTTP/1.1 request"),
        "431" => Problem::new(Kind::HeadTooLarge, "the request line and the headers have more than 32 KiB"),
        _ => return None,
    };
    let rest: Vec<&str> = lines.collect();
    let name = |line: &str| line.split(':').next().unwrap_or_default().to_ascii_lowercase();
    // Each answer of a route has an id.
    if rest.iter().any(|line| name(line) == REQUEST_ID.as_str()) || !rest.contains(&"content-length: 0") {
        return None;
    }
    let kind = problem.kind();
    let (mut headers, body) = problem.rendered();
    harden(&mut headers, false);
    let id = MakeRequestUuid.make_request_id(&Request::new(()))?;
    headers.insert(REQUEST_ID, id.header_value().clone());
    Some((kind.status(), written_out(first, &rest, &headers, &body)))
}

/// hyper's lines, which have the date, with the problem's headers and body.
fn written_out(first: &str, lines: &[&str], headers: &HeaderMap, body: &str) -> Bytes {
    let mut text = format!("{first}\r\ncontent-length: {}\r\n", body.len()).into_bytes();
    let kept = lines.iter().filter(|line| !line.starts_with("content-length:"));
    for line in kept {
        text.extend_from_slice(line.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    for (name, value) in headers {
        text.extend_from_slice(name.as_str().as_bytes());
        text.extend_from_slice(b": ");
        text.extend_from_slice(value.as_bytes());
        text.extend_from_slice(b"\r\n");
    }
    text.extend_from_slice(b"\r\n");
    text.extend_from_slice(body.as_bytes());
    text.into()
}

impl<S: AsyncRead + Unpin> AsyncRead for Explained<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Explained<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        ready!(self.drain(context))?;
        if self.replace(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.drain(context))?;
        let mut filled = slices.iter().filter(|slice| !slice.is_empty());
        if let (Some(only), None) = (filled.next(), filled.next())
            && self.replace(only)
        {
            return Poll::Ready(Ok(only.len()));
        }
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(context))?;
        ready!(Pin::new(&mut self.stream).poll_flush(context))?;
        self.turn.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.drain(context))?;
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BARE: &str = "HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\ndate: Tue, 01 Dec 2026 00:00:00 GMT\r\n\r\n";

    #[test]
    fn bare_head_becomes_a_problem_with_its_length() {
        let (status, bytes) = explain(BARE.as_bytes()).unwrap();
        let text = std::str::from_utf8(&bytes).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        assert_eq!(status, 400);
        assert!(head.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{head}");
        assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", body.len())), "{head}");
        assert!(head.contains("\r\ndate: Tue, 01 Dec 2026 00:00:00 GMT"), "{head}");
        assert!(head.contains("\r\nx-request-id: ") && head.contains("\r\nx-content-type-options: nosniff"), "{head}");
        assert_eq!(head.matches("content-length").count(), 1);
        assert!(body.contains("/problems/malformed"), "{body}");
    }

    #[test]
    fn nothing_else_is_touched() {
        for other in [
            "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_owned(),
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nx-request-id: 1\r\n\r\n".to_owned(),
            "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\nno".to_owned(),
            BARE.repeat(2),
            format!("{BARE}x"),
            BARE.trim_end().to_owned(),
            String::new(),
        ] {
            assert!(explain(other.as_bytes()).is_none(), "{other}");
        }
    }

    #[test]
    fn while_an_answer_is_on_its_way_what_is_written_is_its_own() {
        let turn = Arc::new(Turn::default());
        assert!(turn.is_nobodys());
        let answering = turn.begin();
        turn.flushed();
        assert!(!turn.is_nobodys());
        let body = answering.with(Body::empty());
        turn.flushed();
        assert!(!turn.is_nobodys());
        drop(body);
        assert!(!turn.is_nobodys(), "its last bytes may not have been sent");
        turn.flushed();
        assert!(turn.is_nobodys());
    }
}
