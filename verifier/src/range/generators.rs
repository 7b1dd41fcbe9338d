//! Generators `G_i` and `H_i` of range proofs. Spec § 5.3.

use std::{array::from_fn, sync::OnceLock};

use curve25519_dalek::ristretto::RistrettoPoint;
use sha3::{
    Shake256,
    digest::{ExtendableOutput, Update, XofReader},
};
use tabella_protocol::range::{MAX_RANGE_COMMITMENTS, RANGE_BITS};

/// `(G_i, H_i)` for i below 64·16: those of commitment j, counted from 0, begin at 64·j.
///
/// They are those of the crate `bulletproofs` 5, which keeps its H to itself: each next 64 bytes of SHAKE-256 of
/// `GeneratorsChain || G or H || j (u32, little-endian)`, through the one-way map of RFC 9496, section 4.3.4.
pub(super) fn generators() -> &'static [[RistrettoPoint; 2]] {
    static GENERATORS: OnceLock<Vec<[RistrettoPoint; 2]>> = OnceLock::new();
    GENERATORS.get_or_init(|| {
        let mut generators = Vec::with_capacity(RANGE_BITS * MAX_RANGE_COMMITMENTS);
        for party in 0..MAX_RANGE_COMMITMENTS as u32 {
            let mut chains = [b"G", b"H"].map(|kind| {
                let mut hash = Shake256::default();
                hash.update(b"GeneratorsChain");
                hash.update(kind);
                hash.update(&party.to_le_bytes());
                hash.finalize_xof()
            });
            generators.extend((0..RANGE_BITS).map(|_| {
                from_fn(|kind| {
                    let mut bytes = [0; 64];
                    chains[kind].read(&mut bytes);
                    RistrettoPoint::from_uniform_bytes(&bytes)
                })
            }));
        }
        generators
    })
}
