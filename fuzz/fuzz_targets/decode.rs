//! Every binary wire format: whatever decodes, encodes to the same bytes again, and nothing panics. A lock reads entries as the
//! ledger does.

#![no_main]

use borsh::{BorshDeserialize, BorshSerialize};
use libfuzzer_sys::fuzz_target;
use tabella_access_lock::entry::{Entry, MAX_ENTRY_BYTES};
use tabella_protocol::{
    account::{AccountAction, AccountProof},
    asset::Issue,
    ballot::{AuditOpening, BallotBody, BallotProof},
    board::{self, BoardMessage, BoardOpening, Invitations, Registration, RegistrationsQuery, Trustees},
    bridge::BridgeProof,
    ceremony::{
        Acknowledgement, CeremonyRecord, CeremonySetup, Commitment, Confirmation, Reveal, Shares, Signed, TrusteeCard,
    },
    decryption::{CanaryProof, PartialDecryption},
    domain::FORMAT_VERSION,
    election::{CastProof, ElectionAction, ElectionManifest, ElectionRecord, Roll},
    guard::ReleaseParameters,
    jubjub::JubjubPoint,
    keys::{Address, FullViewingKey, IncomingViewingKey},
    note_encryption::NoteCiphertext,
    range::RangeProofBytes,
    statement::Shape,
    transaction::{LoggedTransaction, Transaction},
};
use tabella_prover::builder::{SigningRequest, SigningResponse};
use tabella_verifier::{
    groth16::{VerifyingKey, VerifyingKeyFile},
    log::{ConsistencyProof, InclusionProof},
};

fn canonical<T: BorshSerialize + BorshDeserialize>(bytes: &[u8]) {
    if let Ok(value) = borsh::from_slice::<T>(bytes) {
        assert_eq!(borsh::to_vec(&value).expect("writing to memory"), bytes, "a second encoding was accepted");
    }
}

/// What a lock reads of an entry is what the ledger has in it. What the ledger refuses, no lock is shown.
fn entry(bytes: &[u8]) {
    let read = Entry::from_bytes(bytes);
    let Ok(LoggedTransaction { time, transaction }) = borsh::from_slice::<LoggedTransaction>(bytes) else { return };
    let effects = transaction.effects;
    match read {
        Some(read) => assert_eq!((read.time, read.ledger), (time.seconds(), effects.ledger.0)),
        None => {
            let uses_nothing = effects.actions.iter().all(|action| &action.application.0 != b"access\0\0");
            let is_short = bytes.len() <= MAX_ENTRY_BYTES;
            assert!(!(is_short && uses_nothing && effects.version == FORMAT_VERSION), "the lock cannot read an entry");
        }
    }
}

fn registration(bytes: &[u8]) {
    canonical::<Registration>(bytes);
    if let Ok(registration) = borsh::from_slice::<Registration>(bytes) {
        let _ = registration.read();
    }
}

fn record(bytes: &[u8]) {
    if let Ok(record) = ElectionRecord::decode(bytes) {
        assert_eq!(record.encode(), bytes, "a second encoding was accepted");
    }
}

/// Verifying and viewing keys.
fn keys(bytes: &[u8]) {
    for shape in Shape::ALL {
        if let Ok(key) = VerifyingKey::from_bytes(shape, bytes) {
            assert_eq!(key.as_bytes(), bytes, "a second encoding was accepted");
        }
    }
    if let Ok(file) = VerifyingKeyFile::from_bytes(bytes) {
        assert_eq!(file.to_bytes(), bytes, "a second encoding was accepted");
    }
    if let Some(key) = bytes.try_into().ok().and_then(FullViewingKey::from_bytes) {
        assert_eq!(key.to_bytes().as_slice(), bytes, "a second encoding was accepted");
    }
    if let Some(key) = bytes.try_into().ok().and_then(IncomingViewingKey::from_bytes) {
        assert_eq!(key.to_bytes().as_slice(), bytes, "a second encoding was accepted");
    }
}

fuzz_target!(|data: &[u8]| {
    let Some((format, bytes)) = data.split_first() else { return };
    match format % 41 {
        0 => canonical::<Transaction>(bytes),
        1 => canonical::<LoggedTransaction>(bytes),
        2 => canonical::<ElectionAction>(bytes),
        3 => canonical::<ElectionManifest>(bytes),
        4 => canonical::<Roll>(bytes),
        5 => canonical::<BallotBody>(bytes),
        6 => canonical::<BallotProof>(bytes),
        7 => canonical::<BridgeProof>(bytes),
        8 => canonical::<AuditOpening>(bytes),
        9 => canonical::<CeremonyRecord>(bytes),
        10 => canonical::<CeremonySetup>(bytes),
        11 => canonical::<TrusteeCard>(bytes),
        12 => canonical::<Signed<Commitment>>(bytes),
        13 => canonical::<Signed<Reveal>>(bytes),
        14 => canonical::<Signed<Confirmation>>(bytes),
        15 => canonical::<Signed<Shares>>(bytes),
        16 => canonical::<Signed<Acknowledgement>>(bytes),
        17 => canonical::<PartialDecryption>(bytes),
        18 => canonical::<CanaryProof>(bytes),
        19 => canonical::<NoteCiphertext>(bytes),
        20 => canonical::<JubjubPoint>(bytes),
        21 => canonical::<Address>(bytes),
        22 => canonical::<Issue>(bytes),
        23 => canonical::<InclusionProof>(bytes),
        24 => canonical::<ConsistencyProof>(bytes),
        25 => canonical::<SigningRequest>(bytes),
        26 => canonical::<SigningResponse>(bytes),
        27 => canonical::<board::Signed<BoardOpening>>(bytes),
        28 => canonical::<board::Signed<BoardMessage>>(bytes),
        29 => canonical::<board::Signed<RegistrationsQuery>>(bytes),
        30 => canonical::<Trustees>(bytes),
        31 => canonical::<Invitations>(bytes),
        32 => registration(bytes),
        33 => canonical::<CastProof>(bytes),
        34 => canonical::<AccountAction>(bytes),
        35 => canonical::<AccountProof>(bytes),
        36 => canonical::<ReleaseParameters>(bytes),
        37 => canonical::<RangeProofBytes>(bytes),
        38 => entry(bytes),
        39 => record(bytes),
        _ => keys(bytes),
    }
});
