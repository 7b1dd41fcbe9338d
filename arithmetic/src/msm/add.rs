//! Affine additions in batches with one inversion for all.

use ark_ec::short_weierstrass::Affine;
use ark_ff::{AdditiveGroup, Field};

use super::curve::Curve;
use crate::backend::{Backend, Kernel};
use crate::lanes::{FieldLanes, LANES, Mask, PackedLanes, unroll};

/// A coordinate in memory.
type Packed<B, G> = <<G as Curve>::Lanes<B> as PackedLanes>::Packed;

/// A point in memory. Infinity has the ordinate 0, which no point of odd order has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Point<B: Backend, G: Curve> {
    pub(super) x: Packed<B, G>,
    pub(super) y: Packed<B, G>,
}

impl<B: Backend, G: Curve> Point<B, G> {
    pub(super) fn infinity(backend: B) -> Self {
        let zero = G::Lanes::<B>::pack(backend, G::Field::ZERO);
        Self { x: zero, y: zero }
    }

    /// From arkworks' form. The point must be finite.
    pub(super) fn pack(backend: B, point: &Affine<G::Config>) -> Self {
        let [x, y] = [point.x, point.y].map(|coordinate| G::Lanes::<B>::pack(backend, coordinate));
        Self { x, y }
    }

    /// To arkworks' form.
    pub(super) fn unpack(&self, backend: B) -> Affine<G::Config> {
        let [x, y] = [&self.x, &self.y].map(|coordinate| G::Lanes::<B>::unpack(backend, coordinate));
        if y == G::Field::ZERO { Affine::identity() } else { Affine::new_unchecked(x, y) }
    }

    pub(super) fn is_infinity(&self) -> bool {
        G::Lanes::<B>::is_zero_packed(&self.y)
    }

    /// The negation of a finite point.
    pub(super) fn negated(&self, backend: B) -> Self {
        let y = -G::Lanes::<B>::unpack(backend, &self.y);
        Self { x: self.x, y: G::Lanes::<B>::pack(backend, y) }
    }
}

/// Which point: an index into the points, doubled, plus one if the point is to be negated.
pub(super) type Signed = u32;

/// One addition: the sum of two points goes to a place.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addition {
    pub(super) first: Signed,
    pub(super) second: Signed,
    pub(super) sum: u32,
}

/// Where a round of additions reads.
#[derive(Clone, Copy, Debug)]
pub(super) enum Operands<'a, B: Backend, G: Curve> {
    /// Points elsewhere, some of them negated. None is infinity.
    Bases(&'a [Point<B, G>]),
    /// The sums themselves, where a sum takes the place of its first operand. Nothing is negated.
    Sums,
}

/// Adds pairs of points. No addition may read what another writes.
#[derive(Debug)]
pub(super) struct AddPairs<'a, B: Backend, G: Curve> {
    pub(super) operands: Operands<'a, B, G>,
    /// A multiple of eight; repetitions fill the last eight.
    pub(super) additions: &'a [Addition],
    pub(super) sums: &'a mut [Point<B, G>],
    /// Memory for the products.
    pub(super) products: &'a mut Vec<G::Lanes<B>>,
    /// Whether to look at each pair for equal points, opposite points and infinity. Without, the kernel returns
    /// `false` and has done nothing if there may be such a pair of equal abscissas; infinity must not occur.
    pub(super) checked: bool,
}

impl<B: Backend, G: Curve> AddPairs<'_, B, G> {
    /// Runs on the given backend.
    pub(super) fn run_on(self, backend: B) -> bool {
        backend.call(OnBackend { pairs: self, backend })
    }
}

/// A kernel whose data belong to one backend.
struct OnBackend<T, B> {
    pairs: T,
    backend: B,
}

impl<B: Backend, G: Curve> Kernel for OnBackend<AddPairs<'_, B, G>, B> {
    type Output = bool;

    #[inline(always)]
    fn run<Same: Backend>(self, _: Same) -> bool {
        let Self { pairs: AddPairs { operands, additions, sums, products, checked }, backend } = self;
        match (operands, checked) {
            (Operands::Bases(bases), false) => {
                add_pairs::<B, G, true, false>(backend, bases, additions, sums, products)
            }
            (Operands::Bases(bases), true) => add_pairs::<B, G, true, true>(backend, bases, additions, sums, products),
            (Operands::Sums, false) => add_pairs::<B, G, false, false>(backend, &[], additions, sums, products),
            (Operands::Sums, true) => add_pairs::<B, G, false, true>(backend, &[], additions, sums, products),
        }
    }
}

