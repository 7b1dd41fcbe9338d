//! A voter, who may also be a delegate: finds rights, delegates, recalls, casts and overrides.

mod ballot;
mod rights;

use std::num::NonZeroU32;

use curve25519_dalek::scalar::Scalar;
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ballot::{BallotTerms, WeightOpening},
    election::{APPLICATION, BallotCast, CastProof, ElectionAction, RegistrationId, Weights},
    keys::{Account, Address, Diversifier, Seed, SpendingKey},
    note::{Guard, NoteValue, Terms, Timestamp},
    note_encryption::Memo,
    ranking::RankingError,
    statement::{Shape, Window},
    transaction::{Action, LoggedTransaction, Transaction, VerifyingKeyId},
    transcript::ProofContext,
    tree::Position,
};
use tabella_prover::{
    ballot::{self as ballot_prover, EncryptError},
    bridge::{BridgeOpening, prove_bridge},
    builder::{
        Blinding, BuildError, EscrowOrder, FinishError, Payer, PoolSetting, PreparedTransaction, ProveError,
        ProvingEngine, Settlement, SigningError, SpendPath, SpendableNote, TransactionBuilder, Unproven,
        UnprovenTransfer,
    },
    wallet::{NoteKind, ReceivedNote, Wallet, WalletError},
};
use tabella_verifier::election::{BallotState, ElectionPool, Level, Stage};
use thiserror::Error;

use self::{
    ballot::{BallotTransaction, PreparedRanking},
    rights::unusable,
};
use crate::log::{LogError, wallet_entries};

pub use self::{
    ballot::PreparedBallot,
    rights::{Holding, Right, UnusableRight},
};

