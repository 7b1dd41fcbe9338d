//! The path from a leaf to the root of a pool's tree. 302 constraints a level and 2 bits.
//!
//! All four children are witnesses and the running hash is selected among them: `b0·(c1 - c0) = p`, `b0·(c3 - c2) = q`,
//! `b1·(c2 + q - c0 - p) = node - c0 - p`. For bits (b0, b1) this says exactly `node = c[b0 + 2·b1]`, so that the hash of
//! the children binds the running hash at the place that the position names.

use tabella_protocol::{
    domain::Use,
    tree::{ARITY, DEPTH, MerklePath, child_index},
};

use crate::{
    builder::{Builder, Result},
    gadget::{
        poseidon::hash,
        range::{bits, power_of_two},
    },
    linear::Linear,
};

/// Bits of a position.
const POSITION_BITS: usize = 2 * DEPTH;

/// A path in the circuit.
pub(crate) struct Path {
    /// The leaf's position, in [0, 2^32).
    pub(crate) position: Linear,
    /// The root that the path leads to.
    pub(crate) root: Linear,
}

/// Allocates a path and computes where it leads to from `leaf`.
pub(crate) fn path(builder: &mut Builder, leaf: &Linear, path: Option<&MerklePath>) -> Result<Path> {
    let position = path.map(|path| u64::from(path.position().0));
    let bits: [Linear; POSITION_BITS] = bits(builder, position)?;
    let mut node = leaf.clone();
    for (level, [low, high]) in bits.as_chunks::<2>().0.iter().enumerate() {
        let mut children: Vec<Linear> = Vec::with_capacity(ARITY);
        for i in 0..ARITY {
            let value = path.and_then(|path| {
                let on_path = child_index(path.position(), level) == i;
                if on_path { node.value() } else { Some(path.children()[level][i]) }
            });
            children.push(builder.given(value)?);
        }
        let [c0, c1, c2, c3] = [&children[0], &children[1], &children[2], &children[3]];
        let first = c0 + &builder.product(low, &(c1 - c0))?;
        let second = c2 + &builder.product(low, &(c3 - c2))?;
        builder.enforce_product(high, &(&second - &first), &(&node - &first))?;
        node = hash(builder, Use::Node, [c0, c1, c2, c3])?;
    }
    let position = Linear::sum(bits.iter().enumerate().map(|(i, bit)| (power_of_two(i as u64), bit)));
    Ok(Path { position, root: node })
}
