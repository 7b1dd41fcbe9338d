//! Note ciphertexts. Spec § 4.

use borsh::{BorshDeserialize, BorshSerialize};

/// x
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct NoteCiphertext {}
