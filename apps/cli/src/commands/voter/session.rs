//! A voter with ledger and keys at hand.

use anyhow::anyhow;
use tabella_election::voter::{Holding, ProvingKeys, Right, Voter, VoterError};
use tabella_ledger::node::Ledger;
use tabella_protocol::{
    election::{ElectionId, ElectionManifest},
    note::Timestamp,
    statement::Shape,
    tree::Position,
};
use tabella_prover::parameters::Parameters;
use tabella_verifier::election::ElectionPool;

use super::Place;
use crate::{
    cli::Context,
    commands::wallet::read_key,
    elections::{ledger, time::Time},
};

/// The ledger, and a voter who has read the election's log on it.
pub(super) struct Session {
    pub(super) ledger: Ledger,
    pub(super) voter: Voter,
    pub(super) election: ElectionId,
}

impl Session {
    pub(super) fn open(place: &Place, context: &Context) -> anyhow::Result<Self> {
        let ledger = ledger::open(context)?;
        let registration = ledger::election(&ledger, place.election)?.manifest().registration;
        let key = read_key(&place.key.path(context)?, context)?;
        let voter = Voter::new(key.seed(), registration);
        let mut session = Self { ledger, voter, election: place.election };
        session.read()?;
        Ok(session)
    }

    /// Reads the log of the election as it stands.
    pub(super) fn read(&mut self) -> anyhow::Result<()> {
        let log = self.ledger.election_entries(self.election)?;
        let pool = ledger::election(&self.ledger, self.election)?;
        self.voter.read(pool, &log)?;
        Ok(())
    }

    pub(super) fn pool(&self) -> anyhow::Result<&ElectionPool> {
        ledger::election(&self.ledger, self.election)
    }

    pub(super) fn manifest(&self) -> anyhow::Result<&ElectionManifest> {
        Ok(self.pool()?.manifest())
    }

    pub(super) fn rights(&self) -> anyhow::Result<Vec<Right>> {
        Ok(self.voter.rights(self.pool()?))
    }

    /// The right at a position, or by default the voter's own.
    pub(super) fn right(&self, position: Option<u32>) -> anyhow::Result<Position> {
        if let Some(position) = position {
            return Ok(Position(position));
        }
        let pool = self.pool()?;
        self.voter.held(pool, Holding::Own).map_err(|error| {
            let given = self.voter.held(pool, Holding::GivenAway);
            let remedy = match given {
                Ok(position) => format!("you delegated right {}: name it to cast over the delegate", position.0),
                Err(_) => {
                    "`tabella voter rights` lists what you hold; is this the key file that you registered with?".into()
                }
            };
            anyhow::Error::new(error).context(remedy)
        })
    }
}

/// A voter's mistake, with times that people read.
pub(super) fn explain(error: VoterError) -> anyhow::Error {
    let VoterError::NotOpen { opens, closes, now } = error else { return error.into() };
    let time = |seconds| Time(Timestamp::new(seconds).unwrap_or(Timestamp::MAX));
    anyhow!("the election takes ballots from {} until {}, and it is {}", time(opens), time(closes), time(now))
}

/// What proofs are made with: loaded once it is clear that there is something to prove.
pub(super) fn parameters(context: &Context) -> anyhow::Result<Parameters> {
    context.parameters.warn(context)?;
    context.parameters.load(context)
}

/// The keys that proofs will be under; known without loading anything.
pub(in crate::commands) fn proving_keys(context: &Context) -> anyhow::Result<ProvingKeys> {
    let key = |shape| context.parameters.proving_key(shape);
    Ok(ProvingKeys { transfer: key(Shape::Transfer)?, cast: key(Shape::Cast)? })
}
