//! The rules: who may open, close, settle and withdraw, when, and with what.
//!
//! Nothing is made or lost, whatever the rate is: with m ticks prepaid by w (C = w·V + r·R, w < 2^64) and bridged to m·R', the
//! two payouts are bridged to t·R' and (m - t)·R', whose sum is m·R'. Values of bridges are integers below 2^64, so the
//! payouts add up to w over the integers, or one of them cannot be made at all. That R' opens to a whole number is the
//! parties' affair, who both know its opening: no rule needs it.

use std::{collections::BTreeMap, ops::Bound};

use rpds::RedBlackTreeMapSync;
use tabella_protocol::{
    account::Amount,
    bridge::BridgeProof,
    note::{AssetId, Timestamp},
    statement::Mode,
    transaction::{ApplicationId, SignatureBytes},
};
use tabella_verifier::application::{Application, InstanceId, Place, Readable, UseError, signed_by};
use thiserror::Error;

use crate::{
    action::{APPLICATION, NAME, StreamingAction, StreamingProof},
    session::{Session, SessionRow, Stage},
    terms::{Party, SessionId, SessionTerms, TermsError, consent_message, final_message, party_message, tick_message},
};

/// Why an action on a session is refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StreamingRejection {
    /// A transfer cannot be used so.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The terms are none.
    #[error(transparent)]
    Terms(#[from] TermsError),
    /// A part of the proof is missing or superfluous.
    #[error("the action comes with exactly the signatures and the bridge that it needs: {0}")]
    Proof(&'static str),
    /// Opened when nobody may watch any more.
    #[error("the session expired before the block's time: ask the provider for a new offer")]
    Expired,
    /// Opened before.
    #[error("session {0} was opened before: an offer is good once")]
    Exists(SessionId),
    /// There is none.
    #[error("there is no session {0}")]
    UnknownSession(SessionId),
    /// The provider did not agree to the terms.
    #[error("the terms are not signed by the provider")]
    Consent,
    /// Not signed by the party that acts.
    #[error("the transaction is not signed by the {0} of the session")]
    Signature(Party),
    /// The viewer did not sign this tick of this session.
    #[error("tick {0} is not signed by the viewer of the session")]
    Tick(u32),
    /// The party did not agree to end the session so.
    #[error("the {0} has not signed this end of the session")]
    Final(Party),
    /// More than was prepaid.
    #[error("{ticks} ticks, where {max} are prepaid")]
    TooManyTicks {
        /// In the action.
        ticks: u32,
        /// Of the session.
        max: u32,
    },
    /// Not above what was shown before.
    #[error("the session closes with tick {0} already: only a higher one changes that")]
    NotHigher(u32),
    /// It is over.
    #[error("the session is settled, with {0} ticks")]
    Settled(u32),
    /// It is not over.
    #[error("the session is not settled: both parties settle it, or one closes it and the dispute delay passes")]
    NotSettled,
    /// Another amount than is owed.
    #[error("the {party} is owed the price of {owed} ticks, and the action names {found}")]
    Owed {
        /// Whose action it is.
        party: Party,
        /// Of how many ticks the price is owed.
        owed: u32,
        /// In the action.
        found: u32,
    },
    /// No tick, no money.
    #[error("the {0} is owed nothing")]
    NothingOwed(Party),
    /// Withdrawn before.
    #[error("the {0} has withdrawn already")]
    Paid(Party),
}

/// The sessions of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Streams {
    sessions: RedBlackTreeMapSync<SessionId, Session>,
}

impl Streams {
    /// A session.
    #[must_use]
    pub fn session(&self, id: &SessionId) -> Option<&Session> {
        self.sessions.get(id)
    }

    /// All of them, in the order of their ids.
    pub fn sessions(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.sessions.iter().map(|(id, session)| (*id, session))
    }
}

impl Application for Streams {
    const ID: ApplicationId = APPLICATION;
    type Body = StreamingAction;
    type Proof = StreamingProof;
    type Changes = BTreeMap<SessionId, Session>;
    type Error = StreamingRejection;

