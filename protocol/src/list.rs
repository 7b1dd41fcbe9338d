//! Lists whose length is not believed before it is there.

use std::io;

use borsh::BorshDeserialize;

/// Reads a borsh list of at most `MAX` items.
///
/// # Errors
/// If it is longer, which is refused before anything is allocated; or an item does not decode.
pub fn read_list<const MAX: usize, T: BorshDeserialize, R: io::Read>(reader: &mut R) -> io::Result<Vec<T>> {
    let length = u32::deserialize_reader(reader)? as usize;
    if length > MAX {
        let text = format!("a list of {length} where at most {MAX} are allowed");
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    // The capacity is left to grow: a short input must not reserve space for what it merely announces.
    let mut items = Vec::new();
    for _ in 0..length {
        items.push(T::deserialize_reader(reader)?);
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::read_list;

    #[test]
    fn list_is_as_long_as_announced_and_at_most_max() {
        let read = |items: &[u8]| read_list::<3, u8, _>(&mut borsh::to_vec(items).unwrap().as_slice());
        assert_eq!(read(&[1, 2, 3]).unwrap(), [1, 2, 3]);
        assert!(read(&[1, 2, 3, 4]).is_err(), "one too many");
        assert!(read_list::<3, u8, _>(&mut 3u32.to_le_bytes().as_slice()).is_err(), "announced, and not there");
    }
}
