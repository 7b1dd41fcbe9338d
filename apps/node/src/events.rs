//! What happens, told to whoever listens.

use std::sync::Arc;

use serde_json::Value;
use tabella_protocol::election::{ElectionId, RegistrationId};
use tokio::sync::broadcast;

/// Events that a slow listener may be behind before it misses some.
const BACKLOG: usize = 1_024;

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Topic {
    Block,
    Election(ElectionId),
    Turnout(ElectionId),
    Board(RegistrationId),
}

impl Topic {
    /// The event's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Election(_) => "election",
            Self::Turnout(_) => "turnout",
            Self::Board(_) => "board",
        }
    }
}

/// One event.
#[derive(Debug)]
pub(crate) struct Event {
    pub(crate) topic: Topic,
    /// Height of the block, if it is one.
    pub(crate) id: Option<u64>,
    pub(crate) data: Value,
}

/// Where events go.
#[derive(Clone, Debug)]
pub(crate) struct Events(broadcast::Sender<Arc<Event>>);

impl Events {
    pub(crate) fn new() -> Self {
        Self(broadcast::Sender::new(BACKLOG))
    }

    /// Tells everybody who listens.
    pub(crate) fn tell(&self, topic: Topic, id: Option<u64>, data: Value) {
        // Nobody may be listening.
        let _ = self.0.send(Arc::new(Event { topic, id, data }));
    }

    pub(crate) fn listen(&self) -> broadcast::Receiver<Arc<Event>> {
        self.0.subscribe()
    }
}
