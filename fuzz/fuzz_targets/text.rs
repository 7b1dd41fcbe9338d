//! Every text format: nothing panics, and what is canonical prints as it was read.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tabella_protocol::keys::{Address, AddressKind, Seed};
use tabella_verifier::log::{Checkpoint, SignedCheckpoint};

fuzz_target!(|data: &[u8]| {
    if let Ok(note) = SignedCheckpoint::from_bytes(data) {
        assert_eq!(note.to_bytes(), data, "a second form was accepted");
    }
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(checkpoint) = text.parse::<Checkpoint>() {
        assert_eq!(checkpoint.to_string(), text, "a second form was accepted");
    }
    for kind in [AddressKind::Payment, AddressKind::Election] {
        if let Ok(address) = Address::decode(text, kind) {
            assert_eq!(Address::decode(&address.encode(kind), kind), Ok(address));
        }
    }
    let _ = Seed::from_words(text);
});
