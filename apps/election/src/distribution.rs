//! The authority distributes rights of hidden weight before the election opens. Spec § 6 (hidden weights).
//!
//! The pool begins with one note of the total. Each round splits every note that still stands for several voters in two
//! halves, so that n rights take n - 1 transfers in about log2(n) rounds; the transfers of one round are independent, and
//! are proved in parallel. What each note stands for is written in its memo, which only the authority reads: a
//! distribution that was interrupted goes on from the log.

mod audit;
mod due;

use ed25519_dalek::SigningKey;
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};
use tabella_protocol::{
    domain::personal,
    election::{MAX_TOTAL_WEIGHT, RegistrationId, Roll, RollError, Weights},
    hash::blake2b_256,
    jubjub::JubjubScalar,
    keys::{Account, Address, Diversifier, FullViewingKey, Seed, SpendingKey},
    note::{NoteValue, Timestamp},
    note_encryption::{Memo, MemoContent, NoteSeed, OutputNote},
    statement::{Mode, Window},
    transaction::{LoggedTransaction, Transaction},
    tree::Position,
};
use tabella_prover::{
    builder::{BuildError, PlannedOutput, PreparedTransaction, ProvingEngine, SpendPath, TransferPlan, Unproven},
    cores::each,
    wallet::{NoteKind, ReceivedNote, Wallet},
};
use tabella_verifier::election::ElectionPool;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::{
    log::wallet_entries,
    voter::{ProvingKeys, VoterError, authorize_with, setting, single, spendable},
};

pub use audit::{DistributionFault, audit_distribution};
pub use due::recipients_of;

/// A voter and the weight of the right that he is to hold. `Debug` prints nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Recipient {
    /// The address that the voter registered.
    pub address: Address,
    /// At least 1.
    pub weight: u64,
}

impl std::fmt::Debug for Recipient {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Recipient(<secret>)")
    }
}

/// Why a distribution cannot go on.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DistributionError {
    /// The recipients make no roll.
    #[error("the recipients make no roll: {0}")]
    Roll(#[from] RollError),
    /// A right of weight 0 has no meaning.
    #[error("recipient {0} has weight 0")]
    Weight(usize),
    /// The election's roll is another one.
    #[error("the election's roll is not that of these recipients")]
    OtherRoll,
    /// Somebody on the election's roll is not known.
    #[error(
        "voter {0} of the election's roll is none of these recipients: take the list of weights, and all registrations, with which the roll was fixed"
    )]
    Missing(usize),
    /// A voter was sent another weight than is due.
    #[error(
        "voter {0} of the election's roll was sent another weight than is due: these weights are not those with which the distribution began"
    )]
    OtherWeight(usize),
    /// What was distributed does not account for the whole weight.
    #[error("what was distributed is not what these weights ask for: {0}")]
    Fault(#[from] DistributionFault),
    /// The election has opened.
    #[error("rights are distributed before the election opens, and it opened at {0} (seconds since 1970)")]
    TooLate(u64),
    /// A transfer could not be made.
    #[error(transparent)]
    Transfer(#[from] VoterError),
}

/// The seed of the distributing address, from the key that the authority signs with: one key file to keep, and one passphrase.
/// Whoever is given the viewing key of the distributing address learns neither.
#[must_use]
pub fn distribution_seed(authority: &SigningKey, registration: RegistrationId) -> Seed {
    let key = Zeroizing::new(authority.to_bytes());
    Seed::new(blake2b_256(personal::DISTRIBUTION, &[key.as_slice(), &registration.0]))
}

/// Whose rights a note stands for: a range of the recipients.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Share {
    start: usize,
    end: usize,
}

/// The authority's distributing key, and what it is to distribute.
pub struct Distributor {
    key: SpendingKey,
    wallet: Wallet,
    recipients: Vec<Recipient>,
    roll: Roll,
}

impl std::fmt::Debug for Distributor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Distributor").field("recipients", &self.recipients.len()).finish_non_exhaustive()
    }
}

