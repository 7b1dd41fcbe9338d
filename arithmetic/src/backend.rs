//! Which instructions a computation runs on.
//!
//! A computation is a [`Kernel`]: a struct with the inputs and one generic function `run<B: Backend>`. [`dispatch`]
//! runs it on the best backend of this processor. For AVX2 and AVX-512 the whole kernel is compiled inside one function that
//! has these instructions enabled, so that field operations become straight-line vector code and not calls.
//!
//! Rules for kernels, all about speed and none about soundness:
//! - `run` and everything it calls in its hot part is `#[inline(always)]`;
//! - no closures in the hot part (they are functions of their own, compiled without the instructions): plain loops;
//! - threads begin outside: each task calls [`AnyBackend::run`] or [`Backend::call`].

use std::fmt::Debug;
use std::sync::OnceLock;

use ark_bls12_381::{Fq, Fq2, Fr};

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
use crate::lanes::portable;
#[cfg(any(target_arch = "wasm32", debug_assertions))]
use crate::lanes::quads;
use crate::lanes::{PackedLanes, QuadraticLanes, TurnedLanes};
#[cfg(target_arch = "x86_64")]
use crate::lanes::{avx2, ifma};

/// A computation that runs on any backend.
pub trait Kernel {
    /// What the computation returns.
    type Output;

    /// Runs the computation. Mark the implementation `#[inline(always)]`.
    fn run<B: Backend>(self, backend: B) -> Self::Output;
}

/// A computation on the lanes of one backend, for data that is kept in them. Every [`Kernel`] is one for every backend.
pub trait KernelOn<B: Backend> {
    /// What the computation returns.
    type Output;

    /// Runs the computation. Mark the implementation `#[inline(always)]`.
    fn run(self, backend: B) -> Self::Output;
}

impl<K: Kernel, B: Backend> KernelOn<B> for K {
    type Output = K::Output;

    #[inline(always)]
    fn run(self, backend: B) -> Self::Output {
        Kernel::run(self, backend)
    }
}

/// A set of instructions with its lane types. The value is the permission to execute them.
pub trait Backend: Copy + Debug + Send + Sync + 'static {
    /// Eight elements of the base field.
    type Fq8: PackedLanes<Element = Fq, Backend = Self>;
    /// Eight elements of its quadratic extension, the coordinates of G2.
    type Fq2x8: PackedLanes<Element = Fq2, Backend = Self> + QuadraticLanes<Base = Self::Fq8>;
    /// Eight elements of the scalar field.
    type Fr8: TurnedLanes<Element = Fr, Backend = Self>;

    /// Runs a kernel in a function of its own. Inside a large kernel this keeps a part from being copied to each place
    /// that uses it; the price is that its arguments go through memory.
    fn call<K: KernelOn<Self>>(self, kernel: K) -> K::Output;

    /// Asks for a place in memory that will soon be read. Has no effect but on time.
    fn prefetch<T>(self, place: &T);

    /// This backend as a value of the closed set.
    fn any(self) -> AnyBackend;
}

/// Portable code: arkworks' own arithmetic, lane by lane. A module of WebAssembly that has vectors is without it: it would be as much
/// code again.
#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
#[derive(Clone, Copy, Debug, Default)]
pub struct Portable;

#[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
impl Backend for Portable {
    type Fq8 = portable::Lanes<Fq>;
    type Fq2x8 = portable::Lanes<Fq2>;
    type Fr8 = portable::Lanes<Fr>;

    #[inline(never)]
    fn call<K: KernelOn<Self>>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn prefetch<T>(self, place: &T) {
        #[cfg(target_arch = "x86_64")]
        prefetch(place);
        #[cfg(not(target_arch = "x86_64"))]
        let _ = place;
    }

    fn any(self) -> AnyBackend {
        AnyBackend::Portable(self)
    }
}

