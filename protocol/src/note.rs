//! Notes, locks and nullifiers. Spec § 3.

use std::fmt;

use ark_bls12_381::Fr;
use ark_ff::Zero;
use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    domain::Use,
    field::field_newtype,
    hash::{bytes_to_field, poseidon_hash, poseidon_hash_each},
    keys::{NullifierKey, OwnerCommitment},
    tree::Position,
};

field_newtype! {
    /// Which asset a note is of; never 0.
    AssetId
}
field_newtype! {
    /// `cm = H(asset, value, lock, rcm)`: a leaf of a pool's tree.
    NoteCommitment
}
field_newtype! {
    /// `nf = H(nk', cm, pos)`: marks a note as spent, without telling which.
    Nullifier
}
field_newtype! {
    /// What a note's `lock` field holds: an owner commitment, or the hash of an escrow.
    LockCommitment
}
field_newtype! {
    /// `H(pk_claim, terms, guard)`: the public part of an escrow when it is revealed; never 0.
    ContractHash
}

/// `rcm`: what hides a note commitment.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct NoteCommitmentTrapdoor(Fr);

impl NoteCommitmentTrapdoor {
    /// Wraps a field element.
    #[must_use]
    pub const fn new(rcm: Fr) -> Self {
        Self(rcm)
    }

    /// The field element.
    #[must_use]
    pub const fn element(&self) -> Fr {
        self.0
    }
}

impl fmt::Debug for NoteCommitmentTrapdoor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoteCommitmentTrapdoor(<secret>)")
    }
}

/// An amount of an asset in its smallest unit: 0 to 2^64 - 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize)]
pub struct NoteValue(pub u64);

/// A point in time: seconds since 1970-01-01 UTC, below 2^40.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The first instant.
    pub const ZERO: Self = Self(0);
    /// The last instant: 2^40 - 1.
    pub const MAX: Self = Self((1 << 40) - 1);

    /// A time, if it is below 2^40.
    #[must_use]
    pub const fn new(seconds: u64) -> Option<Self> {
        if seconds < 1 << 40 { Some(Self(seconds)) } else { None }
    }

    /// The seconds.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.0
    }
}

impl BorshDeserialize for Timestamp {
    fn deserialize_reader<R: std::io::Read>(reader: &mut R) -> std::io::Result<Self> {
        Self::new(u64::deserialize_reader(reader)?)
            .ok_or_else(|| std::io::Error::new(std::io::ErrorKind::InvalidData, "time at or above 2^40"))
    }
}

/// The conditions of an escrow: `terms = claim_until + 2^40·refund_from + 2^80·flags`, flag 0 being `burn_only`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Terms {
    /// A claim's window ends no later than this.
    pub claim_until: Timestamp,
    /// A refund's window starts no earlier than this.
    pub refund_from: Timestamp,
    /// A claim may only consume the note (cast it as a vote), never move it.
    pub burn_only: bool,
}

impl Terms {
    /// The packed form that the contract hashes.
    #[must_use]
    pub fn element(&self) -> Fr {
        let low = u128::from(self.claim_until.seconds()) | u128::from(self.refund_from.seconds()) << 40;
        Fr::from(low | u128::from(self.burn_only) << 80)
    }
}

field_newtype! {
    /// Which application instance decides whether a guarded escrow may be claimed; 0 means no guard.
    Guard
}

impl Guard {
    /// No guard: the claim needs nobody's consent.
    #[must_use]
    pub fn none() -> Self {
        Self(Fr::zero())
    }

    /// The guard of an application instance: bytes-to-field of the application's name and the digest of all its parameters.
    /// `None` with negligible probability (when the hash is 0).
    #[must_use]
    pub fn of(application: &[u8], parameters_digest: &[u8; 32]) -> Option<Self> {
        bytes_to_field("guard", &[application, parameters_digest]).map(Self)
    }

    /// Whether there is no guard.
    #[must_use]
    pub fn is_none(&self) -> bool {
        self.0.is_zero()
    }
}

/// What an escrow's contract commits to. Public once a guarded claim or a tag reveals it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Contract {
    /// Owner commitment of the claimant; use a fresh diversifier per contract.
    pub claimant: OwnerCommitment,
    /// When it may be claimed and refunded.
    pub terms: Terms,
    /// Who else must agree.
    pub guard: Guard,
}

impl Contract {
    /// `H(pk_claim, terms, guard)`.
    #[must_use]
    pub fn hash(&self) -> ContractHash {
        ContractHash(poseidon_hash(Use::Contract, [self.claimant.0, self.terms.element(), self.guard.0]))
    }
}

/// The opening of an escrow lock. `Debug` prints nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Escrow {
    /// Who may claim, when, and under whose guard.
    pub contract: Contract,
    /// Owner commitment of the party that may take the note back.
    pub refund: OwnerCommitment,
    /// `nk_e`: picked by the maker and known to both parties, so that whoever spends first spends the one nullifier.
    pub nullifier_key: NullifierKey,
}

impl fmt::Debug for Escrow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Escrow(<secret>)")
    }
}

impl Escrow {
    /// `lock = H(contract, pk_refund, nk_e)`.
    #[must_use]
    pub fn lock_commitment(&self) -> LockCommitment {
        LockCommitment(poseidon_hash(
            Use::Escrow,
            [self.contract.hash().0, self.refund.0, self.nullifier_key.element()],
        ))
    }
}

