//! The applications of a ledger, and what readers are shown of them.
//!
//! A node serves every application by the same three routes: what stands in one instance (a campaign, a letter of credit, a
//! work) is for the application to say, how it is asked for is not.

use std::{fmt, sync::Arc};

use serde::Serialize;
use serde_json::Value;
use tabella_protocol::{note::Timestamp, transaction::ApplicationId};

use super::{Application, Applications, NameTaken};
use crate::state::standard_applications;

/// The id of one thing that an application keeps: of a campaign, a letter of credit, a work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InstanceId(pub [u8; 32]);

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

/// An application that shows its state to readers.
///
/// A picture of the state is taken after each block that changes it, by `Clone`: what grows without bound is kept in maps that
/// share what they have in common, so that a picture costs nothing.
pub trait Readable: Application {
    /// Its name in URLs and commands: lower-case letters, digits and hyphens.
    const NAME: &'static str;
    /// What everybody may know of one instance.
    type Row: Serialize;

    /// The ids after one, ascending; all of them after `None`.
    fn instances(&self, after: Option<InstanceId>) -> impl Iterator<Item = InstanceId> + '_;

    /// One instance, as it stands at a time.
    fn row(&self, id: &InstanceId, now: Timestamp) -> Option<Self::Row>;
}

/// The state of an application after some block, for readers.
pub trait Picture: fmt::Debug + Send + Sync {
    /// Up to `limit` instances after one, in the order of their ids.
    fn page(&self, after: Option<InstanceId>, limit: usize, now: Timestamp) -> Vec<(InstanceId, Value)>;

    /// One instance.
    fn instance(&self, id: &InstanceId, now: Timestamp) -> Option<Value>;
}

impl<A: Readable> Picture for A {
    fn page(&self, after: Option<InstanceId>, limit: usize, now: Timestamp) -> Vec<(InstanceId, Value)> {
        self.instances(after).take(limit).filter_map(|id| Some((id, self.instance(&id, now)?))).collect()
    }

    fn instance(&self, id: &InstanceId, now: Timestamp) -> Option<Value> {
        serde_json::to_value(self.row(id, now)?).ok()
    }
}

/// An application that readers are shown.
#[derive(Clone, Copy)]
pub struct Shown {
    name: &'static str,
    id: ApplicationId,
    picture: fn(&Applications) -> Option<Arc<dyn Picture>>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("name", &self.name).field("id", &self.id).finish_non_exhaustive()
    }
}

impl Shown {
    const fn of<A: Readable>() -> Self {
        Self { name: A::NAME, id: A::ID, picture: |all| Some(Arc::new(all.get::<A>()?.clone())) }
    }

    /// Its name in URLs and commands.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its name in actions.
    #[must_use]
    pub const fn id(&self) -> ApplicationId {
        self.id
    }

    /// Its state as it stands among these applications.
    #[must_use]
    pub fn picture(&self, applications: &Applications) -> Option<Arc<dyn Picture>> {
        (self.picture)(applications)
    }
}

/// The applications of a ledger in their first state, and how the readable ones are shown.
#[derive(Clone, Debug)]
pub struct Catalogue {
    applications: Applications,
    shown: Vec<Shown>,
}

impl Catalogue {
    /// The applications that every ledger has.
    #[must_use]
    pub fn standard() -> Self {
        Self { applications: standard_applications(), shown: Vec::new() }
    }

    /// Adds an application.
    ///
    /// # Errors
    /// [`NameTaken`].
    pub fn with<A: Readable>(self, application: A) -> Result<Self, NameTaken> {
        if self.shown.iter().any(|shown| shown.name == A::NAME) {
            return Err(NameTaken(A::ID));
        }
        let Self { applications, mut shown } = self;
        let applications = applications.with(application)?;
        shown.push(Shown::of::<A>());
        Ok(Self { applications, shown })
    }

    /// The applications in their first state: what a ledger is made and opened with.
    #[must_use]
    pub fn applications(&self) -> Applications {
        self.applications.clone()
    }

    /// Those that readers are shown.
    #[must_use]
    pub fn shown(&self) -> &[Shown] {
        &self.shown
    }
}
