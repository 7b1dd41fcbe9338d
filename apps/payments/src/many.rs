//! Paying many at once. Spec § 3.5, § 4.
//!
//! A transfer takes two notes and makes two, and no transfer can spend what another one of the same transaction makes: its anchor
//! is a root that the ledger had before. So everybody is paid by **one** transaction of transfers side by side, all of which are
//! applied or none. Where the payer's notes are too few or too small for that, transactions before it bring them into shape: they
//! pay nobody but the payer, and whoever stops after one of them still has all of his money.
//!
//! From one note, n payments with change take n transfers in any order. Here half of them are done at once in each round, so
//! that n payments take about log n transactions.

mod plan;

use std::{collections::BTreeMap, io};

use ark_ff::Zero as _;
use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    jubjub::JubjubScalar,
    note::{AssetId, NoteCommitment, NoteValue},
    note_encryption::{EncryptionError, Memo, NoteSeed, OutputNote},
    statement::Mode,
    transaction::TransferStatement,
    tree::Position,
};
use tabella_prover::{
    builder::{
        BuildError, PlannedOutput, PreparedTransaction, SpendPath, SpendableNote, TransactionBuilder, TransferPlan,
        Unproven, UnprovenTransfer, WindowPolicy,
    },
    wallet::{NoteKind, Wallet},
};
use tabella_verifier::files::PublicFile;
use thiserror::Error;

use crate::{
    holder::{Holder, Moment, PaymentError, PaymentOrder, class_of, setting, spendable},
    request::MAX_PAYMENTS,
};
use plan::{Coin, Output, Transfer};

/// Why several payments cannot be made.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SendError {
    /// No payment, or more than one transaction holds.
    #[error("1 to {MAX_PAYMENTS} payments are made at once")]
    Count,
    /// Nothing to pay.
    #[error("payment {0}: an amount of 0 cannot be sent")]
    Zero(usize),
    /// Not enough of an asset for all of its payments together.
    #[error("the wallet holds {available} of asset {asset} (smallest units) and {needed} is needed")]
    Insufficient {
        /// The asset.
        asset: AssetId,
        /// What can be spent now.
        available: u128,
        /// What all payments come to.
        needed: u128,
    },
    /// What an earlier transaction of the same plan made is not on the ledger: it was not submitted, or not read.
    #[error("the transaction before is not on the ledger yet; submit it, and read the ledger")]
    NotYet,
    /// As of a single payment.
    #[error(transparent)]
    Payment(#[from] PaymentError),
}

impl From<BuildError> for SendError {
    fn from(error: BuildError) -> Self {
        Self::Payment(error.into())
    }
}

impl From<EncryptionError> for SendError {
    fn from(error: EncryptionError) -> Self {
        BuildError::from(error).into()
    }
}

/// Payments that are made together, and the transactions that it takes.
#[derive(Debug)]
pub struct Sending {
    orders: Vec<PaymentOrder>,
    rounds: Vec<Vec<Transfer>>,
    next: usize,
    made: BTreeMap<usize, NoteCommitment>,
}

/// One transaction of a plan.
#[derive(Debug)]
pub struct Round {
    /// To be proved, signed and submitted; then the ledger is to be read.
    pub transaction: PreparedTransaction<Unproven>,
    /// Whether this is the last one, which pays. The others pay nobody but the wallet itself.
    pub pays: bool,
}

impl Sending {
    /// Plans payments from what a wallet holds now. Nothing is proved, reserved or submitted.
    ///
    /// # Errors
    /// [`SendError::Count`], [`SendError::Zero`]; [`SendError::Insufficient`] unless there is enough for all of them.
    pub fn plan(wallet: &Wallet, at: &Moment<'_>, orders: Vec<PaymentOrder>) -> Result<Self, SendError> {
        if orders.is_empty() || orders.len() > MAX_PAYMENTS {
            return Err(SendError::Count);
        }
        if let Some(zero) = orders.iter().position(|order| order.amount == NoteValue(0)) {
            return Err(SendError::Zero(zero + 1));
        }
        let assets: BTreeMap<[u8; 32], AssetId> =
            orders.iter().map(|order| (order.asset.to_bytes(), order.asset)).collect();
        let mut planner = plan::Planner::default();
        for asset in assets.into_values() {
            let payments = orders.iter().enumerate().filter(|(_, order)| order.asset == asset);
            let payments = payments.map(|(index, order)| (index, order.amount.0)).collect();
            let pool = at.state.pool(class_of(at.state, asset));
            let notes = wallet.unspent().filter(|note| {
                note.kind() == NoteKind::Plain
                    && note.pool() == pool.id()
                    && note.note().asset == asset
                    && !note.is_reserved(at.now)
                    && u64::from(note.position().0) < pool.tree().len()
            });
            let notes = notes.map(|note| (note.position(), note.note().value.0)).collect();
            planner.add(asset, notes, payments).map_err(|short| SendError::Insufficient {
                asset,
                available: short.available,
                needed: short.needed,
            })?;
        }
        Ok(Self { orders, rounds: planner.rounds(), next: 0, made: BTreeMap::new() })
    }

