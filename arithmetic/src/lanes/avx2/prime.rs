//! The base field.

use ark_bls12_381::{Fq, FqConfig};
use ark_ff::{BigInt, BigInteger, MontConfig, MontFp, PrimeField};

use super::columns::{Columns, reduce, with_offsets};
use super::words::{BITS, Doubles, Factor, Words};
use crate::backend::Avx2;
use crate::lanes::constants::{Constants, to_limbs, to_words};
use crate::lanes::unroll;
use crate::lanes::{FieldLanes, LANES, Mask, PackedLanes, Row};

pub(super) const FQ: Constants<{ BITS as usize }, 8> = Constants::new(FqConfig::MODULUS.0);

/// Limbs to be normalised after a number was added to them and one was subtracted.
const SIGNED: [u64; 8] = with_offsets([0; 8]);
/// The same with `2p` added.
const PLUS_TWICE_MODULUS: [u64; 8] = with_offsets(FQ.twice_modulus);
/// The same with `2p` subtracted.
const MINUS_TWICE_MODULUS: [u64; 8] = with_offsets(negative(FQ.twice_modulus));
/// The same with `p` subtracted.
const MINUS_MODULUS: [u64; 8] = with_offsets(negative(FQ.modulus));
/// The same with `2^12 p` added.
const PLUS_FAR: [u64; 8] = with_offsets(FQ.multiple(1 << 12));

const fn negative(mut limbs: [u64; 8]) -> [u64; 8] {
    let mut i = 0;
    while i < 8 {
        limbs[i] = limbs[i].wrapping_neg();
        i += 1;
    }
    limbs
}

/// The limbs of four lanes.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub(super) struct Half(pub(super) [Words; 8]);

impl Half {
    /// The same number in every lane.
    #[inline(always)]
    fn constant(backend: Avx2, limbs: &[u64; 8]) -> Self {
        let mut half = [Words::splat(backend, limbs[0]); 8];
        unroll!(I in [1 2 3 4 5 6 7] {
            half[I] = Words::splat(backend, limbs[I]);
        });
        Self(half)
    }

    /// Limbs that may be too large, or that carry offsets, to normalised ones.
    #[inline(always)]
    fn normalise(self) -> Self {
        let Self(mut limbs) = self;
        unroll!(I in [0 1 2 3 4 5 6] {
            limbs[I + 1] = limbs[I + 1].add(limbs[I].carry());
            limbs[I] = limbs[I].limb();
        });
        Self(limbs)
    }

    /// Limb by limb; not normalised.
    #[inline(always)]
    fn plus(mut self, other: &Self) -> Self {
        unroll!(I in [0 1 2 3 4 5 6 7] {
            self.0[I] = self.0[I].add(other.0[I]);
        });
        self
    }

    /// Limb by limb; not normalised.
    #[inline(always)]
    fn minus(mut self, other: &Self) -> Self {
        unroll!(I in [0 1 2 3 4 5 6 7] {
            self.0[I] = self.0[I].sub(other.0[I]);
        });
        self
    }

    /// The lanes of `yes` where the highest bit of `mask` is set, those of `no` elsewhere.
    #[inline(always)]
    fn select(mask: Words, yes: &Self, no: &Self) -> Self {
        let mut limbs = no.0;
        unroll!(I in [0 1 2 3 4 5 6 7] {
            limbs[I] = Words::select(mask, yes.0[I], no.0[I]);
        });
        Self(limbs)
    }

    /// The second number in those lanes where the first, which carries offsets, is negative.
    #[inline(always)]
    fn non_negative(first: Self, second: Self) -> Self {
        let first = first.normalise();
        // The top limb was not cut, so it has the sign of the number.
        Self::select(first.0[7], &second.normalise(), &first)
    }

    /// The canonical number in each lane, of a tight value.
    #[inline(always)]
    fn canonical(self) -> Self {
        let minus_modulus = Self::constant(self.0[0].backend(), &MINUS_MODULUS);
        Self::non_negative(self.plus(&minus_modulus), self)
    }

    /// The lanes that hold exactly this number.
    #[inline(always)]
    fn is_number(&self, limbs: &[u64; 8]) -> u8 {
        let number = Self::constant(self.0[0].backend(), limbs);
        let mut equal = self.0[0].equals(number.0[0]);
        unroll!(I in [1 2 3 4 5 6 7] {
            equal = equal.and(self.0[I].equals(number.0[I]));
        });
        equal.top_bits()
    }

    /// As doubles, in registers.
    #[inline(always)]
    pub(super) fn to_doubles(self) -> [Doubles; 8] {
        let mut doubles = [self.0[0].to_doubles(); 8];
        unroll!(I in [1 2 3 4 5 6 7] {
            doubles[I] = self.0[I].to_doubles();
        });
        doubles
    }

