//! Note ciphertexts: how an output note reaches its owner, and its maker again. Spec § 4.
//!
//! An ephemeral Diffie-Hellman on Ristretto with the transmission key, BLAKE2b as the key derivation, ChaCha20-Poly1305.
//! Every ciphertext has the same length, whether its note is plain, an escrow or a tagged escrow. Nothing here proves or
//! decides: a ledger carries ciphertexts as bytes, and only a wallet opens them.
//!
//! | part | key | plaintext |
//! | --- | --- | --- |
//! | `enc` | `BLAKE2b-256("Tabella_Note_KDF", esk·tk, epk, cm)` | version, d, asset, value, rseed, opening, memo |
//! | `out` | `BLAKE2b-256("Tabella_Out_KDF_", ovk, cm, epk)` | tk, pk, esk, the maker's own d of a refund |
//!
//! All inputs of these hashes are 32 bytes. The nonce is zero: `rcm` derives from `rseed` and every field that the
//! commitment hashes, `esk` from the whole plaintext, the commitment and tk. A seed that is used twice by mistake
//! therefore repeats neither `rcm` nor a key, unless the two notes, openings, memos and recipients are all equal, and
//! then the ciphertexts are equal too and tell no more than that.

mod decrypt;
mod disclose;
mod encrypt;
mod memo;
mod plaintext;
#[cfg(test)]
mod tests;

use std::fmt;

use borsh::{BorshDeserialize, BorshSerialize};

use crate::ristretto::Element;
pub use decrypt::{DecryptedNote, DecryptionError, Role, SentNote, decrypt, decrypt_shared, recover};
pub use disclose::NoteDisclosure;
pub use encrypt::{EncryptionError, NoteSeed, OutputNote};
pub use memo::{Memo, MemoContent, MemoTooLong};

/// Length of `enc`: the plaintext and a tag of 16 bytes.
pub const ENC_BYTES: usize = plaintext::PLAINTEXT_BYTES + TAG_BYTES;
/// Length of `out`.
pub const OUT_BYTES: usize = plaintext::OUTGOING_BYTES + TAG_BYTES;
const TAG_BYTES: usize = 16;

/// What travels with an output's commitment. Encoding: `epk || enc || out`, 946 bytes, without lengths.
#[derive(Clone, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NoteCiphertext {
    /// `esk·B_d`.
    pub epk: Element,
    /// For the recipient.
    pub enc: [u8; ENC_BYTES],
    /// For the sender's `ovk`.
    pub out: [u8; OUT_BYTES],
}

impl fmt::Debug for NoteCiphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NoteCiphertext").field("epk", &self.epk).finish_non_exhaustive()
    }
}