/// Asks for the cache lines of a place.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn prefetch<T>(place: &T) {
    let lines = size_of::<T>().div_ceil(64);
    for line in 0..lines {
        // SAFETY: prefetching has no effect on memory and is part of every x86-64 processor. The address is inside `place`.
        unsafe {
            let address = std::ptr::from_ref(place).cast::<i8>().add(64 * line);
            std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(address);
        }
    }
}

/// AVX2 with fused multiply-add of doubles. A value exists only on a processor that has these instructions.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

#[cfg(target_arch = "x86_64")]
impl Avx2 {
    /// Asks the processor.
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx2")
            && is_x86_feature_detected!("fma")
            && is_x86_feature_detected!("bmi1")
            && is_x86_feature_detected!("bmi2");
        found.then_some(Self(()))
    }

    /// For the vectors of [`avx2`], whose values exist only where `detect` succeeded.
    #[inline(always)]
    pub(crate) fn of_existing_vector() -> Self {
        Self(())
    }
}

#[cfg(target_arch = "x86_64")]
impl Backend for Avx2 {
    type Fq8 = avx2::Fq8;
    type Fq2x8 = avx2::Fq2x8;
    type Fr8 = portable::Lanes<Fr, Self>;

    #[inline(always)]
    fn call<K: KernelOn<Self>>(self, kernel: K) -> K::Output {
        // SAFETY: `self` exists, so `detect` has found every feature that `run_with_avx2` enables.
        unsafe { run_with_avx2(self, kernel) }
    }

    #[inline(always)]
    fn prefetch<T>(self, place: &T) {
        prefetch(place);
    }

    fn any(self) -> AnyBackend {
        AnyBackend::Avx2(self)
    }
}

/// As [`run_with_ifma`], with the features that [`Avx2::detect`] asks for.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma,bmi1,bmi2")]
#[inline(never)]
fn run_with_avx2<K: KernelOn<Avx2>>(backend: Avx2, kernel: K) -> K::Output {
    kernel.run(backend)
}

/// AVX-512 with integer fused multiply-add. A value exists only on a processor that has these instructions.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, Debug)]
pub struct Ifma(());

#[cfg(target_arch = "x86_64")]
impl Ifma {
    /// Asks the processor.
    pub fn detect() -> Option<Self> {
        let found = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512ifma")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("bmi2")
            && is_x86_feature_detected!("adx");
        found.then_some(Self(()))
    }

    /// For [`Words`](crate::lanes::ifma), whose values exist only where `detect` succeeded.
    #[inline(always)]
    pub(crate) fn of_existing_vector() -> Self {
        Self(())
    }
}

#[cfg(target_arch = "x86_64")]
impl Backend for Ifma {
    type Fq8 = ifma::Fq8;
    type Fq2x8 = ifma::Fq2x8;
    type Fr8 = ifma::Fr8;

    #[inline(always)]
    fn call<K: KernelOn<Self>>(self, kernel: K) -> K::Output {
        // SAFETY: `self` exists, so `detect` has found every feature that `run_with_ifma` enables.
        unsafe { run_with_ifma(self, kernel) }
    }

    #[inline(always)]
    fn prefetch<T>(self, place: &T) {
        prefetch(place);
    }

    fn any(self) -> AnyBackend {
        AnyBackend::Ifma(self)
    }
}

/// The boundary between code for any processor and code for this one: what is inlined here is compiled with the
/// features. They are those that [`Ifma::detect`] asks for.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512ifma,avx512dq,avx512vl,avx512bw,bmi2,adx")]
#[inline(never)]
fn run_with_ifma<K: KernelOn<Ifma>>(backend: Ifma, kernel: K) -> K::Output {
    kernel.run(backend)
}

/// Vectors of four 32-bit words, as WebAssembly has them. Elsewhere they are emulated, which is slow: there this backend
/// exists only with debug assertions, so that the same arithmetic is tested.
#[cfg(any(target_arch = "wasm32", debug_assertions))]
#[derive(Clone, Copy, Debug, Default)]
pub struct Quads;