    /// As doubles, in memory.
    #[inline(always)]
    pub(super) fn to_factor(self) -> Factor {
        let mut factor = Factor([[0.0; 4]; 8]);
        unroll!(I in [0 1 2 3 4 5 6 7] {
            self.0[I].to_doubles().store(&mut factor.0[I]);
        });
        factor
    }

    /// The rows of four places, half a cache line at a time.
    #[inline(always)]
    fn gather(backend: Avx2, [a, b, c, d]: [&Row; 4]) -> Self {
        let lower = |row: &Row| Words::from_row::<0>(backend, &row.0);
        let upper = |row: &Row| Words::from_row::<1>(backend, &row.0);
        let [l0, l1, l2, l3] = Words::transpose([lower(a), lower(b), lower(c), lower(d)]);
        let [l4, l5, l6, l7] = Words::transpose([upper(a), upper(b), upper(c), upper(d)]);
        Self([l0, l1, l2, l3, l4, l5, l6, l7])
    }

    #[inline(always)]
    fn scatter(self) -> [Row; 4] {
        let [l0, l1, l2, l3, l4, l5, l6, l7] = self.0;
        let lower = Words::transpose([l0, l1, l2, l3]);
        let upper = Words::transpose([l4, l5, l6, l7]);
        let mut rows = [Row::default(); 4];
        unroll!(LANE in [0 1 2 3] {
            let ([a, b, c, d], [e, f, g, h]) = (lower[LANE].to_array(), upper[LANE].to_array());
            rows[LANE] = Row([a, b, c, d, e, f, g, h]);
        });
        rows
    }
}

/// Eight elements of the base field: `R = 2^408`.
#[derive(Clone, Copy, Debug)]
#[repr(transparent)]
pub struct Fq8([Half; 2]);

impl Fq8 {
    #[inline(always)]
    fn constant(backend: Avx2, limbs: &[u64; 8]) -> Self {
        Self([Half::constant(backend, limbs); 2])
    }

    #[inline(always)]
    fn from_rows(backend: Avx2, [a, b, c, d, e, f, g, h]: [&Row; LANES]) -> Self {
        Self([Half::gather(backend, [a, b, c, d]), Half::gather(backend, [e, f, g, h])])
    }

    #[inline(always)]
    fn to_rows(self) -> [Row; LANES] {
        let [low, high] = self.0;
        let ([a, b, c, d], [e, f, g, h]) = (low.scatter(), high.scatter());
        [a, b, c, d, e, f, g, h]
    }

    /// `self - other + 2^12 p` for loose values.
    #[inline(always)]
    pub(super) fn sub_far(self, other: Self) -> Self {
        let far = Half::constant(self.backend(), &PLUS_FAR);
        let ([a, b], [c, d]) = (self.0, &other.0);
        Self([a.plus(&far).minus(c).normalise(), b.plus(&far).minus(d).normalise()])
    }

    /// The sum of the products of pairs. It is tight if the products are below `2^26 p²` together.
    #[inline(always)]
    pub(super) fn sum_of_products<const PRODUCTS: usize>(backend: Avx2, pairs: [[&Self; 2]; PRODUCTS]) -> Self {
        let mut columns = [Columns::for_products::<PRODUCTS>(backend); 2];
        for [a, b] in pairs {
            columns[0].add_product(&a.0[0], &b.0[0]);
            columns[1].add_product(&a.0[1], &b.0[1]);
        }
        Self(reduce(&columns))
    }
}

// Functions of their own, for they are long and used in many places.

#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn add(sum: &mut Fq8, a: &Fq8, b: &Fq8) {
    let less = Half::constant(a.backend(), &MINUS_TWICE_MODULUS);
    for half in 0..2 {
        let (a, b) = (a.0[half], &b.0[half]);
        sum.0[half] = Half::non_negative(a.plus(b).plus(&less), a.plus(b));
    }
}

#[target_feature(enable = "avx2,fma")]
#[inline(never)]
fn sub(difference: &mut Fq8, a: &Fq8, b: &Fq8) {
    let signed = Half::constant(a.backend(), &SIGNED);
    let more = Half::constant(a.backend(), &PLUS_TWICE_MODULUS);
    for half in 0..2 {
        let plain = a.0[half].minus(&b.0[half]);
        difference.0[half] = Half::non_negative(plain.plus(&signed), plain.plus(&more));
    }
}

impl FieldLanes for Fq8 {
    type Element = Fq;
    type Backend = Avx2;

    #[inline(always)]
    fn backend(self) -> Avx2 {
        self.0[0].0[0].backend()
    }

