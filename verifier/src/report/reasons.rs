//! The reasons of refusals by keys, checkpoints, transactions, ceremonies and decryptions.

use tabella_protocol::reason::{Reason, ReasonCode as Code, Reasoned};

use crate::{
    ceremony::CeremonyError,
    decryption::{CombineError, DecryptionError, RehearsalError, TotalError},
    log::NoteError,
    transaction::{Miscount, StructureError},
};

impl Reasoned for NoteError {
    fn reason(&self) -> Reason {
        match self {
            Self::WrongOrigin { expected, found } => {
                Reason::from(Code::CheckpointOtherLog).text("expected", expected).text("found", found)
            }
            Self::NotSigned(name) => Reason::from(Code::CheckpointUnsigned).text("name", name),
            Self::FalseSignature(name) => Reason::from(Code::CheckpointSignature).text("name", name),
            malformed => Reason::from(Code::CheckpointMalformed).detail(malformed),
        }
    }
}

impl Reasoned for StructureError {
    fn reason(&self) -> Reason {
        let (code, transfer) = match self {
            Self::Version(found) => return Reason::from(Code::TransactionVersion).number("found", *found),
            Self::Ledger { expected, found } => {
                return Reason::from(Code::OtherLedger).text("expected", expected).text("found", found);
            }
            Self::Count(Miscount::Empty) => return Code::TransactionEmpty.into(),
            Self::Count(Miscount::TooMany) => return Code::TransactionLarge.into(),
            Self::Count(Miscount::Authorizations) => return Code::TransactionAuthorizations.into(),
            Self::Length(bytes) => return Reason::from(Code::TransactionLength).number("bytes", *bytes),
            Self::VerifyingKey { transfer, shape, key } => {
                let reason = Reason::from(Code::TransferKey).text("key", key).text("shape", shape.name());
                return reason.number("transfer", *transfer);
            }
            Self::SmallOrderKey(transfer) => (Code::TransferSmallOrder, transfer),
            Self::ZeroWeight(transfer) => (Code::TransferZeroWeight, transfer),
            Self::Contract(transfer) => (Code::TransferContract, transfer),
            Self::TagWithoutContract(transfer) => (Code::TransferTag, transfer),
            Self::Ciphertexts(transfer) => (Code::TransferCiphertexts, transfer),
            Self::RepeatedNullifier(transfer) => (Code::TransferNullifierTwice, transfer),
        };
        Reason::from(code).number("transfer", *transfer)
    }
}

impl Reasoned for CeremonyError {
    fn reason(&self) -> Reason {
        match self {
            Self::Message(error) => error.reason(),
            Self::PackageChanged(culprit) => Reason::from(Code::CeremonyPackageChanged).culprit(culprit),
            Self::Degree { trustee, found, threshold } => Reason::from(Code::CeremonyDegree)
                .culprit(trustee)
                .number("found", *found)
                .number("threshold", *threshold),
            Self::ProofOfKnowledge(culprit) => Reason::from(Code::CeremonyProofOfKnowledge).culprit(culprit),
            Self::Confirmation(culprit) => Reason::from(Code::CeremonyConfirmation).culprit(culprit),
            Self::Acknowledgement(culprit) => Reason::from(Code::CeremonyAcknowledgement).culprit(culprit),
            Self::IdentityKey(error) => error.reason(),
        }
    }
}

impl Reasoned for RehearsalError {
    fn reason(&self) -> Reason {
        match self {
            Self::Missing(culprits) => {
                let names: Vec<&str> = culprits.iter().map(|culprit| culprit.name.as_str()).collect();
                Reason::from(Code::CanaryMissing).text("names", names.join(", "))
            }
            Self::Proof(error) => error.reason(),
        }
    }
}

impl Reasoned for DecryptionError {
    fn reason(&self) -> Reason {
        match self {
            Self::Key => Code::DecryptionKey.into(),
            Self::UnknownTrustee(index) => Reason::from(Code::DecryptionUnknownTrustee).number("trustee", index.get()),
            Self::Duplicate(culprit) => Reason::from(Code::DecryptionTwice).culprit(culprit),
            Self::Count { trustee, found, expected } => Reason::from(Code::DecryptionCount)
                .culprit(trustee)
                .number("found", *found)
                .number("expected", *expected),
            Self::Proof(culprit) => Reason::from(Code::DecryptionProof).culprit(culprit),
        }
    }
}

impl Reasoned for CombineError {
    fn reason(&self) -> Reason {
        match self {
            Self::TooFew { found, threshold } => {
                Reason::from(Code::DecryptionTooFew).number("found", *found).number("threshold", *threshold)
            }
            Self::Duplicate(culprit) => Reason::from(Code::DecryptionTwice).culprit(culprit),
            Self::Mismatch(culprit) => Reason::from(Code::DecryptionMismatch).culprit(culprit),
        }
    }
}

impl Reasoned for TotalError {
    fn reason(&self) -> Reason {
        match self {
            Self::Count { found, expected } => {
                Reason::from(Code::TotalsCount).number("found", *found).number("expected", *expected)
            }
            Self::Wrong { index } => Reason::from(Code::TotalWrong).number("index", *index),
        }
    }
}
