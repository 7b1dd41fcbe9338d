//! Bases in the form in which they are summed.

use ark_bls12_381::{Fr, G1Affine, G1Projective, G2Affine, G2Projective};
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, Projective};
use rayon::prelude::*;

use super::add::Point;
use super::curve::{Curve, G1, G2};
use super::digits::{Digits, WIDTHS, Windows};
use super::sum::{LARGEST_SEGMENT, double_times, sum_by_key};
use super::weigh::{Weighed, weigh, weigh_first};
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use crate::backend::Portable;
#[cfg(any(target_arch = "wasm32", debug_assertions))]
use crate::backend::Quads;
use crate::backend::{AnyBackend, Backend};
#[cfg(target_arch = "x86_64")]
use crate::backend::{Avx2, Ifma};

/// Bases of multi-scalar multiplications, converted once.
///
/// ```
/// use ark_bls12_381::{Fr, G1Affine};
/// use ark_ec::AffineRepr;
/// use tabella_arithmetic::msm::{G1, PreparedBases};
///
/// let generator = G1Affine::generator();
/// let bases = PreparedBases::<G1>::new(&[generator, generator]);
/// assert_eq!(bases.msm(&[Fr::from(2), Fr::from(3)]), generator * Fr::from(5));
/// ```
#[derive(Debug)]
pub struct PreparedBases<G: Curve> {
    length: usize,
    /// Which base each kept one was: infinity is dropped.
    origins: Vec<u32>,
    tables: Option<Tables>,
    points: Points<G>,
}

/// Multiples of the bases: table `i` holds them times `2^(width · sets · i)`, so that window `i · sets + s` can share
/// bucket set `s` with other windows.
#[derive(Clone, Copy, Debug)]
struct Tables {
    windows: Windows,
    sets: u32,
}

impl Tables {
    /// What makes a multiplication of this many points fastest, if there may be at most `most` tables.
    fn choose<G: Curve>(points: usize, most: usize) -> Self {
        let most = u32::try_from(most).unwrap_or(u32::MAX).max(1);
        let for_width = |width| {
            let windows = Windows::new::<G>(width);
            Self { windows, sets: windows.count.div_ceil(most) }
        };
        // Each point is added once for each window, and each bucket twice for each set; the sums of few buckets, one after
        // the other, make these dearer.
        let additions = |tables: &Self| {
            let Self { windows, sets } = *tables;
            points as u64 * u64::from(windows.count) + 3 * windows.buckets() as u64 * u64::from(sets)
        };
        WIDTHS.map(for_width).min_by_key(additions).unwrap_or_else(|| for_width(*WIDTHS.start()))
    }

    fn count(self) -> u32 {
        self.windows.count.div_ceil(self.sets)
    }
}

#[derive(Debug)]
enum Points<G: Curve> {
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    Portable(Portable, Vec<Point<Portable, G>>),
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2, Vec<Point<Avx2, G>>),
    #[cfg(target_arch = "x86_64")]
    Ifma(Ifma, Vec<Point<Ifma, G>>),
    #[cfg(any(target_arch = "wasm32", debug_assertions))]
    Quads(Quads, Vec<Point<Quads, G>>),
}

/// What of [`PreparedBases`] takes long to compile. A generic function is compiled again in each crate that calls it; a
/// method of a trait that is implemented for a type is not.
pub trait Compiled: Sized + Curve {
    /// As [`PreparedBases::on`].
    fn prepare(backend: AnyBackend, bases: &[Affine<Self::Config>], budget: usize) -> PreparedBases<Self>;

    /// As [`PreparedBases::msm`].
    fn msm(bases: &PreparedBases<Self>, scalars: &[Fr]) -> Projective<Self::Config>;
}

impl Compiled for G1 {
    fn prepare(backend: AnyBackend, bases: &[G1Affine], budget: usize) -> PreparedBases<Self> {
        PreparedBases::prepare_on(backend, bases, budget)
    }

    fn msm(bases: &PreparedBases<Self>, scalars: &[Fr]) -> G1Projective {
        bases.msm_of(scalars)
    }
}

impl Compiled for G2 {
    fn prepare(backend: AnyBackend, bases: &[G2Affine], budget: usize) -> PreparedBases<Self> {
        PreparedBases::prepare_on(backend, bases, budget)
    }

    fn msm(bases: &PreparedBases<Self>, scalars: &[Fr]) -> G2Projective {
        bases.msm_of(scalars)
    }
}

impl<G: Compiled> PreparedBases<G> {
    /// Converts the bases for the backend of this process.
    ///
    /// They must be in the group of prime order, as everything is that arkworks has deserialized with checks: the
    /// endomorphism is a multiplication only there.
    pub fn new(bases: &[Affine<G::Config>]) -> Self {
        Self::on(AnyBackend::selected(), bases, 0)
    }

    /// Like [`new`](Self::new), with tables of multiples of the bases in at most `budget` bytes of memory (what the
    /// bases themselves take included). With tables for all windows a multiplication has a single set of buckets. They
    /// cost about 130 doublings of each base, so they pay for bases that are used many times.
    pub fn with_tables(bases: &[Affine<G::Config>], budget: usize) -> Self {
        Self::on(AnyBackend::selected(), bases, budget)
    }

    /// Converts the bases for the given backend, with tables if the budget allows.
    pub fn on(backend: AnyBackend, bases: &[Affine<G::Config>], budget: usize) -> Self {
        G::prepare(backend, bases, budget)
    }

