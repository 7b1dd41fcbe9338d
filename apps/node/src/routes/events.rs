//! Server-sent events.

use std::{convert::Infallible, sync::Arc, time::Duration};

use axum::{
    extract::State,
    response::{
        IntoResponse as _,
        sse::{Event as Sent, KeepAlive, Sse},
    },
};
use futures_util::{StreamExt as _, stream};
use serde::Deserialize;
use serde_json::json;
use tabella_protocol::election::{ElectionId, RegistrationId};
use tokio::sync::broadcast::{Receiver, error::RecvError};
use utoipa::IntoParams;

use crate::{
    events::{Event, Topic},
    http::{self, Answer, Query},
    problem::{Kind, Problem},
    state::App,
};

/// How often something is sent where nothing happens.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Which events.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct EventQuery {
    /// `block`, `election`, `turnout`, `board`, with commas between; all if absent.
    topics: Option<String>,
    /// Of this election only.
    election: Option<String>,
    /// Of this board only.
    board: Option<String>,
}

/// What a listener wants to know.
#[derive(Debug)]
struct Filter {
    topics: Option<Vec<String>>,
    election: Option<ElectionId>,
    board: Option<RegistrationId>,
}

impl Filter {
    fn wants(&self, topic: Topic) -> bool {
        let named = self.topics.as_ref().is_none_or(|topics| topics.iter().any(|name| name == topic.name()));
        named
            && match topic {
                Topic::Block => true,
                Topic::Election(id) | Topic::Turnout(id) => self.election.is_none_or(|only| only == id),
                Topic::Board(id) => self.board.is_none_or(|only| only == id),
            }
    }
}

/// What happens, as it happens.
#[utoipa::path(get, path = "/v1/events", tag = "events", params(EventQuery),
    responses((status = 200, content_type = "text/event-stream"),
        (status = "default", body = crate::openapi::ProblemBody)))]
pub(crate) async fn events(State(app): State<App>, Query(query): Query<EventQuery>) -> Answer {
    let topics: Option<Vec<String>> =
        query.topics.map(|topics| topics.split(',').map(|topic| topic.trim().to_owned()).collect());
    let known = ["block", "election", "turnout", "board"];
    if let Some(unknown) = topics.iter().flatten().find(|topic| !known.contains(&topic.as_str())) {
        return Err(Problem::malformed(format!(
            "there is no topic {:?}",
            unknown.chars().take(40).collect::<String>()
        )));
    }
    let filter = Filter {
        topics,
        election: query.election.as_deref().map(http::id).transpose()?,
        board: query.board.as_deref().map(http::id).transpose()?,
    };
    let permit = app.listeners.clone().try_acquire_owned();
    let permit = permit
        .map_err(|_| Problem::new(Kind::Unavailable, "as many streams as there may be are open").retry_after(30))?;
    let receiver = app.shared.events.listen();
    let hello = json!({"ledger": app.facts.id.to_string(), "height": app.view().height});
    let hello = Sent::default().event("hello").data(hello.to_string());
    let listening = app.shared.metrics.listeners.clone();
    listening.inc();
    let guard = Guard(listening, permit);
    let mut stopping = app.stopping.clone();
    let later = stream::unfold((receiver, filter, guard), async |(mut receiver, filter, guard)| {
        let sent = next(&mut receiver, &filter).await?;
        Some((sent, (receiver, filter, guard)))
    });
    let stream = stream::once(async { hello })
        .chain(later)
        .take_until(async move { stopping.wait_for(|stopping| *stopping).await.is_ok() })
        .map(Ok::<_, Infallible>);
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)).into_response())
}

/// Counts a stream as long as it lives.
struct Guard(prometheus::IntGauge, #[expect(dead_code, reason = "held, not used")] tokio::sync::OwnedSemaphorePermit);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.dec();
    }
}

async fn next(receiver: &mut Receiver<Arc<Event>>, filter: &Filter) -> Option<Sent> {
    loop {
        match receiver.recv().await {
            Ok(event) if filter.wants(event.topic) => {
                let sent = Sent::default().event(event.topic.name()).data(event.data.to_string());
                return Some(match event.id {
                    Some(id) => sent.id(id.to_string()),
                    None => sent,
                });
            }
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return Some(Sent::default().event("missed").data("{}")),
            Err(RecvError::Closed) => return None,
        }
    }
}