#[cfg(any(target_arch = "wasm32", debug_assertions))]
impl Backend for Quads {
    type Fq8 = quads::Fq8;
    type Fq2x8 = quads::Fq2x8;
    type Fr8 = quads::Fr8;

    #[inline(never)]
    fn call<K: KernelOn<Self>>(self, kernel: K) -> K::Output {
        kernel.run(self)
    }

    #[inline(always)]
    fn prefetch<T>(self, _: &T) {}

    fn any(self) -> AnyBackend {
        AnyBackend::Quads(self)
    }
}

/// One of the backends that this processor has.
#[derive(Clone, Copy, Debug)]
pub enum AnyBackend {
    /// Portable code.
    #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
    Portable(Portable),
    /// AVX2 with fused multiply-add of doubles.
    #[cfg(target_arch = "x86_64")]
    Avx2(Avx2),
    /// AVX-512 with integer fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Ifma(Ifma),
    /// Vectors of four 32-bit words.
    #[cfg(any(target_arch = "wasm32", debug_assertions))]
    Quads(Quads),
}

impl AnyBackend {
    /// The backend of this process: the best that the processor has, or the best below it that the environment variable
    /// `TABELLA_ARITHMETIC` allows: `avx2` for no AVX-512, `portable` for no vector instructions. Decided once.
    pub fn selected() -> Self {
        static SELECTED: OnceLock<AnyBackend> = OnceLock::new();
        *SELECTED.get_or_init(|| match std::env::var("TABELLA_ARITHMETIC").as_deref() {
            #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
            Ok("portable") => Self::Portable(Portable),
            Ok("avx2") => Self::without_avx512(),
            _ => Self::best(),
        })
    }

    /// A name for reports: `AVX-512 IFMA`, `AVX2`, `WebAssembly SIMD` or `portable`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
            Self::Portable(_) => "portable",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(_) => "AVX2",
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(_) => "AVX-512 IFMA",
            #[cfg(any(target_arch = "wasm32", debug_assertions))]
            Self::Quads(_) => "WebAssembly SIMD",
        }
    }

    /// Every backend that this processor has, and with debug assertions those that can be emulated. Tests run a kernel on each.
    pub fn available() -> Vec<Self> {
        let everywhere = [
            #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
            Self::Portable(Portable),
            #[cfg(any(target_arch = "wasm32", debug_assertions))]
            Self::Quads(Quads),
        ];
        #[cfg(target_arch = "x86_64")]
        let here = Avx2::detect().map(Self::Avx2).into_iter().chain(Ifma::detect().map(Self::Ifma));
        #[cfg(not(target_arch = "x86_64"))]
        let here = None;
        everywhere.into_iter().chain(here).collect()
    }

    fn best() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(ifma) = Ifma::detect() {
            return Self::Ifma(ifma);
        }
        Self::without_avx512()
    }

    fn without_avx512() -> Self {
        #[cfg(target_arch = "x86_64")]
        if let Some(avx2) = Avx2::detect() {
            return Self::Avx2(avx2);
        }
        #[cfg(all(target_arch = "wasm32", target_feature = "simd128"))]
        return Self::Quads(Quads);
        #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
        Self::Portable(Portable)
    }

    /// Runs a kernel on this backend.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            #[cfg(not(all(target_arch = "wasm32", target_feature = "simd128")))]
            Self::Portable(portable) => portable.call(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2(avx2) => avx2.call(kernel),
            #[cfg(target_arch = "x86_64")]
            Self::Ifma(ifma) => ifma.call(kernel),
            #[cfg(any(target_arch = "wasm32", debug_assertions))]
            Self::Quads(quads) => quads.call(kernel),
        }
    }
}

/// Runs a kernel on the backend of this process.
pub fn dispatch<K: Kernel>(kernel: K) -> K::Output {
    AnyBackend::selected().run(kernel)
}