    #[inline(always)]
    fn zero(backend: Avx2) -> Self {
        Self::constant(backend, &[0; 8])
    }

    #[inline(always)]
    fn one(backend: Avx2) -> Self {
        Self::constant(backend, &FQ.one)
    }

    #[inline(always)]
    fn splat(backend: Avx2, element: Fq) -> Self {
        Self::constant(backend, &Self::pack(backend, element).0)
    }

    #[inline(always)]
    fn load(backend: Avx2, elements: &[Fq; LANES]) -> Self {
        let rows = elements.map(|element| Row(to_limbs::<{ BITS as usize }, _, _>(element.0.0)));
        Self::from_rows(backend, rows.each_ref()).mul(Self::constant(backend, &FQ.enter))
    }

    #[inline(always)]
    fn store(self) -> [Fq; LANES] {
        let Self([low, high]) = self.mul(Self::constant(self.backend(), &FQ.leave));
        Self([low.canonical(), high.canonical()])
            .to_rows()
            .map(|row| Fq::new_unchecked(BigInt(to_words::<{ BITS as usize }, _, _>(row.0))))
    }

    #[inline(always)]
    fn add(self, other: Self) -> Self {
        let mut sum = self;
        // SAFETY: a `Words` exists, so the processor has the features.
        unsafe { add(&mut sum, &self, &other) };
        sum
    }

    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        let mut difference = self;
        // SAFETY: as for `add`.
        unsafe { sub(&mut difference, &self, &other) };
        difference
    }

    #[inline(always)]
    fn double(self) -> Self {
        self.add(self)
    }

    #[inline(always)]
    fn neg(self) -> Self {
        Self::zero(self.backend()).sub(self)
    }

    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        Self::sum_of_products(self.backend(), [[&self, &other]])
    }

    #[inline(always)]
    fn square(self) -> Self {
        Self(reduce(&[Columns::square(&self.0[0]), Columns::square(&self.0[1])]))
    }

    #[inline(always)]
    fn add_loose(self, other: Self) -> Self {
        let ([a, b], [c, d]) = (self.0, &other.0);
        Self([a.plus(c).normalise(), b.plus(d).normalise()])
    }

    #[inline(always)]
    fn sub_loose(self, other: Self) -> Self {
        let more = Half::constant(self.backend(), &PLUS_TWICE_MODULUS);
        let ([a, b], [c, d]) = (self.0, &other.0);
        Self([a.plus(&more).minus(c).normalise(), b.plus(&more).minus(d).normalise()])
    }

    #[inline(always)]
    fn neg_nonzero(self, mask: Mask) -> Self {
        let twice = Half::constant(self.backend(), &PLUS_TWICE_MODULUS);
        let negated = Self([twice.minus(&self.0[0]).normalise(), twice.minus(&self.0[1]).normalise()]);
        Self::select(mask, negated, self)
    }

    #[inline(always)]
    fn is_zero(self) -> Mask {
        let [low, high] = &self.0;
        let mask = |limbs| low.is_number(limbs) | high.is_number(limbs) << 4;
        mask(&[0; 8]) | mask(&FQ.modulus)
    }

    #[inline(always)]
    fn select(mask: Mask, yes: Self, no: Self) -> Self {
        let backend = no.backend();
        Self([
            Half::select(Words::spread(backend, mask), &yes.0[0], &no.0[0]),
            Half::select(Words::spread(backend, mask >> 4), &yes.0[1], &no.0[1]),
        ])
    }
}

impl PackedLanes for Fq8 {
    type Packed = Row;

    fn pack(_: Avx2, element: Fq) -> Row {
        // arkworks' Montgomery factor is 2^384, ours is 2^408.
        const FACTOR: Fq = MontFp!("16777216");
        Row(to_limbs::<{ BITS as usize }, _, _>((element * FACTOR).0.0))
    }

    fn unpack(_: Avx2, place: &Row) -> Fq {
        /// arkworks' form of `2^-24`, which is `2^360`.
        const FACTOR: Fq = Fq::new_unchecked(BigInt([0, 0, 0, 0, 0, 1 << 40]));
        let mut number = BigInt(to_words::<{ BITS as usize }, _, _>(place.0));
        while number >= Fq::MODULUS {
            number.sub_with_borrow(&Fq::MODULUS);
        }
        Fq::new_unchecked(number) * FACTOR
    }

    fn is_zero_packed(place: &Row) -> bool {
        place.0 == [0; 8] || place.0 == FQ.modulus
    }

    #[inline(always)]
    fn gather(backend: Avx2, places: [&Row; LANES]) -> Self {
        Self::from_rows(backend, places)
    }

    #[inline(always)]
    fn scatter(self) -> [Row; LANES] {
        self.to_rows()
    }
}