    fn check(
        &self,
        changes: &mut Self::Changes,
        action: StreamingAction,
        proof: StreamingProof,
        place: &mut Place<'_>,
    ) -> Result<(), StreamingRejection> {
        let mut check = Check { state: self, changes, place };
        match (action, proof) {
            (StreamingAction::Open { terms, transfer }, StreamingProof::Open { viewer, provider, bridge }) => {
                check.open(*terms, transfer, (viewer, provider), bridge)
            }
            (StreamingAction::Close { session, by, ticks }, StreamingProof::Close { party, watched }) => {
                check.close(session, (by, party), ticks, watched)
            }
            (StreamingAction::Settle { session, ticks }, StreamingProof::Settle { viewer, provider }) => {
                check.settle(session, ticks, [(Party::Viewer, viewer), (Party::Provider, provider)])
            }
            (
                StreamingAction::Withdraw { session, by, ticks, transfer },
                StreamingProof::Withdraw { party, bridge },
            ) => check.withdraw(session, (by, party), ticks, (transfer, bridge)),
            _ => Err(StreamingRejection::Proof("it is of another kind of action")),
        }
    }

    fn execute(&mut self, changes: Self::Changes) {
        for (id, session) in changes {
            self.sessions.insert_mut(id, session);
        }
    }
}

impl Readable for Streams {
    const NAME: &'static str = NAME;
    type Row = SessionRow;

    fn instances(&self, after: Option<InstanceId>) -> impl Iterator<Item = InstanceId> + '_ {
        let start = after.map_or(Bound::Unbounded, |id| Bound::Excluded(SessionId(id.0)));
        self.sessions.range((start, Bound::Unbounded)).map(|(id, _)| InstanceId(id.0))
    }

    fn row(&self, id: &InstanceId, now: Timestamp) -> Option<SessionRow> {
        Some(SessionRow::new(self.session(&SessionId(id.0))?, now))
    }
}

/// One action under check.
struct Check<'a, 'p> {
    state: &'a Streams,
    changes: &'a mut BTreeMap<SessionId, Session>,
    place: &'a mut Place<'p>,
}

impl Check<'_, '_> {
    fn open(
        &mut self,
        terms: SessionTerms,
        transfer: u32,
        (viewer, provider): (SignatureBytes, SignatureBytes),
        bridge: Option<BridgeProof>,
    ) -> Result<(), StreamingRejection> {
        terms.check()?;
        if self.place.time() >= terms.expires {
            return Err(StreamingRejection::Expired);
        }
        let id = terms.id(self.place.ledger());
        if self.session(id).is_ok() {
            return Err(StreamingRejection::Exists(id));
        }
        if !signed_by(&terms.provider, &consent_message(id), &provider.0) {
            return Err(StreamingRejection::Consent);
        }
        let session = Session::new(terms);
        self.signed(&session, Party::Viewer, &viewer)?;
        let all = session.terms().max_ticks;
        self.use_transfer((transfer, Mode::Exit), &session, all, bridge)?;
        self.changes.insert(id, session);
        Ok(())
    }

    fn close(
        &mut self,
        id: SessionId,
        (by, signature): (Party, SignatureBytes),
        ticks: u32,
        watched: Option<SignatureBytes>,
    ) -> Result<(), StreamingRejection> {
        let mut session = self.unsettled(id, ticks)?;
        let until = match session.stage(self.place.time()) {
            Stage::Closing { ticks: shown, .. } if ticks <= shown => return Err(StreamingRejection::NotHigher(shown)),
            // An answer does not prolong the delay: only the provider gains by one, and has had all of it.
            Stage::Closing { until, .. } => until,
            Stage::Open | Stage::Settled { .. } => session.dispute_until(self.place.time()),
        };
        match (ticks, watched) {
            (0, None) => {}
            (0, Some(_)) => return Err(StreamingRejection::Proof("tick 0 needs no signature of the viewer")),
            (_, None) => return Err(StreamingRejection::Proof("the viewer's signature of the tick is missing")),
            (_, Some(watched)) => {
                if !signed_by(&session.terms().viewer.signer, &tick_message(id, ticks), &watched.0) {
                    return Err(StreamingRejection::Tick(ticks));
                }
            }
        }
        self.signed(&session, by, &signature)?;
        session.advance(Stage::Closing { ticks, until });
        self.changes.insert(id, session);
        Ok(())
    }