    /// How many bases there are, infinity included.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there are no bases.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The sum of each base times its scalar. Like arkworks' `msm_unchecked`, the longer of both is cut.
    pub fn msm(&self, scalars: &[Fr]) -> Projective<G::Config> {
        G::msm(self, scalars)
    }
}

impl<G: Curve> PreparedBases<G> {
    fn prepare_on(backend: AnyBackend, bases: &[Affine<G::Config>], budget: usize) -> Self {
        // More bases than this do not fit in memory anywhere.
        assert!(bases.len() < 1 << 28, "fewer than 2^28 bases");
        let length = bases.len();
        let finite = bases.iter().enumerate().filter(|(_, base)| !base.is_zero());
        let (origins, bases): (Vec<u32>, Vec<Affine<G::Config>>) =
            finite.map(|(index, base)| (index as u32, *base)).unzip();
        let (tables, points) = match backend {
            #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
            AnyBackend::Portable(portable) => {
                let (tables, points) = prepare(portable, &bases, budget);
                (tables, Points::Portable(portable, points))
            }
            #[cfg(target_arch = "x86_64")]
            AnyBackend::Avx2(avx2) => {
                let (tables, points) = prepare(avx2, &bases, budget);
                (tables, Points::Avx2(avx2, points))
            }
            #[cfg(target_arch = "x86_64")]
            AnyBackend::Ifma(ifma) => {
                let (tables, points) = prepare(ifma, &bases, budget);
                (tables, Points::Ifma(ifma, points))
            }
            #[cfg(any(target_arch = "wasm32", debug_assertions))]
            AnyBackend::Quads(quads) => {
                let (tables, points) = prepare(quads, &bases, budget);
                (tables, Points::Quads(quads, points))
            }
        };
        Self { length, origins, tables, points }
    }

    fn msm_of(&self, scalars: &[Fr]) -> Projective<G::Config> {
        match &self.points {
            #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
            Points::Portable(portable, points) => self.msm_on(*portable, points, scalars),
            #[cfg(target_arch = "x86_64")]
            Points::Avx2(avx2, points) => self.msm_on(*avx2, points, scalars),
            #[cfg(target_arch = "x86_64")]
            Points::Ifma(ifma, points) => self.msm_on(*ifma, points, scalars),
            #[cfg(any(target_arch = "wasm32", debug_assertions))]
            Points::Quads(quads, points) => self.msm_on(*quads, points, scalars),
        }
    }

    fn msm_on<B: Backend>(&self, backend: B, points: &[Point<B, G>], scalars: &[Fr]) -> Projective<G::Config> {
        let used = self.origins.partition_point(|&origin| (origin as usize) < scalars.len());
        let origins = &self.origins[..used];
        let tables = self.tables.unwrap_or_else(|| Tables::choose::<G>(used * G::PARTS, 1));
        let Tables { windows, sets } = tables;
        let digits = Digits::new::<G>(windows, origins, scalars);
        let stride = self.origins.len() * G::PARTS;
        let threads = rayon::current_num_threads().div_ceil(sets as usize);
        let sets = (0..sets)
            .into_par_iter()
            .flat_map_iter(|set| {
                let windows_of_set: Vec<u32> = (set..windows.count).step_by(sets as usize).collect();
                let sums = sum_by_key(backend, points, &digits.sort(&windows_of_set, stride, threads));
                weigh_first(backend, Weighed { exponent: set * windows.width, sums })
            })
            .collect();
        weigh(backend, sets)
    }
}

/// The points of all tables, table after table; in each, a base's images one after the other.
fn prepare<B: Backend, G: Curve>(
    backend: B,
    bases: &[Affine<G::Config>],
    budget: usize,
) -> (Option<Tables>, Vec<Point<B, G>>) {
    let table = (bases.len() * G::PARTS).max(1);
    // Indices of points have 31 bits.
    let most = (budget / (table * size_of::<Point<B, G>>())).min((1 << 31) / table);
    let tables = Some(Tables::choose::<G>(bases.len() * G::PARTS, most)).filter(|tables| tables.count() > 1);
    // As much memory as they take, and no pieces of each thread's beside it.
    let mut points = vec![Point::infinity(backend); bases.len() * G::PARTS * tables.map_or(1, Tables::count) as usize];
    let (first, others) = points.split_at_mut(bases.len() * G::PARTS);
    put_images(first, bases, |base| images(backend, base));
    if let Some(tables) = tables {
        let mut multiples: Vec<Point<B, G>> = bases.par_iter().map(|base| Point::pack(backend, base)).collect();
        for table in others.chunks_exact_mut((bases.len() * G::PARTS).max(1)) {
            multiples
                .par_chunks_mut(LARGEST_SEGMENT)
                .for_each(|multiples| double_times(backend, multiples, tables.windows.width * tables.sets));
            put_images(table, &multiples, |point| images(backend, &point.unpack(backend)));
        }
    }
    (tables, points)
}

/// Puts the images of each base side by side.
fn put_images<B: Backend, G: Curve, T: Sync, I: Iterator<Item = Point<B, G>>>(
    points: &mut [Point<B, G>],
    bases: &[T],
    images: impl Fn(&T) -> I + Sync,
) {
    points.par_chunks_exact_mut(G::PARTS).zip(bases).for_each(|(places, base)| {
        for (place, image) in places.iter_mut().zip(images(base)) {
            *place = image;
        }
    });
}

/// A base's images in the form in which they are summed.
fn images<B: Backend, G: Curve>(backend: B, base: &Affine<G::Config>) -> impl Iterator<Item = Point<B, G>> + use<B, G> {
    G::images(base).into_iter().take(G::PARTS).map(move |image| Point::pack(backend, &image))
}
