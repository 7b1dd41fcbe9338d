//! Bytes of the file, whatever they mean. `make test-exhaustive` alters each of them, which takes hours.

use super::*;

#[test]
fn record_with_any_byte_altered_is_never_valid() {
    let bytes = fixture().record.encode();
    let positions: Vec<usize> = (0..bytes.len()).step_by(if exhaustive() { 1 } else { 97 }).collect();
    each(positions, |position| {
        let mut altered = bytes.clone();
        altered[position] ^= 1 << (position % 8);
        assert!(!verify(&altered, keys()).valid, "byte {position}");
    });
}

#[test]
fn record_cut_off_or_prolonged_is_refused_as_damaged() {
    let bytes = fixture().record.encode();
    let only = |bytes: &[u8]| verify(bytes, keys()).failures().map(|check| check.id).collect::<Vec<_>>();
    let lengths: Vec<usize> =
        (0..bytes.len()).step_by(if exhaustive() { 1 } else { 53 }).chain([bytes.len() - 1]).collect();
    each(lengths, |length| assert_eq!(only(&bytes[..length]), [RecordEncoding], "{length} bytes"));
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(only(&longer), [RecordEncoding]);
}

// A length of four gigabytes in front of nothing: read without asking for the memory.
#[test]
fn record_of_absurd_lengths_is_refused_at_once() {
    let honest = fixture().record.encode();
    for position in 16..honest.len().min(64) {
        let mut bytes = honest[..position].to_vec();
        bytes.extend([0xff; 12]);
        let report = verify(&bytes, keys());
        assert_eq!(report.first_failure().map(|check| check.id), Some(RecordEncoding));
    }
}
