//! The device: it signs one hidden reading for each interval, in order.

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use ed25519_dalek::{Signer as _, SigningKey};
use tabella_energy_rules::{
    reading::{Flow, MeterRecord, Opening, Reading, Register},
    terms::MarketTerms,
};
use tabella_protocol::{
    keys::Seed,
    ristretto::{CanonicalScalar, Element},
    transaction::SignatureBytes,
};
use tabella_prover::keyfile::KeyFileContent;
use tabella_verifier::{application::signed_by, files::PublicFile};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::keys::{EnergyKeys, Shared, Which};

/// What a device asks a certifier for. A public file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MeterRequest {
    /// What it is to be.
    pub record: MeterRecord,
    /// The device's signature of [`MeterRecord::message`].
    pub agreed: SignatureBytes,
}

impl PublicFile for MeterRequest {
    const KIND: &'static str = "energy meter request";
}

/// A meter under a certifier's signature. A public file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct MeterCertificate {
    /// What the device has agreed to.
    pub request: MeterRequest,
    /// Which of the market's certifiers has signed.
    pub certifier: u8,
    /// Its signature of [`MeterRecord::message`].
    pub certified: SignatureBytes,
}

impl PublicFile for MeterCertificate {
    const KIND: &'static str = "energy meter certificate";
}

/// A reading under its meter's signature. A public file: it shows nobody what was read but household and collectors.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SignedReading {
    /// The reading.
    pub reading: Reading,
    /// The meter's signature of [`Reading::message`].
    pub signature: SignatureBytes,
}

impl PublicFile for SignedReading {
    const KIND: &'static str = "energy reading";
}

/// Why a device or a certifier does not sign.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum MeterError {
    /// It has signed for this interval, or for a later one.
    #[error("the meter has signed for interval {} already, and signs each once and in order: its next is {next}", next.saturating_sub(1))]
    Signed {
        /// The next interval that it signs for.
        next: u32,
    },
    /// More than a connection carries.
    #[error(
        "{found} Wh in interval {interval}, and the meter is certified for {ceiling} Wh at most: it signs no such reading"
    )]
    Ceiling {
        /// The interval.
        interval: u32,
        /// What was read.
        found: u64,
        /// What it is certified for.
        ceiling: u64,
    },
    /// The device did not ask for this.
    #[error(
        "the request is not signed by its meter: ask the household for the file that `tabella energy new-meter` wrote"
    )]
    Request,
    /// Another key.
    #[error("this key is no certifier of the market")]
    Certifier,
    /// Of another market.
    #[error("the request is for another market")]
    Market,
}

impl MeterRequest {
    /// Whether the device asks for this.
    #[must_use]
    pub fn is_signed(&self) -> bool {
        signed_by(&self.record.meter.signer, &self.record.message(), &self.agreed.0)
    }

    /// Certifies the device, with a key of the market's.
    ///
    /// # Errors
    /// [`MeterError`].
    pub fn certify(&self, key: &SigningKey, terms: &MarketTerms) -> Result<MeterCertificate, MeterError> {
        let own = key.verifying_key().to_bytes();
        let certifier = terms.certifiers.iter().position(|certifier| *certifier == own);
        let certifier = certifier.and_then(|index| u8::try_from(index).ok()).ok_or(MeterError::Certifier)?;
        if !self.is_signed() {
            return Err(MeterError::Request);
        }
        let certified = SignatureBytes(key.sign(&self.record.message()).to_bytes());
        Ok(MeterCertificate { request: *self, certifier, certified })
    }
}

/// What a device is made with. Its key file holds this, and nothing changes in it.
pub struct MeterKey {
    seed: Seed,
    record: MeterRecord,
    collectors: Vec<Element>,
}

impl fmt::Debug for MeterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeterKey").field("record", &self.record).finish_non_exhaustive()
    }
}

/// Seed (32 bytes), record, collectors.
impl BorshSerialize for MeterKey {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        writer.write_all(self.seed.expose())?;
        (&self.record, &self.collectors).serialize(writer)
    }
}

