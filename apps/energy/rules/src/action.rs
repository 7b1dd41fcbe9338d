//! What an action says, and what shows that it may.

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    bridge::BridgeProof,
    note::NoteValue,
    range::RangeProofBytes,
    ristretto::CanonicalScalar,
    transaction::{Action, ApplicationId, SignatureBytes},
};

use crate::{
    bid::{BidTerms, SealedBid, Side},
    reading::{MeterRecord, Opening, Reading},
    terms::{MarketId, MarketTerms},
};

/// The application's name in actions.
pub const APPLICATION: ApplicationId = ApplicationId(*b"energy\0\0");
/// The application's name in URLs and commands.
pub const NAME: &str = "energy";

/// Which bid: its number is the order in which the ledger took the bids of an interval, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, BorshSerialize, BorshDeserialize)]
pub struct BidId {
    /// Of which market.
    pub market: MarketId,
    /// In the auction of which interval.
    pub interval: u32,
    /// Its number there.
    pub number: u32,
}

/// What somebody says an auction came to, if anything was traded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Traded {
    /// The price of a lot.
    pub price: u64,
    /// How many lots.
    pub lots: u64,
}

/// The body of an action of the application `energy`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum EnergyAction {
    /// A market is opened. Signed by its operator.
    Open(Box<MarketTerms>),
    /// A meter is registered, once on a ledger. Signed by a certifier, and by the device.
    Register {
        /// What it is.
        record: Box<MeterRecord>,
        /// Which of the market's certifiers has signed.
        certifier: u8,
    },
    /// The reading of an interval. Signed by the meter; its household proves that it is not above the meter's ceiling.
    Attest(Box<Reading>),
    /// Two readings of one interval: the meter was cloned, or is broken. It is stopped for good. Anybody shows them.
    Expose(Box<[Reading; 2]>),
    /// What was produced becomes a note. Signed by the household.
    Mint {
        /// The meter's signer.
        meter: [u8; 32],
        /// Which interval; each once.
        interval: u32,
        /// Index of the transfer, in mode entry, of exactly what was produced.
        transfer: u32,
    },
    /// A sealed bid, with what backs it. Whoever spends the notes makes it.
    Bid {
        /// The bid.
        bid: Box<SealedBid>,
        /// Index of the transfer, in mode exit, of what is locked.
        transfer: u32,
    },
    /// Opens a bid after the close. Whoever knows its opening does.
    Reveal {
        /// Which.
        bid: BidId,
        /// What it says.
        said: BidTerms,
        /// s of its lock.
        blinding: CanonicalScalar,
    },
    /// States what the auction came to. Anybody does, and everybody says the same.
    Clear {
        /// Of which market.
        market: MarketId,
        /// Of which interval.
        interval: u32,
        /// None if no buy met a sell.
        traded: Option<Traded>,
    },
    /// Takes what a revealed bid came to. Signed by the bidder.
    Take {
        /// Which.
        bid: BidId,
        /// Index of the transfer of the energy, in mode entry; none if there is none.
        energy: Option<u32>,
        /// Index of the transfer of the money, in mode entry; none if there is none.
        money: Option<u32>,
    },
    /// Takes back what backs a bid that was not revealed, less the penalty. Signed by the bidder.
    Reclaim {
        /// Which.
        bid: BidId,
        /// What was locked.
        amount: NoteValue,
        /// s of its lock.
        blinding: CanonicalScalar,
        /// Index of the transfer, in mode entry; none if nothing is left.
        transfer: Option<u32>,
    },
    /// A collector tells what its shares of an interval add up to. Signed by it.
    Subtotal {
        /// Of which market.
        market: MarketId,
        /// Of which interval.
        interval: u32,
        /// Which collector.
        collector: u8,
        /// The openings of the sums of its commitments: of what was produced, and of what was consumed.
        sums: [Opening; 2],
    },
    /// Takes penalties. Signed by the operator.
    Penalties {
        /// Of which market.
        market: MarketId,
        /// Of which side's bids: money of buys, energy of sells.
        side: Side,
        /// How much.
        amount: NoteValue,
        /// Index of the transfer, in mode entry.
        transfer: u32,
    },
    /// A meter is stopped: from an interval on it reads and mints nothing. Signed by whoever has certified it.
    Stop {
        /// The meter's signer.
        meter: [u8; 32],
        /// The first interval that it does not read.
        interval: u32,
    },
    /// A reading of a meter that was stopped, of an interval from which on it is, is taken out of the totals, before anybody has
    /// told a sum. Anybody does it.
    LeaveOut(Box<Reading>),
}

impl EnergyAction {
    /// The action as a transaction carries it.
    #[must_use]
    pub fn action(&self) -> Action {
        Action { application: APPLICATION, body: borsh::to_vec(self).expect("writing to memory") }
    }
}

/// The proof of an action: exactly what the action needs.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum EnergyProof {
    /// Nothing: of [`EnergyAction::Reveal`], [`EnergyAction::Clear`] and [`EnergyAction::LeaveOut`], whose body shows it.
    None,
    /// Of [`EnergyAction::Open`], [`EnergyAction::Take`], [`EnergyAction::Reclaim`], [`EnergyAction::Subtotal`],
    /// [`EnergyAction::Penalties`] and [`EnergyAction::Stop`]: the signature of
    /// [`party_message`](crate::terms::party_message).
    Signature(SignatureBytes),
    /// Of [`EnergyAction::Register`]: the certifier's and the device's of [`MeterRecord::message`]. Of [`EnergyAction::Expose`]: the
    /// meter's of each reading.
    Two([SignatureBytes; 2]),
    /// Of [`EnergyAction::Mint`]: from C to the reading, and the household's signature of
    /// [`party_message`](crate::terms::party_message).
    Mint(SignatureBytes, BridgeProof),
    /// Of [`EnergyAction::Bid`]: from C to the lock.
    Bridge(BridgeProof),
    /// Of [`EnergyAction::Attest`]: the meter's signature of [`Reading::message`], the household's of
    /// [`party_message`](crate::terms::party_message), and its range proof of [`MeterRecord::ceiling_statement`].
    Reading([SignatureBytes; 2], RangeProofBytes),
}
