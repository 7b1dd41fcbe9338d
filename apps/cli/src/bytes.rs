//! 32 bytes on the command line: an id, a key, a digest.

use tabella_protocol::note::AssetId;

/// What 64 hexadecimal digits stand for; `None` if it is something else.
#[must_use]
pub fn bytes32(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    hex::decode_to_slice(text.trim(), &mut bytes).ok()?;
    Some(bytes)
}

/// An asset by its id; `None` if it is none.
#[must_use]
pub fn asset_id(text: &str) -> Option<AssetId> {
    AssetId::from_bytes(&bytes32(text)?)
}