/// How many groups of eight ahead the operands are fetched.
const PREFETCH: usize = 3;

#[inline(always)]
fn add_pairs<B: Backend, G: Curve, const FROM_BASES: bool, const CHECKED: bool>(
    backend: B,
    bases: &[Point<B, G>],
    additions: &[Addition],
    sums: &mut [Point<B, G>],
    products: &mut Vec<G::Lanes<B>>,
) -> bool {
    let (groups, _) = additions.as_chunks::<LANES>();
    products.clear();
    let mut product = G::Lanes::<B>::one(backend);
    for (i, group) in groups.iter().enumerate() {
        let source = if FROM_BASES { bases } else { &*sums };
        if FROM_BASES && let Some(next) = groups.get(i + PREFETCH) {
            for addition in next {
                for operand in [addition.first, addition.second] {
                    if let Some(point) = source.get(operand as usize >> 1) {
                        backend.prefetch(&point.x);
                    }
                }
            }
        }
        let pair = Abscissas::<B, G>::gather(backend, source, group);
        let denominator = if CHECKED {
            Cases::<B, G>::find(&pair, &Ordinates::gather::<FROM_BASES>(backend, source, group)).denominator
        } else {
            pair.difference()
        };
        products.push(product);
        product = product.mul(denominator);
    }
    if !CHECKED && product.is_zero() != 0 {
        return false;
    }

    let mut elements = product.store();
    invert_each::<G>(&mut elements);
    let mut inverse = G::Lanes::<B>::load(backend, &elements);
    for (i, (group, product)) in groups.iter().zip(products.iter()).enumerate().rev() {
        let source = if FROM_BASES { bases } else { &*sums };
        if FROM_BASES
            && i >= PREFETCH
            && let Some(next) = groups.get(i - PREFETCH)
        {
            for addition in next {
                for operand in [addition.first, addition.second] {
                    if let Some(point) = source.get(operand as usize >> 1) {
                        backend.prefetch(&point.x);
                        backend.prefetch(&point.y);
                    }
                }
            }
        }
        let pair = Abscissas::<B, G>::gather(backend, source, group);
        let ordinates = Ordinates::gather::<FROM_BASES>(backend, source, group);
        let cases = if CHECKED { Some(Cases::<B, G>::find(&pair, &ordinates)) } else { None };
        let (denominator, numerator) = match &cases {
            Some(cases) => (cases.denominator, cases.numerator),
            None => (pair.difference(), ordinates.second.sub_loose(ordinates.first)),
        };
        let slope = numerator.mul(inverse.mul(*product));
        inverse = inverse.mul(denominator);
        let mut x = slope.square().sub(pair.first).sub(pair.second);
        let mut y = slope.mul(pair.first.sub_loose(x)).sub(ordinates.first);
        if let Some(cases) = cases {
            let zero = G::Lanes::<B>::zero(backend);
            x = FieldLanes::select(cases.opposite, zero, x);
            y = FieldLanes::select(cases.opposite, zero, y);
            x = FieldLanes::select(cases.only_first, pair.first, x);
            y = FieldLanes::select(cases.only_first, ordinates.first, y);
            x = FieldLanes::select(cases.only_second, pair.second, x);
            y = FieldLanes::select(cases.only_second, ordinates.second, y);
        }
        let (xs, ys) = (x.scatter(), y.scatter());
        // One by one, because a loop over them would keep the rows in memory between.
        unroll!(LANE in [0 1 2 3 4 5 6 7] {
            sums[group[LANE].sum as usize] = Point { x: xs[LANE], y: ys[LANE] };
        });
    }
    true
}