/// Why a voter's command is refused.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VoterError {
    /// The log cannot be read.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The wallet and the log do not fit together.
    #[error(transparent)]
    Wallet(#[from] WalletError),
    /// There is no such right.
    #[error("you hold no right at position {0}; \"rights\" lists yours")]
    NoSuchRight(u32),
    /// The right cannot be used in this way.
    #[error(transparent)]
    Unusable(#[from] UnusableRight),
    /// The election does not allow delegation.
    #[error("this election does not allow delegation")]
    Delegation,
    /// The election is not open at this time.
    #[error("the election takes ballots from {opens} until {closes} (seconds since 1970), and it is {now}")]
    NotOpen {
        /// When it opens.
        opens: u64,
        /// When it closes.
        closes: u64,
        /// Now.
        now: u64,
    },
    /// The right came in after the present epoch began.
    #[error("this right is younger than the present epoch: try again in {0} seconds")]
    TooYoung(u64),
    /// The choice does not fit the questions.
    #[error(transparent)]
    Choice(#[from] EncryptError),
    /// Another number of answers than questions.
    #[error("there are {found} answers to {expected} questions")]
    Answers {
        /// Answers given.
        found: usize,
        /// Questions of the election.
        expected: usize,
    },
    /// The answer to a ranked question is no ranking.
    #[error("question {question}: {error}")]
    Ranking {
        /// 1-based number of the question.
        question: usize,
        /// What is wrong.
        error: RankingError,
    },
    /// The transfer cannot be built.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// The transaction cannot be put together.
    #[error(transparent)]
    Finish(#[from] FinishError),
    /// The transaction cannot be signed.
    #[error(transparent)]
    Sign(#[from] SigningError),
    /// A proof failed.
    #[error("{0}")]
    Prove(String),
}

/// The keys that proofs are made under.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvingKeys {
    /// Of the Transfer shape.
    pub transfer: VerifyingKeyId,
    /// Of the Cast shape.
    pub cast: VerifyingKeyId,
}

impl ProvingKeys {
    /// The keys of a set of parameters, asked for shape by shape.
    pub fn of(key: impl Fn(Shape) -> VerifyingKeyId) -> Self {
        Self { transfer: key(Shape::Transfer), cast: key(Shape::Cast) }
    }
}

/// A person in one election.
#[derive(Debug)]
pub struct Voter {
    key: SpendingKey,
    wallet: Wallet,
}

impl Voter {
    /// The voter of a seed in the election with a registration id.
    #[must_use]
    pub fn new(seed: &Seed, registration: RegistrationId) -> Self {
        let key = seed.account(&Account::Election(registration.0));
        let wallet = Wallet::new(key.full_viewing_key().clone());
        Self { key, wallet }
    }

    /// The address to register.
    #[must_use]
    pub fn registered_address(&self) -> Address {
        self.key.address(Diversifier::from_index(0))
    }

    /// Another address, to receive delegations at.
    #[must_use]
    pub fn delegate_address(&self, index: u32) -> Address {
        self.wallet.address(index)
    }

    /// The wallet.
    #[must_use]
    pub const fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// Reads the whole log of the election.
    ///
    /// # Errors
    /// [`VoterError::Log`] or [`VoterError::Wallet`] if the log is not one of an election.
    pub fn read(&mut self, pool: &ElectionPool, log: &[LoggedTransaction]) -> Result<(), VoterError> {
        let mut wallet = Wallet::new(self.key.full_viewing_key().clone());
        wallet.apply(pool.pool(), &wallet_entries(log)?)?;
        self.wallet = wallet;
        Ok(())
    }

    /// Delegates one of the voter's own rights: an escrow that the delegate can only cast, and that the voter can recall.
    ///
    /// # Errors
    /// [`VoterError`] tells why not.
    pub fn delegate(
        &mut self,
        pool: &ElectionPool,
        keys: ProvingKeys,
        right: Position,
        delegate: Address,
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PreparedTransaction<Unproven>, VoterError> {
        if !pool.manifest().rules.delegation {
            return Err(VoterError::Delegation);
        }
        let note = self.right(pool, right)?;
        if note.kind() != NoteKind::Plain {
            return Err(UnusableRight::NotOwn.into());
        }
        let refund = fresh_diversifier(rng);
        let order = EscrowOrder {
            claimant: delegate,
            terms: Terms { claim_until: pool.manifest().closes, refund_from: Timestamp::ZERO, burn_only: true },
            guard: Guard::none(),
            refund,
            amount: NoteValue(note.note().value.0),
            memo: Memo::empty(),
        };
        let setting = setting(pool, keys, Self::transfer_window(pool, now)?, now);
        let spendable = spendable(pool, note, now)?;
        let change = self.wallet.next_internal();
        let payer = Payer { key: self.key.full_viewing_key(), setting: &setting, change };
        single(pool, payer.lock(vec![spendable], order, rng)?)
    }

    /// Recalls a delegated right that the delegate has not cast.
    ///
    /// # Errors
    /// [`VoterError`] tells why not.
    pub fn recall(
        &mut self,
        pool: &ElectionPool,
        keys: ProvingKeys,
        right: Position,
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PreparedTransaction<Unproven>, VoterError> {
        let note = self.right(pool, right)?;
        if note.kind() != NoteKind::EscrowToRefund {
            return Err(UnusableRight::NotGivenAway.into());
        }
        if pool.nullifier(note.nullifier()).is_some() {
            return Err(UnusableRight::CastByDelegate.into());
        }
        let setting = setting(pool, keys, Self::transfer_window(pool, now)?, now);
        let spendable = spendable(pool, note, now)?;
        let back = self.key.address(fresh_diversifier(rng));
        let change = self.wallet.next_internal();
        let payer = Payer { key: self.key.full_viewing_key(), setting: &setting, change };
        single(pool, payer.refund(spendable, Settlement::To(back, Memo::empty()), rng)?)
    }

    /// Prepares a ballot with a right: plainly with one's own, as a delegate with one that was received, over the delegate
    /// with one that was given away. For each question the answer has a number for each option: its points, 1 if it is chosen,
    /// or its rank from 1, and 0 if it is not ranked. The revision follows that of a ballot already held.
    ///
    /// # Errors
    /// [`VoterError`] tells why not.
    pub fn prepare_ballot(
        &mut self,
        pool: &ElectionPool,
        keys: ProvingKeys,
        right: Position,
        answers: &[Vec<u16>],
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PreparedBallot, VoterError> {
        let note = self.right(pool, right)?;
        if *pool.stage() != Stage::Open || !pool.window().contains(now) {
            let manifest = pool.manifest();
            let (opens, closes) = (manifest.opens.seconds(), manifest.closes.seconds());
            return Err(VoterError::NotOpen { opens, closes, now: now.seconds() });
        }
        let (path, level, holding) = match note.kind() {
            NoteKind::Plain => (SpendPath::Own, Level::Plain, Holding::Own),
            NoteKind::EscrowToClaim => (SpendPath::Claim, Level::Plain, Holding::Delegated),
            NoteKind::EscrowToRefund => (SpendPath::Refund, Level::Override, Holding::GivenAway),
        };
        if let Some(reason) = unusable(pool, note.note(), holding) {
            return Err(reason.into());
        }
        let revision = match pool.nullifier(note.nullifier()) {
            Some(BallotState::Holds(held)) if held.level == level => {
                if !pool.manifest().rules.revoting {
                    return Err(UnusableRight::Revoting.into());
                }
                held.revision.checked_add(1).ok_or(UnusableRight::Revisions)?
            }
            Some(BallotState::Holds(held)) if held.level > level => {
                return Err(UnusableRight::Overridden.into());
            }
            _ => 0,
        };
        let nullifier = *note.nullifier();
        let questions = pool.manifest().questions.len();
        if answers.len() != questions {
            return Err(VoterError::Answers { found: answers.len(), expected: questions });
        }
        let ranked = |index: usize| pool.ranked_questions().iter().any(|ranked| usize::from(ranked.question) == index);
        let points: Vec<Vec<u16>> =
            answers.iter().enumerate().filter(|(index, _)| !ranked(*index)).map(|(_, row)| row.clone()).collect();
        let rankings = pool
            .ranked_questions()
            .iter()
            .map(|question| {
                let answer = answers.get(usize::from(question.question)).map_or(&[][..], Vec::as_slice);
                PreparedRanking::seal(pool, nullifier, *question, answer, rng)
            })
            .collect::<Result<Vec<_>, _>>()?;
        let setting = setting(pool, keys, *pool.window(), now);
        let spendable = spendable(pool, note, now)?;
        let change = self.wallet.next_internal();
        let payer = Payer { key: self.key.full_viewing_key(), setting: &setting, change };
        let (transfer, weight) = match pool.manifest().rules.weights {
            Weights::One => (payer.cast(&spendable, path, rng)?, None),
            Weights::Hidden => {
                let weight = WeightOpening::new(spendable.note.note().value.0, Scalar::random(rng));
                (payer.consume(spendable, path, Blinding::Random, rng)?, Some(weight))
            }
        };
        let bridge = transfer.opening().zip(weight.as_ref());
        let bridge = bridge.map(|(value, weight)| BridgeOpening::of_weight(weight, *value.r.expose()));
        let (body, opening) =
            ballot_prover::encrypt(pool.question_rules(), &pool.manifest().key, weight, &points, rng)?;
        let cast = ElectionAction::Cast(BallotCast {
            election: pool.id(),
            revision,
            ballot: body.clone(),
            rankings: rankings.iter().map(|ranking| ranking.sealed.clone()).collect(),
        });
        let action = Action { application: APPLICATION, body: borsh::to_vec(&cast).expect("writing to memory") };
        let mut builder = TransactionBuilder::new(pool.manifest().ledger);
        builder.add(transfer);
        builder.add_action(action);
        let transaction = BallotTransaction::Unproven(builder.build()?);
        let election = pool.id();
        let nullifier_position = right;
        Ok(PreparedBallot { transaction, body, opening, rankings, bridge, election, nullifier, nullifier_position })
    }

    /// Proves and signs a transaction without a ballot.
    ///
    /// # Errors
    /// [`VoterError`] when proving or signing fails.
    pub fn authorize<E: ProvingEngine>(
        &self,
        transaction: PreparedTransaction<Unproven>,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Transaction, VoterError> {
        authorize_with(&self.key, transaction, engine, rng)
    }

    /// Proves and signs a ballot: the voter chose to cast it.
    ///
    /// # Errors
    /// [`VoterError`] when proving or signing fails.
    pub fn cast<E: ProvingEngine>(
        &self,
        pool: &ElectionPool,
        ballot: PreparedBallot,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Transaction, VoterError> {
        let digest = ballot.tracker();
        let PreparedBallot { transaction, body, opening, rankings, bridge, election, nullifier, .. } = ballot;
        let context = ProofContext { ledger: pool.manifest().ledger, digest, index: 0 };
        let terms = BallotTerms { election: election.as_bytes(), ..pool.ballot_terms() };
        let bridge = bridge
            .map(|opening| prove_bridge(&context, &opening.statement(NonZeroU32::MIN), &opening, rng))
            .transpose()
            .map_err(|error| VoterError::Prove(error.to_string()))?;
        let proof = ballot_prover::prove(&context, terms, &body, &opening, rng)
            .map_err(|error| VoterError::Prove(error.to_string()))?;
        let rankings = rankings.iter().map(|ranking| ranking.prove(pool, context, nullifier, rng)).collect();
        let proven = match transaction {
            BallotTransaction::Unproven(transaction) => transaction.prove(engine, rng).map_err(prove_error)?,
            BallotTransaction::Proven(transaction) => transaction,
        };
        let authorized = proven.sign(&self.key.spend_authorizing_key(), rng)?;
        let proof = CastProof { ballot: proof, bridge, rankings };
        Ok(authorized.finish(vec![borsh::to_vec(&proof).expect("writing to memory")])?)
    }

    /// The window of delegations and recalls: the same for everybody, so that it tells nothing.
    fn transfer_window(pool: &ElectionPool, now: Timestamp) -> Result<Window, VoterError> {
        let manifest = pool.manifest();
        Window::new(Timestamp::ZERO, manifest.closes).ok().filter(|window| window.contains(now)).ok_or(
            VoterError::NotOpen {
                opens: manifest.opens.seconds(),
                closes: manifest.closes.seconds(),
                now: now.seconds(),
            },
        )
    }
}

/// A note with its path to the anchor of `now`.
pub(crate) fn spendable(pool: &ElectionPool, note: ReceivedNote, now: Timestamp) -> Result<SpendableNote, VoterError> {
    let size = pool.anchor_at(now).size;
    let Some(path) = pool.tree().path_at(note.position(), size) else {
        let epoch = u64::from(pool.manifest().rules.epoch_seconds);
        return Err(VoterError::TooYoung(epoch - now.seconds() % epoch));
    };
    Ok(SpendableNote { note, path })
}

/// Where and when a transfer of the election is to be accepted.
pub(crate) fn setting(pool: &ElectionPool, keys: ProvingKeys, window: Window, now: Timestamp) -> PoolSetting {
    PoolSetting {
        pool: pool.pool(),
        anchor: pool.anchor_at(now).anchor,
        window,
        transfer_key: keys.transfer,
        cast_key: keys.cast,
        reveal: false,
    }
}

/// A transaction of one transfer.
pub(crate) fn single(
    pool: &ElectionPool,
    transfer: UnprovenTransfer,
) -> Result<PreparedTransaction<Unproven>, VoterError> {
    let mut builder = TransactionBuilder::new(pool.manifest().ledger);
    builder.add(transfer);
    Ok(builder.build()?)
}

/// Proves and signs a transaction without actions.
pub(crate) fn authorize_with<E: ProvingEngine>(
    key: &SpendingKey,
    transaction: PreparedTransaction<Unproven>,
    engine: &E,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<Transaction, VoterError> {
    let proven = transaction.prove(engine, rng).map_err(prove_error)?;
    Ok(proven.sign(&key.spend_authorizing_key(), rng)?.finish(Vec::new())?)
}

/// A diversifier that nobody has seen, whatever this wallet has or has not read of the log: two delegations that showed one
/// refund address would tell their delegates, if they compare, that they come from one voter.
fn fresh_diversifier(rng: &mut (impl RngCore + CryptoRng)) -> Diversifier {
    let mut diversifier = Diversifier([0; 11]);
    rng.fill_bytes(&mut diversifier.0);
    diversifier.0[10] = 2; // neither an address for others (0) nor one that the wallet counts (1)
    diversifier
}

fn prove_error<E: std::error::Error>(error: ProveError<E>) -> VoterError {
    VoterError::Prove(error.to_string())
}
