//! A trustee's rounds on the files of the ceremony. Whoever keeps the state replaces it by the new one **before** the message
//! goes out: a trustee that could be led to take a round twice would let others choose.

use rand_core::{CryptoRng, RngCore};
use tabella_protocol::ceremony::{
    Acknowledgement, CeremonyId, CeremonySetup, Commitment, Confirmation, Reveal, Round, RoundPayload, Shares, Signed,
};
use tabella_prover::trustee::{CeremonyState, CeremonyStepError, Committed, TrusteeIdentity, TrusteeKey};
use tabella_verifier::files::{FileError, PublicFile, RoundFile, RoundFileError, decode_round, encode, kind_of};
use thiserror::Error;

use crate::keys::StoredCeremony;

/// Why a round is not taken.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum StepError {
    /// The messages are of another round than the one that is waited for.
    #[error("this trustee waits for the messages of round {waits_for}, and these are of round {given}")]
    OutOfTurn {
        /// What it waits for.
        waits_for: Round,
        /// What it was given.
        given: Round,
    },
    /// The messages cannot be read.
    #[error(transparent)]
    Files(#[from] RoundFileError),
    /// A message or the state is wrong.
    #[error(transparent)]
    Step(#[from] CeremonyStepError),
    /// Nothing is left to be done.
    #[error("the ceremony is finished")]
    Finished,
}

/// What a round gives.
#[derive(Debug)]
pub struct Taken {
    /// The round that was taken.
    pub round: Round,
    /// What the next round needs; `None` after the last one.
    pub state: Option<CeremonyState>,
    /// The key, after the last round.
    pub key: Option<TrusteeKey>,
    /// The bytes of the message's file.
    pub message: Vec<u8>,
}

/// Messages that a round is taken on.
pub trait RoundInput: RoundPayload {
    /// Takes the round that follows.
    ///
    /// # Errors
    /// [`StepError`]; the state is used up, so work on a copy.
    fn take(state: CeremonyState, identity: &TrusteeIdentity, messages: &[Signed<Self>]) -> Result<Taken, StepError>;
}

macro_rules! round_inputs {
    ($($input:ty: $before:ident -> $after:ident by $step:ident in $round:ident),*) => {
        $(impl RoundInput for $input {
            fn take(
                state: CeremonyState,
                identity: &TrusteeIdentity,
                messages: &[Signed<Self>],
            ) -> Result<Taken, StepError> {
                let ceremony = state.setup().id();
                let waits_for = state.waits_for();
                let CeremonyState::$before(state) = state else {
                    return Err(StepError::OutOfTurn { waits_for, given: Self::ROUND });
                };
                let (state, message) = state.$step(identity, messages)?;
                let state = Some(CeremonyState::$after(state));
                Ok(Taken { round: Round::$round, state, key: None, message: file(ceremony, message) })
            }
        })*
    };
}

round_inputs! {
    Commitment: Committed -> Revealed by reveal in Reveal,
    Reveal: Revealed -> Confirmed by confirm in Confirm,
    Confirmation: Confirmed -> Shared by share in Share
}

impl RoundInput for Shares {
    fn take(state: CeremonyState, identity: &TrusteeIdentity, messages: &[Signed<Self>]) -> Result<Taken, StepError> {
        let ceremony = state.setup().id();
        let waits_for = state.waits_for();
        let CeremonyState::Shared(state) = state else {
            return Err(StepError::OutOfTurn { waits_for, given: Self::ROUND });
        };
        let (key, message) = state.finish(identity, messages)?;
        let message = file::<Acknowledgement>(ceremony, message);
        Ok(Taken { round: Round::Finish, state: None, key: Some(key), message })
    }
}

/// Round 0: draws this trustee's polynomial and commits to it.
///
/// # Errors
/// [`CeremonyStepError::NotATrustee`].
pub fn begin(
    identity: &TrusteeIdentity,
    setup: CeremonySetup,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<StoredCeremony, CeremonyStepError> {
    let ceremony = setup.id();
    let (state, message) = Committed::start(identity, setup, rng)?;
    Ok(StoredCeremony { state: Some(CeremonyState::Committed(state)), message: file(ceremony, message) })
}

/// Takes the next round on the files of all trustees' messages of the round before, whichever that is.
///
/// # Errors
/// [`StepError`]; nothing was taken then, and `state` is as it was.
pub fn step(state: &CeremonyState, identity: &TrusteeIdentity, files: &[Vec<u8>]) -> Result<Taken, StepError> {
    let ceremony = state.setup().id();
    // A copy: what fails must leave the state as it was.
    let bytes = zeroize::Zeroizing::new(borsh::to_vec(state).expect("writing to memory"));
    let state = || borsh::from_slice::<CeremonyState>(&bytes).expect("what was written is read");
    let found = files.first().and_then(|file| kind_of(file)).unwrap_or_default();
    match found.as_str() {
        <RoundFile<Commitment> as PublicFile>::KIND => {
            Commitment::take(state(), identity, &decode_round(files, ceremony)?)
        }
        <RoundFile<Reveal> as PublicFile>::KIND => Reveal::take(state(), identity, &decode_round(files, ceremony)?),
        <RoundFile<Confirmation> as PublicFile>::KIND => {
            Confirmation::take(state(), identity, &decode_round(files, ceremony)?)
        }
        <RoundFile<Shares> as PublicFile>::KIND => Shares::take(state(), identity, &decode_round(files, ceremony)?),
        _ => {
            let needed = <RoundFile<Commitment> as PublicFile>::KIND;
            Err(RoundFileError::File(FileError::Kind { needed, found }).into())
        }
    }
}

fn file<P: RoundPayload>(ceremony: CeremonyId, message: Signed<P>) -> Vec<u8>
where
    RoundFile<P>: PublicFile,
{
    encode(&RoundFile { ceremony, messages: vec![message] })
}