impl BorshDeserialize for MeterKey {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let mut seed = Zeroizing::new([0; 32]);
        reader.read_exact(seed.as_mut())?;
        let (record, collectors) = BorshDeserialize::deserialize_reader(reader)?;
        Ok(Self { seed: Seed::new(*seed), record, collectors })
    }
}

impl KeyFileContent for MeterKey {
    const KIND: &'static str = "energy meter";
}

impl MeterKey {
    /// A device for a market and a household, from an interval on, for so many Wh of each at most. Its record names the keys of the
    /// seed.
    #[must_use]
    pub fn new(
        seed: Seed,
        terms: &MarketTerms,
        (market, household): (tabella_energy_rules::MarketId, tabella_energy_rules::PartyKeys),
        (first, ceiling): (u32, u64),
    ) -> Self {
        let meter = EnergyKeys::of_seed(&seed, 0).public();
        let record = MeterRecord { market, meter, household, first, ceiling };
        Self { seed, record, collectors: terms.collectors.iter().map(|keys| keys.reader).collect() }
    }

    /// What the device is.
    #[must_use]
    pub const fn record(&self) -> &MeterRecord {
        &self.record
    }

    /// What a certifier is asked for.
    #[must_use]
    pub fn request(&self) -> MeterRequest {
        let agreed = EnergyKeys::of_seed(&self.seed, 0).sign_message(&self.record.message());
        MeterRequest { record: self.record, agreed }
    }
}

/// A device that runs. It shares a secret with its household and one with each collector, computed once.
pub struct MeterDevice {
    keys: EnergyKeys,
    record: MeterRecord,
    household: Shared,
    collectors: Vec<Shared>,
    next: u32,
}

impl fmt::Debug for MeterDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeterDevice").field("record", &self.record).field("next", &self.next).finish_non_exhaustive()
    }
}

impl MeterDevice {
    /// Starts a device, which signs from `next` on, and never before its first interval.
    #[must_use]
    pub fn start(key: &MeterKey, next: u32) -> Self {
        let keys = EnergyKeys::of_seed(&key.seed, 0);
        let household = keys.share(&key.record.household.reader);
        let collectors = key.collectors.iter().map(|reader| keys.share(reader)).collect();
        Self { keys, record: key.record, household, collectors, next: next.max(key.record.first) }
    }

    /// The next interval that it signs for. Whoever runs the device keeps this before a reading leaves it.
    #[must_use]
    pub const fn next(&self) -> u32 {
        self.next
    }

    /// Signs what was produced and what was consumed in an interval, in Wh.
    ///
    /// # Errors
    /// [`MeterError::Signed`] for an interval that is not after the last, [`MeterError::Ceiling`] for more than it is certified for.
    pub fn sign(&mut self, interval: u32, [produced, consumed]: [u64; 2]) -> Result<SignedReading, MeterError> {
        let next = interval.checked_add(1).filter(|_| interval >= self.next);
        let (found, ceiling) = (produced.max(consumed), self.record.ceiling);
        if found > ceiling {
            return Err(MeterError::Ceiling { interval, found, ceiling });
        }
        self.next = next.ok_or(MeterError::Signed { next: self.next })?;
        let (market, meter) = (self.record.market, self.record.meter.signer);
        let which = |flow| Which { market, meter, interval, flow };
        let reading = Reading {
            market,
            meter,
            interval,
            produced: self.register(which(Flow::Produced), produced),
            consumed: self.register(which(Flow::Consumed), consumed),
        };
        let signature = self.keys.sign_message(&reading.message());
        Ok(SignedReading { reading, signature })
    }

    fn register(&self, which: Which, value: u64) -> Register {
        let openings: Vec<Opening> = self.collectors.iter().map(|shared| shared.opening(which)).collect();
        let (w, s) = (value.into(), self.household.blinding(which));
        let rest = openings.iter().fold((w, *s), |(w, s), share| (w - share.value.0, s - share.blinding.0));
        Register {
            shares: openings.iter().map(|share| share.point().into()).collect(),
            rest: Opening { value: CanonicalScalar(rest.0), blinding: CanonicalScalar(rest.1) },
            masked: self.household.mask(which, value.to_le_bytes()),
        }
    }
}
