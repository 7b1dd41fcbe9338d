//! Keys of a household, a collector or a meter. A seed has as many as there are numbers, and those of different numbers cannot be
//! linked.

use std::fmt;

use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use ed25519_dalek::{Signer as _, SigningKey};
use tabella_energy_rules::{
    domain,
    reading::{Flow, Opening},
    terms::{MarketId, PartyKeys, party_message},
};
use tabella_protocol::{
    hash::blake2b_512,
    keys::Seed,
    ristretto::{CanonicalScalar, Element},
    secret::Secret,
    transaction::{SignatureBytes, TransactionDigest},
};
use zeroize::Zeroizing;

/// The keys of a party: one signs, one shares secrets, one has the keys of single bids derived from it. `Debug` prints nothing.
pub struct EnergyKeys {
    signer: SigningKey,
    reader: Secret<Scalar>,
    bids: Secret<[u8; 32]>,
}

/// The first half of a hash that is wiped.
pub(crate) fn half(personal: &[u8; 16], parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let bytes = Zeroizing::new(blake2b_512(personal, parts));
    let mut half = Zeroizing::new([0; 32]);
    half.copy_from_slice(&bytes[..32]);
    half
}

/// A scalar from all 64 bytes of a hash.
pub(crate) fn scalar(personal: &[u8; 16], parts: &[&[u8]]) -> Zeroizing<Scalar> {
    let bytes = Zeroizing::new(blake2b_512(personal, parts));
    Zeroizing::new(Scalar::from_bytes_mod_order_wide(&bytes))
}

impl EnergyKeys {
    /// The keys that a seed has under a number: with the log, 24 words give all meters and bids back.
    ///
    /// `BLAKE2b-512("Energy_Keys_____", seed || number (4 bytes) || label)`.
    #[must_use]
    pub fn of_seed(seed: &Seed, number: u32) -> Self {
        let number = number.to_le_bytes();
        let parts = |label| [seed.expose().as_slice(), number.as_slice(), label];
        Self {
            signer: SigningKey::from_bytes(&half(domain::KEYS, &parts(b"signer"))),
            reader: Secret::new(*scalar(domain::KEYS, &parts(b"reader"))),
            bids: Secret::new(*half(domain::KEYS, &parts(b"bids"))),
        }
    }

    /// The public key that signs.
    #[must_use]
    pub fn signer(&self) -> [u8; 32] {
        self.signer.verifying_key().to_bytes()
    }

    /// What others are told.
    #[must_use]
    pub fn public(&self) -> PartyKeys {
        let reader = Element::new(self.reader.expose() * RISTRETTO_BASEPOINT_TABLE);
        PartyKeys { signer: self.signer(), reader }
    }

    /// Signs for what a transaction does in this party's name.
    #[must_use]
    pub fn sign(&self, digest: TransactionDigest) -> SignatureBytes {
        self.sign_message(&party_message(digest))
    }

    pub(crate) fn sign_message(&self, message: &[u8; 32]) -> SignatureBytes {
        SignatureBytes(self.signer.sign(message).to_bytes())
    }

    /// What these keys share with a reader, and nobody else.
    #[must_use]
    pub fn share(&self, reader: &Element) -> Shared {
        Shared(Zeroizing::new(*Element::new(self.reader.expose() * reader.point()).as_bytes()))
    }

    pub(crate) const fn bids(&self) -> &Secret<[u8; 32]> {
        &self.bids
    }
}

impl fmt::Debug for EnergyKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("EnergyKeys(<secret>)")
    }
}

/// A secret of a meter and one other party: `k·K`. `Debug` prints nothing.
#[derive(Clone)]
pub struct Shared(Zeroizing<[u8; 32]>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared(<secret>)")
    }
}

/// Which register of which reading.
#[derive(Clone, Copy, Debug)]
pub struct Which {
    /// Of which market.
    pub market: MarketId,
    /// The meter's signer.
    pub meter: [u8; 32],
    /// Which interval.
    pub interval: u32,
    /// Which register.
    pub flow: Flow,
}

impl Shared {
    /// `BLAKE2b-512("Energy_Mask_____", k·K || market || meter || interval (4 bytes) || flow (1 byte) || label)`. The label is
    /// `value` or `blinding` of a collector's share, `household` of the blinding factor of the whole, and `pad` of what masks it.
    fn parts<'a>(&'a self, which: &'a (Which, [u8; 4], [u8; 1]), label: &'a [u8]) -> [&'a [u8]; 6] {
        let (Which { market, meter, .. }, interval, flow) = which;
        [self.0.as_slice(), &market.0, meter, interval, flow, label]
    }

    const fn whole(which: Which) -> (Which, [u8; 4], [u8; 1]) {
        (which, which.interval.to_le_bytes(), [which.flow.number()])
    }

    /// A collector's share of a register: uniform, and never used for another.
    #[must_use]
    pub fn opening(&self, which: Which) -> Opening {
        let which = Self::whole(which);
        let part = |label| CanonicalScalar(*scalar(domain::MASK, &self.parts(&which, label)));
        Opening { value: part(b"value"), blinding: part(b"blinding") }
    }

    /// s of a register, which meter and household share.
    #[must_use]
    pub fn blinding(&self, which: Which) -> Zeroizing<Scalar> {
        scalar(domain::MASK, &self.parts(&Self::whole(which), b"household"))
    }

    /// Masks the value of a register, or unmasks it.
    pub(crate) fn mask(&self, which: Which, value: [u8; 8]) -> [u8; 8] {
        let pad = half(domain::MASK, &self.parts(&Self::whole(which), b"pad"));
        let mut masked = value;
        masked.iter_mut().zip(pad.iter()).for_each(|(byte, pad)| *byte ^= pad);
        masked
    }
}