    /// The payments, in the order given.
    #[must_use]
    pub fn orders(&self) -> &[PaymentOrder] {
        &self.orders
    }

    /// How many transfers each transaction has; the last one pays.
    #[must_use]
    pub fn transfers(&self) -> Vec<usize> {
        self.rounds.iter().map(Vec::len).collect()
    }

    /// The next transaction; `None` after the last one. The notes that it spends are reserved while it may be accepted.
    ///
    /// # Errors
    /// [`SendError::NotYet`] unless the wallet has read what the transaction before made.
    pub fn next(
        &mut self,
        wallet: &mut Wallet,
        at: &Moment<'_>,
        policy: WindowPolicy,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Option<Round>, SendError> {
        let Some(round) = self.rounds.get(self.next).cloned() else { return Ok(None) };
        let mut builder = TransactionBuilder::new(at.state.id());
        let mut reserved = Vec::new();
        for transfer in &round {
            let setting = setting(at, transfer.asset, policy).map_err(PaymentError::from)?;
            let (transfer, made) = self.build(transfer, wallet, at, policy, rng)?;
            self.made.extend(made);
            reserved.push((setting, transfer.effects().nullifiers().to_vec()));
            builder.add(transfer);
        }
        let transaction = builder.build().map_err(PaymentError::from)?;
        for (setting, nullifiers) in reserved {
            wallet.reserve(setting.pool, &nullifiers, setting.window.end());
        }
        self.next += 1;
        Ok(Some(Round { transaction, pays: self.next == self.rounds.len() }))
    }

    /// One transfer, and the commitments of the notes that later ones spend.
    fn build(
        &self,
        transfer: &Transfer,
        wallet: &mut Wallet,
        at: &Moment<'_>,
        policy: WindowPolicy,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(UnprovenTransfer, Vec<(usize, NoteCommitment)>), SendError> {
        let asset = transfer.asset;
        let setting = setting(at, asset, policy).map_err(PaymentError::from)?;
        let pool = at.state.pool(class_of(at.state, asset));
        let inputs = transfer.inputs.iter().map(|coin| {
            let position = self.position(*coin, wallet).ok_or(SendError::NotYet)?;
            Ok(spendable(wallet, pool, position)?)
        });
        let inputs: Vec<SpendableNote> = inputs.collect::<Result<_, SendError>>()?;
        let change = wallet.next_internal();
        let own = wallet.key().incoming().address(change);
        let outputs = transfer.outputs.iter().map(|output| {
            let (to, value, memo) = match *output {
                Output::Own { value, .. } => (own, NoteValue(value), Memo::empty()),
                Output::Payment(index) => {
                    let order = self.orders.get(index).ok_or(SendError::Count)?;
                    (order.to, order.amount, order.memo.clone())
                }
            };
            let output = OutputNote::plain(to, asset, value, memo, &NoteSeed::random(rng))?;
            Ok(PlannedOutput { output, refund: None })
        });
        let outputs = outputs.collect::<Result<Vec<_>, SendError>>()?;
        let plan = TransferPlan {
            setting,
            mode: Mode::Internal,
            asset,
            inputs,
            path: SpendPath::Own,
            outputs,
            v: NoteValue(0),
            r: JubjubScalar::zero(),
        };
        let built = plan.build(wallet.key(), change, rng)?;
        let commitments = match &built.effects().statement {
            TransferStatement::Transfer { instance, .. } => instance.commitments,
            TransferStatement::Cast(_) => return Err(SendError::NotYet),
        };
        let made = transfer.outputs.iter().zip(commitments).filter_map(|(output, commitment)| match output {
            Output::Own { coin, .. } => Some((*coin, commitment)),
            Output::Payment(_) => None,
        });
        let made = made.collect();
        Ok((built, made))
    }

    /// Whether the notes that the rest of the plan counts on are there: nothing else was done with them.
    fn goes_on(&self, wallet: &Wallet, at: &Moment<'_>) -> bool {
        let left = self.rounds.get(self.next..).unwrap_or_default();
        !left.is_empty()
            && left.iter().flatten().all(|transfer| {
                let pool = at.state.pool(class_of(at.state, transfer.asset)).id();
                let is_there = |coin: &Coin| match coin {
                    // A later transaction of the plan makes it.
                    Coin::Made(made) if !self.made.contains_key(made) => true,
                    coin => self.position(*coin, wallet).is_some_and(|position| {
                        let note = wallet.note(pool, position);
                        note.is_some_and(|note| note.spent().is_none() && !note.is_reserved(at.now))
                    }),
                };
                transfer.inputs.iter().all(is_there)
            })
    }

    fn position(&self, coin: Coin, wallet: &Wallet) -> Option<Position> {
        match coin {
            Coin::Note(position) => Some(position),
            Coin::Made(made) => {
                let commitment = self.made.get(&made)?;
                wallet.unspent().find(|note| note.note().commitment() == *commitment).map(|note| note.position())
            }
        }
    }
}

/// The plan, for whoever cannot carry it out at once because others sign: planned anew from the notes of one of its transactions, the
/// payments might need other notes. Confidential. Encoding: orders (address, asset, amount, memo), transfers by transaction, the next
/// transaction, what was made.
impl BorshSerialize for Sending {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.orders.len().serialize(writer)?;
        for PaymentOrder { to, asset, amount, memo } in &self.orders {
            (to, asset, amount, memo.as_bytes()).serialize(writer)?;
        }
        (&self.rounds, self.next, &self.made).serialize(writer)
    }
}

impl BorshDeserialize for Sending {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let count = usize::deserialize_reader(reader)?;
        if count > MAX_PAYMENTS {
            return Err(io::Error::new(io::ErrorKind::InvalidData, SendError::Count.to_string()));
        }
        let mut orders = Vec::new();
        for _ in 0..count {
            let (to, asset, amount) = BorshDeserialize::deserialize_reader(reader)?;
            let memo = Memo::from_bytes(BorshDeserialize::deserialize_reader(reader)?);
            orders.push(PaymentOrder { to, asset, amount, memo });
        }
        let (rounds, next, made) = BorshDeserialize::deserialize_reader(reader)?;
        Ok(Self { orders, rounds, next, made })
    }
}