impl Distributor {
    /// The distributor of a seed, which should be the authority's for this purpose alone, for the election with a
    /// registration id.
    ///
    /// # Errors
    /// [`DistributionError::Weight`] names a recipient of weight 0; [`DistributionError::Roll`] a recipient who occurs
    /// twice or is the distributor, no recipients, or too great a total.
    pub fn new(
        seed: &Seed,
        registration: RegistrationId,
        recipients: Vec<Recipient>,
    ) -> Result<Self, DistributionError> {
        let key = seed.account(&Account::Election(registration.0));
        if let Some(index) = recipients.iter().position(|recipient| recipient.weight == 0) {
            return Err(DistributionError::Weight(index + 1));
        }
        let total = recipients.iter().map(|recipient| u128::from(recipient.weight)).sum::<u128>();
        let roll = Roll::Hidden {
            distributor: key.address(Diversifier::from_index(0)).owner(),
            total: u64::try_from(total).unwrap_or(MAX_TOTAL_WEIGHT + 1),
            voters: recipients.iter().map(|recipient| recipient.address.owner()).collect(),
        };
        roll.check(Weights::Hidden)?;
        let wallet = Wallet::new(key.full_viewing_key().clone());
        Ok(Self { key, wallet, recipients, roll })
    }

    /// The election's roll: it names the voters and the total, and no weight.
    #[must_use]
    pub const fn roll(&self) -> &Roll {
        &self.roll
    }

    /// The viewing key of the distributing address: whoever is given it can check the distribution ([`audit_distribution`]), and
    /// learns every weight.
    #[must_use]
    pub const fn viewing_key(&self) -> &FullViewingKey {
        self.key.full_viewing_key()
    }

    /// How many rounds there are in all.
    #[must_use]
    pub const fn rounds(&self) -> u32 {
        match self.recipients.len() {
            0 | 1 => 1,
            voters => usize::BITS - (voters - 1).leading_zeros(),
        }
    }

    /// How many transfers there are in all.
    #[must_use]
    pub fn transfers(&self) -> usize {
        Share { start: 0, end: self.recipients.len() }.transfers()
    }

    /// How many transfers are left to be made, as of the log that was read.
    #[must_use]
    pub fn transfers_left(&self, pool: &ElectionPool) -> usize {
        self.held(pool).map(|(_, share)| share.transfers()).sum()
    }

    /// Reads the whole log of the election.
    ///
    /// # Errors
    /// [`DistributionError::OtherRoll`] if the election has another roll; errors of the log.
    pub fn read(&mut self, pool: &ElectionPool, log: &[LoggedTransaction]) -> Result<(), DistributionError> {
        if pool.manifest().roll != self.roll.digest() {
            return Err(DistributionError::OtherRoll);
        }
        let mut wallet = Wallet::new(self.key.full_viewing_key().clone());
        let entries = wallet_entries(log).map_err(VoterError::from)?;
        wallet.apply(pool.pool(), &entries).map_err(VoterError::from)?;
        self.wallet = wallet;
        Ok(())
    }

    /// Weight that is not distributed yet, as of the log that was read.
    #[must_use]
    pub fn remaining(&self, pool: &ElectionPool) -> u64 {
        self.held(pool).map(|(note, _)| note.note().value.0).sum()
    }

