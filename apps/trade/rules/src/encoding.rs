//! Bounded reading, and 32 bytes of a hash as a type.

use std::io;

use borsh::BorshDeserialize;

/// A list of at most `MAX` items: a short input reserves no space for what it merely announces.
pub(crate) fn read_list<const MAX: usize, T: BorshDeserialize, R: io::Read>(reader: &mut R) -> io::Result<Vec<T>> {
    let length = u32::deserialize_reader(reader)? as usize;
    if length > MAX {
        let text = format!("a list of {length} where at most {MAX} are allowed");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    let mut items = Vec::new();
    for _ in 0..length {
        items.push(T::deserialize_reader(reader)?);
    }
    Ok(items)
}

/// The canonical bytes.
pub(crate) fn bytes(value: &impl borsh::BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory")
}
