//! What is hashed of a value.

/// The canonical bytes.
pub(crate) fn bytes(value: &impl borsh::BorshSerialize) -> Vec<u8> {
    borsh::to_vec(value).expect("writing to memory")
}
