//! Errors as clients see them: problem details (RFC 9457). Each kind has one name, one status and one explanation.

use axum::{
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};

macro_rules! kinds {
    ($($variant:ident = $name:literal, $status:ident, $title:literal, $meaning:literal;)*) => {
        /// What is wrong with a request, or with the node.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Kind {
            $(#[doc = $title] $variant,)*
        }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name: the last part of the problem's type.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$variant => StatusCode::$status,)* }
            }

            /// A few words.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$variant => $title,)* }
            }

            /// What it means and what to do.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $meaning,)* }
            }
        }
    };
}

kinds! {
    Malformed = "malformed", BAD_REQUEST, "The request cannot be read",
        "The path, the query or the body is not what the route reads. Bodies are canonical borsh; docs/node.md says of what.";
    BadSignature = "bad-signature", FORBIDDEN, "The signature does not verify",
        "The statement is not signed by the key that it names, or not in this form. Sign it again.";
    NotAnAuthor = "not-an-author", FORBIDDEN, "The author may not write this here",
        "Only the board's authority and the trustees whom she has put on it write, and some kinds of message only she.";
    NotAllowed = "not-allowed", FORBIDDEN, "This node does not serve this authority",
        "The node's configuration names the authorities that may open boards.";
    UnknownInvitation = "unknown-invitation", FORBIDDEN, "There is no such invitation",
        "Nobody was invited on this board with this token and for this role. Check the link; ask for a new one.";
    StaleQuery = "stale-query", FORBIDDEN, "The query is not of this moment",
        "The time in the signed query is too far from the node's clock, which the member \"now\" tells. Sign it anew.";
    NotFound = "not-found", NOT_FOUND, "There is no such thing",
        "The node has nothing of this name, or there is no such route.";
    MethodNotAllowed = "method-not-allowed", METHOD_NOT_ALLOWED, "The route does not take this method",
        "The header Allow lists the methods of the route.";
    AlreadyAccepted = "already-accepted", CONFLICT, "The transaction is on the ledger",
        "A transaction of this digest was accepted before; the members say where it stands. Nothing was changed.";
    BoardExists = "board-exists", CONFLICT, "There is another board of this id",
        "Draw another registration id.";
    OutOfOrder = "out-of-order", CONFLICT, "The message is not the author's next",
        "The member \"expected\" is the number of the author's next message. Read the board, then sign the message anew.";
    InvitationUsed = "invitation-used", CONFLICT, "The invitation was used",
        "Something else was registered with this invitation before. Ask for a new one if it was not you.";
    RegistrationClosed = "registration-closed", CONFLICT, "Registration has ended",
        "The authority has published the manifest: the roll is fixed.";
    HeadTooLarge = "head-too-large", REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too large",
        "The request line and the headers have at most 32 KiB together.";
    TooLarge = "too-large", PAYLOAD_TOO_LARGE, "The body is too large",
        "The route, or this kind of message, takes less.";
    UnsupportedType = "unsupported-type", UNSUPPORTED_MEDIA_TYPE, "The body is of another type",
        "A POST carries Content-Type: application/octet-stream.";
    Refused = "refused", UNPROCESSABLE_ENTITY, "A rule of the ledger refuses the transaction",
        "The member \"rule\" tells which kind of rule, the detail says it in words. Sending it again does not help.";
    NoSuchProof = "no-such-proof", UNPROCESSABLE_ENTITY, "There is no such proof",
        "The leaf must lie in the tree, the trees must not be larger than the log, and the older one comes first.";
    RateLimited = "rate-limited", TOO_MANY_REQUESTS, "Too many requests from this address",
        "Wait as long as the header Retry-After says.";
    QueueFull = "queue-full", TOO_MANY_REQUESTS, "The queue in front of verification is full",
        "Wait as long as the header Retry-After says, then send it again. Nothing was kept.";
    Internal = "internal", INTERNAL_SERVER_ERROR, "A fault of the node",
        "The node's log has it under the request's id (header x-request-id).";
    Unavailable = "unavailable", SERVICE_UNAVAILABLE, "The node cannot do this now",
        "It is stopping, busy, or its disk fails. Ask whether a transaction was accepted before you send it again.";
    Timeout = "timeout", SERVICE_UNAVAILABLE, "It took too long",
        "Ask whether a transaction was accepted before you send it again.";
    BoardFull = "board-full", INSUFFICIENT_STORAGE, "The board is full",
        "A board takes so many messages and bytes, a node so many boards; docs/node.md says how many.";
}

/// A problem to be told.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    kind: Kind,
    detail: String,
    members: Map<String, Value>,
    retry_after: Option<u64>,
}

impl Problem {
    /// A problem. The detail is for people, and says nothing that the client should not know.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), members: Map::new(), retry_after: None }
    }

    /// [`Kind::Malformed`].
    #[must_use]
    pub fn malformed(detail: impl Into<String>) -> Self {
        Self::new(Kind::Malformed, detail)
    }

    /// [`Kind::NotFound`].
    #[must_use]
    pub fn not_found(detail: impl Into<String>) -> Self {
        Self::new(Kind::NotFound, detail)
    }

    /// [`Kind::Internal`], with what happened in the log only.
    #[must_use]
    pub fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "internal error");
        Self::new(Kind::Internal, "the node could not do this")
    }

    /// The same with a member more.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The same with all members of a JSON object.
    #[must_use]
    pub fn with_all(mut self, members: Value) -> Self {
        if let Value::Object(members) = members {
            self.members.extend(members);
        }
        self
    }

    /// The same with the seconds to wait.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// A member.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// The kind.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }
}

impl Problem {
    /// Its headers, and its body.
    pub(crate) fn rendered(self) -> (HeaderMap, String) {
        let Self { kind, detail, members, retry_after } = self;
        let mut body = json!({
            "type": format!("/problems/{}", kind.name()),
            "title": kind.title(),
            "status": kind.status().as_u16(),
            "detail": detail,
        });
        if let Value::Object(object) = &mut body {
            object.extend(members);
        }
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds.max(1)));
        }
        (headers, body.to_string())
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let kind = self.kind;
        let (headers, body) = self.rendered();
        let mut response = (kind.status(), headers, body).into_response();
        response.extensions_mut().insert(kind);
        response
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn kinds_have_different_names_and_are_documented() {
        let names: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        assert_eq!(names.len(), Kind::ALL.len());
        let page = include_str!("../../../docs/node.md");
        for kind in Kind::ALL {
            let row = format!("| `{}` | {} |", kind.name(), kind.status().as_u16());
            assert!(page.contains(&row), "docs/node.md has no row {row}");
        }
    }
}
