//! Bases in the form in which they are summed.

use ark_bls12_381::Fr;
use ark_ec::AffineRepr;
use ark_ec::short_weierstrass::{Affine, Projective};
use rayon::prelude::*;

use super::add::Point;
use super::curve::Curve;
use super::digits::{Digits, Windows};
use super::sum::sum_by_key;
use super::weigh::{Weighed, weigh};
#[cfg(target_arch = "x86_64")]
use crate::backend::Ifma;
use crate::backend::{AnyBackend, Backend, Portable};

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
    points: Points<G>,
}

#[derive(Debug)]
enum Points<G: Curve> {
    Portable(Portable, Vec<Point<Portable, G>>),
    #[cfg(target_arch = "x86_64")]
    Ifma(Ifma, Vec<Point<Ifma, G>>),
}

impl<G: Curve> PreparedBases<G> {
    /// Converts the bases for the backend of this process.
    ///
    /// They must be in the group of prime order, as everything is that arkworks has deserialized with checks: the
    /// endomorphism is a multiplication only there.
    pub fn new(bases: &[Affine<G::Config>]) -> Self {
        Self::on(AnyBackend::selected(), bases)
    }

    /// Converts the bases for the given backend.
    pub fn on(backend: AnyBackend, bases: &[Affine<G::Config>]) -> Self {
        // More bases than this do not fit in memory anywhere.
        assert!(bases.len() < 1 << 28, "fewer than 2^28 bases");
        let finite = bases.iter().enumerate().filter(|(_, base)| !base.is_zero());
        let (origins, bases): (Vec<u32>, Vec<Affine<G::Config>>) =
            finite.map(|(index, base)| (index as u32, *base)).unzip();
        let points = match backend {
            AnyBackend::Portable(portable) => Points::Portable(portable, convert(portable, &bases)),
            #[cfg(target_arch = "x86_64")]
            AnyBackend::Ifma(ifma) => Points::Ifma(ifma, convert(ifma, &bases)),
        };
        Self { length: bases.len(), origins, points }
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
        match &self.points {
            Points::Portable(portable, points) => self.msm_on(*portable, points, scalars),
            #[cfg(target_arch = "x86_64")]
            Points::Ifma(ifma, points) => self.msm_on(*ifma, points, scalars),
        }
    }

    fn msm_on<B: Backend>(&self, backend: B, points: &[Point<B, G>], scalars: &[Fr]) -> Projective<G::Config> {
        let used = self.origins.partition_point(|&origin| (origin as usize) < scalars.len());
        let origins = &self.origins[..used];
        let windows = Windows::new::<G>(best_width(used * G::PARTS));
        let digits = Digits::new::<G>(windows, origins, scalars);
        let sets = (0..windows.count)
            .into_par_iter()
            .map(|window| Weighed {
                exponent: window * windows.width,
                sums: sum_by_key(backend, points, &digits.sort(&[window])),
            })
            .collect();
        weigh(backend, sets)
    }
}

/// The width of windows that is fastest for this many points, from measurement.
fn best_width(points: usize) -> u32 {
    match points {
        0..32 => 3,
        32..128 => 4,
        128..512 => 6,
        512..2048 => 7,
        2048..8192 => 8,
        8192..32_768 => 10,
        32_768..131_072 => 11,
        131_072..1_048_576 => 13,
        _ => 16,
    }
}

/// Each base's images, one after the other.
fn convert<B: Backend, G: Curve>(backend: B, bases: &[Affine<G::Config>]) -> Vec<Point<B, G>> {
    bases
        .par_iter()
        .flat_map_iter(|base| {
            let images = G::images(base);
            (0..G::PARTS).map(move |part| Point::pack(backend, &images[part]))
        })
        .collect()
}