    /// The transfers of the next round, each a transaction of its own; none when everything is distributed. When the
    /// ledger has accepted them, [`Self::read`] the log and ask again.
    ///
    /// # Errors
    /// [`DistributionError::TooLate`] once the election has opened.
    pub fn next_round(
        &mut self,
        pool: &ElectionPool,
        keys: ProvingKeys,
        now: Timestamp,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<PreparedTransaction<Unproven>>, DistributionError> {
        let opens = pool.manifest().opens;
        if now >= opens {
            return Err(DistributionError::TooLate(opens.seconds()));
        }
        // A transfer that is held back is void from the opening on.
        let window = Window::new(Timestamp::ZERO, opens).map_err(|_| DistributionError::TooLate(opens.seconds()))?;
        let held: Vec<(ReceivedNote, Share)> = self.held(pool).map(|(note, share)| (note.clone(), share)).collect();
        let mut round = Vec::with_capacity(held.len());
        for (note, share) in held {
            let asset = note.note().asset;
            let outputs = share
                .halves()
                .into_iter()
                .map(|half| self.output(pool, half, rng).map_err(VoterError::from))
                .collect::<Result<_, _>>()?;
            let plan = TransferPlan {
                setting: setting(pool, keys, window, now),
                mode: Mode::Internal,
                asset,
                inputs: vec![spendable(pool, note, now)?],
                path: SpendPath::Own,
                outputs,
                v: NoteValue(0),
                r: JubjubScalar::from(0_u8),
            };
            let own = self.wallet.next_internal();
            let transfer = plan.build(self.key.full_viewing_key(), own, rng).map_err(VoterError::from)?;
            round.push(single(pool, transfer)?);
        }
        Ok(round)
    }

    /// Proves and signs the transfers of a round, on all cores.
    ///
    /// # Errors
    /// [`DistributionError::Transfer`] when proving or signing fails.
    pub fn authorize<E: ProvingEngine>(
        &self,
        round: Vec<PreparedTransaction<Unproven>>,
        engine: &E,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<Vec<Transaction>, DistributionError> {
        let seeded: Vec<_> = round
            .into_iter()
            .map(|transaction| {
                let mut seed = Zeroizing::new([0; 32]);
                rng.fill_bytes(seed.as_mut_slice());
                (transaction, seed)
            })
            .collect();
        let authorized = each(seeded, |(transaction, seed)| {
            authorize_with(&self.key, transaction, engine, &mut ChaCha20Rng::from_seed(*seed))
        });
        Ok(authorized.into_iter().collect::<Result<_, _>>()?)
    }

    /// The notes that stand for voters, with the voters.
    fn held<'a>(&'a self, pool: &'a ElectionPool) -> impl Iterator<Item = (&'a ReceivedNote, Share)> {
        self.wallet.unspent().filter_map(move |note| {
            let ours = note.pool() == pool.pool() && note.note().asset == pool.asset();
            if !ours || note.kind() != NoteKind::Plain || pool.nullifier(note.nullifier()).is_some() {
                return None;
            }
            let share = match note.position() {
                Position(0) => Share { start: 0, end: self.recipients.len() },
                _ => Share::from_memo(note.memo())?,
            };
            // What somebody else sends here is not part of the distribution unless it could be.
            (self.weight(share)? == note.note().value.0).then_some((note, share))
        })
    }

    fn weight(&self, share: Share) -> Option<u64> {
        let recipients = self.recipients.get(share.start..share.end)?;
        recipients.iter().try_fold(0_u64, |sum, recipient| sum.checked_add(recipient.weight))
    }

    /// The note for a share: the voter's if it is one voter's, else the distributor's own.
    fn output(
        &mut self,
        pool: &ElectionPool,
        share: Share,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<PlannedOutput, BuildError> {
        let value = NoteValue(self.weight(share).ok_or(BuildError::Overflow)?);
        let (to, memo) = match self.recipients.get(share.start..share.end) {
            Some([recipient]) => (recipient.address, Memo::empty()),
            _ => (self.key.address(self.wallet.next_internal()), share.memo()),
        };
        let output = OutputNote::plain(to, pool.asset(), value, memo, &NoteSeed::random(rng))?;
        Ok(PlannedOutput { output, refund: None })
    }
}

impl Share {
    /// Two halves; the whole where it is one voter's.
    fn halves(self) -> Vec<Self> {
        let Self { start, end } = self;
        let middle = start + (end - start) / 2;
        if middle == start {
            return vec![self];
        }
        vec![Self { start, end: middle }, Self { start: middle, end }]
    }

    /// How many transfers take it to its voters: each but the last makes one note more.
    fn transfers(self) -> usize {
        (self.end - self.start).saturating_sub(1).max(1)
    }

    fn memo(self) -> Memo {
        Memo::from_text(&format!("{} {}", self.start, self.end)).expect("two numbers are shorter than a memo")
    }

    fn from_memo(memo: &Memo) -> Option<Self> {
        let MemoContent::Text(text) = memo.content() else { return None };
        let (start, end) = text.split_once(' ')?;
        let share = Self { start: start.parse().ok()?, end: end.parse().ok()? };
        (share.start < share.end).then_some(share)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_voter_is_reached_in_as_many_rounds_as_stated() {
        for voters in 1..70 {
            let mut shares = vec![Share { start: 0, end: voters }];
            let mut reached = Vec::new();
            let (mut rounds, mut transfers) = (0, 0);
            while !shares.is_empty() {
                rounds += 1;
                transfers += shares.len();
                let halves: Vec<_> = shares.iter().flat_map(|share| share.halves()).collect();
                let (done, rest) = halves.into_iter().partition(|half: &Share| half.end - half.start == 1);
                reached.extend::<Vec<Share>>(done);
                shares = rest;
            }
            reached.sort_by_key(|share| share.start);
            assert!(reached.iter().enumerate().all(|(index, share)| share.start == index));
            assert_eq!((reached.len(), transfers), (voters, (voters - 1).max(1)));
            let distributor = distributor(voters);
            assert_eq!((rounds, transfers), (distributor.rounds(), distributor.transfers()));
        }
    }

    fn distributor(voters: usize) -> Distributor {
        let registration = RegistrationId([3; 32]);
        let recipients = (0..voters)
            .map(|index| {
                let mut seed = [7; 32];
                seed[0] = u8::try_from(index).expect("few voters");
                let key = Seed::new(seed).account(&Account::Election(registration.0));
                Recipient { address: key.address(Diversifier::from_index(0)), weight: 5 }
            })
            .collect();
        Distributor::new(&Seed::new([9; 32]), registration, recipients).expect("a good roll")
    }

    #[test]
    fn memos_hold_shares_and_nothing_else_is_taken_for_one() {
        let share = Share { start: 3, end: 17 };
        assert_eq!(Share::from_memo(&share.memo()), Some(share));
        for text in ["", "3", "3 3", "17 3", "a b", "3 17 ", "-1 3"] {
            assert_eq!(Share::from_memo(&Memo::from_text(text).expect("short")), None, "{text:?}");
        }
    }

    #[test]
    fn recipients_without_weight_twice_or_who_are_the_distributor_are_refused() {
        let registration = RegistrationId([3; 32]);
        let of = |seed: u8, weight| Recipient {
            address: Seed::new([seed; 32])
                .account(&Account::Election(registration.0))
                .address(Diversifier::from_index(0)),
            weight,
        };
        let refused =
            |recipients| Distributor::new(&Seed::new([9; 32]), registration, recipients).expect_err("refused");
        assert!(matches!(refused(vec![of(1, 4), of(2, 0)]), DistributionError::Weight(2)));
        assert!(matches!(
            refused(vec![of(1, 4), of(1, 5)]),
            DistributionError::Roll(RollError::DuplicateOwner { first: 1, second: 2 })
        ));
        assert!(matches!(refused(vec![of(1, 4), of(9, 5)]), DistributionError::Roll(RollError::Distributor)));
        assert!(matches!(refused(vec![]), DistributionError::Roll(RollError::Empty)));
        let total = vec![of(1, u64::MAX), of(2, u64::MAX)];
        assert!(matches!(refused(total), DistributionError::Roll(RollError::Total)));
        assert!(matches!(refused(vec![of(1, MAX_TOTAL_WEIGHT + 1)]), DistributionError::Roll(RollError::Total)));
    }
}
