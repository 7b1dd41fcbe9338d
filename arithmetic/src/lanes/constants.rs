//! The numbers that a field needs, computed at compile time from its modulus.

/// The numbers of a field with `L` limbs of `BITS` bits. `R` is `2^(BITS L)`.
pub(super) struct Constants<const BITS: usize, const L: usize> {
    /// The prime `p`.
    pub(super) modulus: [u64; L],
    /// `2p`.
    pub(super) twice_modulus: [u64; L],
    /// `-1/p mod 2^BITS`.
    pub(super) negative_inverse: u64,
    /// `R mod p`: one in Montgomery form.
    pub(super) one: [u64; L],
    /// What takes arkworks' Montgomery form (of `W` 64-bit words) to ours by one Montgomery multiplication:
    /// `R² / 2^(64 W) mod p`.
    pub(super) enter: [u64; L],
    /// What takes our form to arkworks': `2^(64 W) mod p`.
    pub(super) leave: [u64; L],
}

impl<const BITS: usize, const L: usize> Constants<BITS, L> {
    /// The low bits of a word, as many as a limb has.
    pub(super) const LIMB_MASK: u64 = (1 << BITS) - 1;

    pub(super) const fn new<const W: usize>(modulus: [u64; W]) -> Self {
        let mut inverse = 1u64;
        let mut step = 0;
        while step < 6 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(modulus[0].wrapping_mul(inverse)));
            step += 1;
        }
        Self {
            modulus: to_limbs::<BITS, _, _>(modulus),
            twice_modulus: to_limbs::<BITS, _, _>(double(modulus)),
            negative_inverse: inverse.wrapping_neg() & Self::LIMB_MASK,
            one: to_limbs::<BITS, _, _>(power_of_two(BITS * L, modulus)),
            enter: to_limbs::<BITS, _, _>(power_of_two(2 * BITS * L - 64 * W, modulus)),
            leave: to_limbs::<BITS, _, _>(power_of_two(64 * W, modulus)),
        }
    }

    /// A multiple of the prime.
    pub(super) const fn multiple(&self, factor: u64) -> [u64; L] {
        let limbs = self.multiple_with_top(factor);
        assert!(limbs[L - 1] >> BITS == 0, "the multiple has as many limbs as the prime");
        limbs
    }

    /// A multiple of the prime, the highest limb of which has what is above it too.
    pub(super) const fn multiple_with_top(&self, factor: u64) -> [u64; L] {
        let mut limbs = [0; L];
        let mut carry = 0u128;
        let mut i = 0;
        while i + 1 < L {
            let product = self.modulus[i] as u128 * factor as u128 + carry;
            limbs[i] = product as u64 & Self::LIMB_MASK;
            carry = product >> BITS;
            i += 1;
        }
        let top = self.modulus[i] as u128 * factor as u128 + carry;
        assert!(top >> 62 == 0, "the highest limb is below 2^62");
        limbs[i] = top as u64;
        limbs
    }
}

/// The same number in limbs of `BITS` bits.
pub(super) const fn to_limbs<const BITS: usize, const W: usize, const L: usize>(words: [u64; W]) -> [u64; L] {
    let mut limbs = [0; L];
    let mut i = 0;
    while i < L {
        let (word, shift) = (BITS * i / 64, BITS * i % 64);
        if word < W {
            limbs[i] = words[word] >> shift;
            if shift + BITS > 64 && word + 1 < W {
                limbs[i] |= words[word + 1] << (64 - shift);
            }
            limbs[i] &= (1 << BITS) - 1;
        }
        i += 1;
    }
    limbs
}

/// The same number in words, which must be long enough.
pub(super) const fn to_words<const BITS: usize, const L: usize, const W: usize>(limbs: [u64; L]) -> [u64; W] {
    let mut words = [0; W];
    let mut i = 0;
    while i < L {
        let (word, shift) = (BITS * i / 64, BITS * i % 64);
        if word < W {
            words[word] |= limbs[i] << shift;
        }
        if shift + BITS > 64 && word + 1 < W {
            words[word + 1] |= limbs[i] >> (64 - shift);
        }
        i += 1;
    }
    words
}

/// Twice the number, which must leave the top bit free.
const fn double<const W: usize>(words: [u64; W]) -> [u64; W] {
    let mut result = [0; W];
    let mut carry = 0;
    let mut i = 0;
    while i < W {
        result[i] = words[i] << 1 | carry;
        carry = words[i] >> 63;
        i += 1;
    }
    assert!(carry == 0, "the modulus leaves the top bit of its words free");
    result
}

/// `2^exponent mod modulus`.
const fn power_of_two<const W: usize>(exponent: usize, modulus: [u64; W]) -> [u64; W] {
    let mut power = [0; W];
    power[0] = 1;
    let mut step = 0;
    while step < exponent {
        power = reduce_once(double(power), modulus);
        step += 1;
    }
    power
}

/// `number mod modulus` for a number below twice the modulus.
const fn reduce_once<const W: usize>(number: [u64; W], modulus: [u64; W]) -> [u64; W] {
    let mut difference = [0; W];
    let mut borrow = false;
    let mut i = 0;
    while i < W {
        let (partial, first) = number[i].overflowing_sub(modulus[i]);
        let (word, second) = partial.overflowing_sub(borrow as u64);
        difference[i] = word;
        borrow = first || second;
        i += 1;
    }
    if borrow { number } else { difference }
}