    fn settle(
        &mut self,
        id: SessionId,
        ticks: u32,
        signatures: [(Party, SignatureBytes); 2],
    ) -> Result<(), StreamingRejection> {
        let mut session = self.unsettled(id, ticks)?;
        for (party, signature) in signatures {
            if !signed_by(session.terms().signer(party), &final_message(id, ticks), &signature.0) {
                return Err(StreamingRejection::Final(party));
            }
        }
        session.advance(Stage::Settled { ticks });
        self.changes.insert(id, session);
        Ok(())
    }

    fn withdraw(
        &mut self,
        id: SessionId,
        (by, signature): (Party, SignatureBytes),
        found: u32,
        (transfer, bridge): (u32, Option<BridgeProof>),
    ) -> Result<(), StreamingRejection> {
        let mut session = self.session(id)?.clone();
        let Stage::Settled { ticks } = session.stage(self.place.time()) else {
            return Err(StreamingRejection::NotSettled);
        };
        if session.is_paid(by) {
            return Err(StreamingRejection::Paid(by));
        }
        match session.share(by, ticks) {
            0 => return Err(StreamingRejection::NothingOwed(by)),
            owed if owed != found => return Err(StreamingRejection::Owed { party: by, owed, found }),
            _ => {}
        }
        self.signed(&session, by, &signature)?;
        self.use_transfer((transfer, Mode::Entry), &session, found, bridge)?;
        // The stage is written down as it is now: it cannot change any more.
        session.advance(Stage::Settled { ticks });
        session.pay(by);
        self.changes.insert(id, session);
        Ok(())
    }

    /// A session, as the actions before this one leave it.
    fn session(&self, id: SessionId) -> Result<&Session, StreamingRejection> {
        let session = self.changes.get(&id).or_else(|| self.state.session(&id));
        session.ok_or(StreamingRejection::UnknownSession(id))
    }

    /// A session that may still end with a number of ticks.
    fn unsettled(&self, id: SessionId, ticks: u32) -> Result<Session, StreamingRejection> {
        let session = self.session(id)?;
        if let Stage::Settled { ticks } = session.stage(self.place.time()) {
            return Err(StreamingRejection::Settled(ticks));
        }
        let max = session.terms().max_ticks;
        if ticks > max { Err(StreamingRejection::TooManyTicks { ticks, max }) } else { Ok(session.clone()) }
    }

    fn signed(&self, session: &Session, party: Party, signature: &SignatureBytes) -> Result<(), StreamingRejection> {
        let key = session.terms().signer(party);
        if signed_by(key, &party_message(self.place.digest()), &signature.0) {
            Ok(())
        } else {
            Err(StreamingRejection::Signature(party))
        }
    }

    /// Uses a transfer of exactly the price of a number of ticks.
    fn use_transfer(
        &mut self,
        (transfer, mode): (u32, Mode),
        session: &Session,
        ticks: u32,
        bridge: Option<BridgeProof>,
    ) -> Result<(), StreamingRejection> {
        let asset: AssetId = session.terms().asset;
        match (session.terms().price(ticks).ok_or(TermsError::Rate)?, bridge) {
            (Amount::Public(amount), None) => self.place.use_public(transfer, mode, asset, amount)?,
            (Amount::Hidden(amount), Some(bridge)) => self.place.use_bridged(transfer, mode, asset, amount, bridge)?,
            (Amount::Public(_), Some(_)) => return Err(StreamingRejection::Proof("a public amount has no bridge")),
            (Amount::Hidden(_), None) => return Err(StreamingRejection::Proof("there is no bridge")),
        };
        Ok(())
    }
}
