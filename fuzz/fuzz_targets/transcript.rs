//! Transcripts of a setup ceremony: whatever decodes, encodes to the same bytes again, and nothing panics.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tabella_verifier::setup::Transcript;

/// A transcript without contributions, of the smallest circuits, to which the input's bytes are added: few inputs would
/// come upon the header by chance.
fn with_head(data: &[u8]) -> Vec<u8> {
    let mut bytes = b"TabellaS\x01\x01x".to_vec();
    for (shape, instance) in [(0, 15u32), (1, 11)] {
        bytes.push(shape);
        bytes.extend([7; 32]);
        for number in [instance, 1, 1] {
            bytes.extend(number.to_le_bytes());
        }
    }
    bytes.extend(data);
    bytes
}

fuzz_target!(|data: &[u8]| {
    for bytes in [data, &with_head(data)] {
        if let Ok(transcript) = Transcript::from_bytes(bytes) {
            assert_eq!(transcript.to_bytes(), bytes, "a second encoding was accepted");
        }
    }
});
