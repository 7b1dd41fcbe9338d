//! Files that parties hand to one another: what is read, is written as the same bytes; opened ballots and receipts are checked
//! whole. Nothing panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tabella_election::authority::Draft;
use tabella_energy::{MeterCertificate, MeterRequest, SignedReading};
use tabella_market_rules::statement::IncomeStatement;
use tabella_notary_rules::Challenge;
use tabella_payments::many::Sending;
use tabella_protocol::{
    ceremony::{Acknowledgement, CeremonyRecord, Commitment, Confirmation, Reveal, Shares},
    disclosure::PaymentDisclosure,
};
use tabella_provenance_rules::presentation::Presentation;
use tabella_prover::custody::{
    CustodyAccount,
    message::{self, Messages},
};
use tabella_remittance::{Answer, Notice, Order, Payee, SignedQuote};
use tabella_verifier::files::{
    self, AuditFile, CanaryFile, ManifestFile, PartialFile, PublicFile, ReceiptFile, RoundFile, ViewingKeyFile,
};

fn read<T: PublicFile>(content: &[u8]) -> Option<T> {
    let bytes = [files::header(T::KIND).as_bytes(), content].concat();
    let file: T = files::decode(&bytes).ok()?;
    assert_eq!(files::encode(&file), bytes, "a second encoding was accepted");
    Some(file)
}

fuzz_target!(|data: &[u8]| {
    let Some((kind, content)) = data.split_first() else { return };
    match kind % 36 {
        0 => drop(read::<Draft>(content)),
        1 => drop(read::<RoundFile<Commitment>>(content)),
        2 => drop(read::<RoundFile<Reveal>>(content)),
        3 => drop(read::<RoundFile<Confirmation>>(content)),
        4 => drop(read::<RoundFile<Shares>>(content)),
        5 => drop(read::<RoundFile<Acknowledgement>>(content)),
        6 => drop(read::<CeremonyRecord>(content)),
        7 => drop(read::<ManifestFile>(content)),
        8 => drop(read::<CanaryFile>(content)),
        9 => drop(read::<PartialFile>(content)),
        10 => drop(read::<ViewingKeyFile>(content)),
        11 => {
            if let Some(file) = read::<AuditFile>(content) {
                let _ = file.check();
            }
        }
        12 => {
            if let Some(file) = read::<ReceiptFile>(content) {
                let _ = file.check();
            }
        }
        13 => drop(read::<PaymentDisclosure>(content)),
        14 => drop(read::<Messages<message::Opening>>(content)),
        15 => drop(read::<Messages<message::Sharing>>(content)),
        16 => drop(read::<Messages<message::Agreement>>(content)),
        17 => drop(read::<Messages<message::Nonces>>(content)),
        18 => drop(read::<Messages<message::SignatureShares>>(content)),
        19 => drop(read::<message::Proposal>(content)),
        20 => drop(read::<message::Draft>(content)),
        21 => {
            if let Some(package) = read::<message::Package>(content) {
                let _ = package.hash();
            }
        }
        22 => drop(read::<CustodyAccount>(content)),
        23 => drop(read::<Sending>(content)),
        24 => drop(read::<MeterRequest>(content)),
        25 => drop(read::<MeterCertificate>(content)),
        26 => drop(read::<SignedReading>(content)),
        27 => drop(read::<SignedQuote>(content)),
        28 => drop(read::<Payee>(content)),
        29 => drop(read::<Order>(content)),
        30 => drop(read::<Answer>(content)),
        31 => drop(read::<Notice>(content)),
        32 => drop(read::<Challenge>(content)),
        33 => drop(read::<Presentation>(content)),
        34 => drop(read::<IncomeStatement>(content)),
        // The first line, too, is of the input.
        _ => drop(files::decode::<ReceiptFile>(content)),
    }
});