/// Inverts elements, of which none is zero, with one inversion for all.
fn invert_each<G: Curve>(elements: &mut [G::Field; LANES]) {
    let mut before = [G::Field::ONE; LANES];
    let mut product = G::Field::ONE;
    for (before, element) in before.iter_mut().zip(&*elements) {
        *before = product;
        product *= element;
    }
    let mut inverse = G::inverse(&product).expect("no element is zero");
    for (before, element) in before.iter().zip(elements).rev() {
        let own = inverse * before;
        inverse *= &*element;
        *element = own;
    }
}

/// The abscissas of eight pairs.
struct Abscissas<B: Backend, G: Curve> {
    first: G::Lanes<B>,
    second: G::Lanes<B>,
}

impl<B: Backend, G: Curve> Abscissas<B, G> {
    #[inline(always)]
    fn gather(backend: B, points: &[Point<B, G>], group: &[Addition; LANES]) -> Self {
        let [a, b, c, d, e, f, g, h] = group;
        let x = |operand: Signed| &points[operand as usize >> 1].x;
        Self {
            first: G::Lanes::<B>::gather(
                backend,
                [x(a.first), x(b.first), x(c.first), x(d.first), x(e.first), x(f.first), x(g.first), x(h.first)],
            ),
            second: G::Lanes::<B>::gather(
                backend,
                [
                    x(a.second),
                    x(b.second),
                    x(c.second),
                    x(d.second),
                    x(e.second),
                    x(f.second),
                    x(g.second),
                    x(h.second),
                ],
            ),
        }
    }

    #[inline(always)]
    fn difference(&self) -> G::Lanes<B> {
        self.second.sub_loose(self.first)
    }
}

/// The ordinates of eight pairs.
struct Ordinates<B: Backend, G: Curve> {
    first: G::Lanes<B>,
    second: G::Lanes<B>,
}

impl<B: Backend, G: Curve> Ordinates<B, G> {
    #[inline(always)]
    fn gather<const SIGNED: bool>(backend: B, points: &[Point<B, G>], group: &[Addition; LANES]) -> Self {
        let [a, b, c, d, e, f, g, h] = group;
        let y = |operand: Signed| &points[operand as usize >> 1].y;
        let mut first = G::Lanes::<B>::gather(
            backend,
            [y(a.first), y(b.first), y(c.first), y(d.first), y(e.first), y(f.first), y(g.first), y(h.first)],
        );
        let mut second = G::Lanes::<B>::gather(
            backend,
            [y(a.second), y(b.second), y(c.second), y(d.second), y(e.second), y(f.second), y(g.second), y(h.second)],
        );
        if SIGNED {
            let [mut negate_first, mut negate_second]: [Mask; 2] = [0; 2];
            unroll!(LANE in [0 1 2 3 4 5 6 7] {
                negate_first |= ((group[LANE].first & 1) as Mask) << LANE;
                negate_second |= ((group[LANE].second & 1) as Mask) << LANE;
            });
            first = first.neg_nonzero(negate_first);
            second = second.neg_nonzero(negate_second);
        }
        Self { first, second }
    }
}

/// What the eight pairs need, if some may be special.
struct Cases<B: Backend, G: Curve> {
    /// The denominator of the slope; one where there is no slope.
    denominator: G::Lanes<B>,
    /// The numerator of the slope.
    numerator: G::Lanes<B>,
    /// The sum is infinity.
    opposite: Mask,
    /// The second point is infinity, the sum the first.
    only_first: Mask,
    /// The first point is infinity, the sum the second.
    only_second: Mask,
}

impl<B: Backend, G: Curve> Cases<B, G> {
    #[inline(always)]
    fn find(x: &Abscissas<B, G>, y: &Ordinates<B, G>) -> Self {
        let difference = x.second.sub(x.first);
        let (only_second, only_first) = (y.first.is_zero(), y.second.is_zero());
        let meet = difference.is_zero() & !only_first & !only_second;
        let equal = meet & y.second.equals(y.first);
        let no_slope = only_first | only_second | (meet & !equal);
        let one = G::Lanes::<B>::one(difference.backend());
        let square = x.first.square();
        let denominator = FieldLanes::select(equal, y.first.double(), difference);
        Self {
            denominator: FieldLanes::select(no_slope, one, denominator),
            numerator: FieldLanes::select(equal, square.double().add(square), y.second.sub(y.first)),
            opposite: meet & !equal,
            only_first,
            only_second,
        }
    }
}
