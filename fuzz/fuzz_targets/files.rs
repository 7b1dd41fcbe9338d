//! Files that parties hand to one another: what is read, is written as the same bytes; opened ballots and receipts are checked
//! whole. Nothing panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tabella_election::authority::Draft;
use tabella_protocol::{
    ceremony::{Acknowledgement, CeremonyRecord, Commitment, Confirmation, Reveal, Shares},
    disclosure::PaymentDisclosure,
};
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
    match kind % 15 {
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
        // The first line, too, is of the input.
        _ => drop(files::decode::<ReceiptFile>(content)),
    }
});