impl PublicFile for Sending {
    const KIND: &'static str = "payment plan";
}

impl Holder {
    /// Plans payments that are made together: all of them or none.
    ///
    /// # Errors
    /// As [`Sending::plan`].
    pub fn plan(&self, at: &Moment<'_>, orders: Vec<PaymentOrder>) -> Result<Sending, SendError> {
        Sending::plan(&self.wallet, at, orders)
    }

    /// Prepares the next transaction of a plan; `None` after the last one.
    ///
    /// # Errors
    /// As [`Sending::next`].
    pub fn prepare_next(
        &mut self,
        sending: &mut Sending,
        at: &Moment<'_>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Option<Round>, SendError> {
        sending.next(&mut self.wallet, at, WindowPolicy::default(), rng)
    }

    /// Prepares the next transaction on the way to payments that are made together, for whoever asks again after each one. What is
    /// under way goes on as it was planned: planned anew after each transaction, some payments would never be made. The plan is
    /// in memory only; without it, or if its notes were used for something else, it is planned from what is there.
    ///
    /// # Errors
    /// As [`Self::plan`] and [`Self::prepare_next`].
    pub fn prepare_together(
        &mut self,
        at: &Moment<'_>,
        orders: Vec<PaymentOrder>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Round, SendError> {
        let under_way = self.under_way.take().filter(|plan| plan.orders == orders && plan.goes_on(&self.wallet, at));
        let mut sending = match under_way {
            Some(plan) => plan,
            None => self.plan(at, orders)?,
        };
        let round = self.prepare_next(&mut sending, at, rng)?.ok_or(SendError::Count)?;
        if !round.pays {
            self.under_way = Some(sending);
        }
        Ok(round)
    }
}