/// What a note's lock is. `Debug` prints nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// The owner spends it.
    Plain(OwnerCommitment),
    /// A claimant or a refund party spends it.
    Escrow(Escrow),
}

impl fmt::Debug for Lock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lock(<secret>)")
    }
}

impl Lock {
    /// The field element that the note commitment hashes.
    #[must_use]
    pub fn commitment(&self) -> LockCommitment {
        match self {
            Self::Plain(owner) => LockCommitment(owner.0),
            Self::Escrow(escrow) => escrow.lock_commitment(),
        }
    }
}

/// A note, with everything that opens its commitment. `Debug` prints nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Note {
    /// The asset.
    pub asset: AssetId,
    /// The amount.
    pub value: NoteValue,
    /// Who may spend it.
    pub lock: Lock,
    /// The trapdoor.
    pub rcm: NoteCommitmentTrapdoor,
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Note(<secret>)")
    }
}

impl Note {
    /// `cm = H(asset, value, lock, rcm)`.
    #[must_use]
    pub fn commitment(&self) -> NoteCommitment {
        commit(self.asset, self.value, self.lock.commitment(), self.rcm)
    }

    /// The commitments of many notes, several at a time.
    #[must_use]
    pub fn commitments(notes: &[Self]) -> Vec<NoteCommitment> {
        let parts = |note: &Self| [note.asset.0, Fr::from(note.value.0), note.lock.commitment().0, note.rcm.0];
        let parts: Vec<_> = notes.iter().map(parts).collect();
        poseidon_hash_each(Use::Note, &parts).into_iter().map(NoteCommitment).collect()
    }
}

/// `cm` from its four parts. Spec § 3 (note commitment).
#[must_use]
pub fn commit(asset: AssetId, value: NoteValue, lock: LockCommitment, rcm: NoteCommitmentTrapdoor) -> NoteCommitment {
    NoteCommitment(poseidon_hash(Use::Note, [asset.0, Fr::from(value.0), lock.0, rcm.0]))
}

impl Nullifier {
    /// `nf = H(nk', cm, pos)`. Spec § 3 (nullifier).
    #[must_use]
    pub fn derive(nk: NullifierKey, cm: NoteCommitment, position: Position) -> Self {
        Self(poseidon_hash(Use::Nullifier, [nk.element(), cm.0, Fr::from(u64::from(position.0))]))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::{
        field,
        tree::{ARITY, DEPTH, MerklePath},
    };

    /// One bit of one byte is another.
    fn altered(element: Fr, byte: usize) -> Fr {
        let mut bytes = field::to_bytes(&element);
        bytes[byte] ^= 1;
        field::from_bytes(&bytes).expect("below the modulus")
    }

    fn opening() -> (AssetId, NoteValue, LockCommitment, NoteCommitmentTrapdoor) {
        let [asset, lock, rcm] = [2u64, 4, 6].map(Fr::from);
        (AssetId(asset), NoteValue(8), LockCommitment(lock), NoteCommitmentTrapdoor(rcm))
    }

    #[test]
    fn commitment_cut_to_fewer_bytes_is_refused() {
        fn refused<T: BorshDeserialize>(bytes: &[u8]) -> bool {
            T::try_from_slice(bytes).is_err()
        }
        let (asset, value, lock, rcm) = opening();
        let bytes = commit(asset, value, lock, rcm).to_bytes();
        assert!(!refused::<NoteCommitment>(&bytes));
        for length in 0..bytes.len() {
            let cut = &bytes[..length];
            assert!(refused::<NoteCommitment>(cut) && refused::<LockCommitment>(cut), "{length}");
            assert!(refused::<ContractHash>(cut) && refused::<Nullifier>(cut) && refused::<AssetId>(cut), "{length}");
        }
        assert!(refused::<NoteCommitment>(&[&bytes[..], &[0]].concat()));
    }

    #[test]
    fn commitments_to_values_that_agree_in_all_but_one_byte_differ() {
        let (asset, value, lock, rcm) = opening();
        let mut seen = HashSet::from([commit(asset, value, lock, rcm)]);
        for byte in 0..32 {
            let others = [
                commit(AssetId(altered(asset.0, byte)), value, lock, rcm),
                commit(asset, value, LockCommitment(altered(lock.0, byte)), rcm),
                commit(asset, value, lock, NoteCommitmentTrapdoor(altered(rcm.0, byte))),
            ];
            assert!(others.into_iter().all(|other| seen.insert(other)), "{byte}");
        }
        for byte in 0..8 {
            assert!(seen.insert(commit(asset, NoteValue(value.0 ^ (1 << (8 * byte))), lock, rcm)), "{byte}");
        }
    }

    // Nothing that hashes a commitment looks at a part of it only.
    #[test]
    fn commitments_that_agree_in_all_but_one_byte_have_other_roots_and_nullifiers() {
        let cm = NoteCommitment(Fr::from(10u64));
        let path = MerklePath::new(Position(0), [[Fr::zero(); ARITY]; DEPTH]);
        let nullifier = |cm| Nullifier::derive(NullifierKey::new(Fr::from(12u64)), cm, Position(0));
        let (mut roots, mut nullifiers) = (HashSet::from([path.root(cm)]), HashSet::from([nullifier(cm)]));
        for byte in 0..32 {
            let other = NoteCommitment(altered(cm.0, byte));
            assert!(roots.insert(path.root(other)) && nullifiers.insert(nullifier(other)), "{byte}");
        }
    }
}
