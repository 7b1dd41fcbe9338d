//! Bytes that are no transcript.

use ark_bls12_381::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::{AffineRepr, CurveGroup, PrimeGroup};
use ark_ff::{BigInteger, PrimeField, UniformRand};
use ark_serialize::CanonicalSerialize;
use tabella_verifier::{
    groth16::PointError,
    setup::{DecodeError, MAX_RECORDS},
};

use super::*;

fn compressed(point: &impl CanonicalSerialize) -> Vec<u8> {
    let mut bytes = Vec::new();
    point.serialize_compressed(&mut bytes).unwrap();
    bytes
}

/// Puts other bytes in the place of a point: the last one at which it stands.
fn replace(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = bytes.windows(old.len()).rposition(|window| window == old).unwrap();
    let mut bytes = bytes.to_vec();
    bytes[at..at + new.len()].copy_from_slice(new);
    bytes
}

fn times_order<G: PrimeGroup + Clone>(point: G) -> G {
    let mut sum = G::zero();
    for bit in Fr::MODULUS.to_bits_be() {
        sum.double_in_place();
        if bit {
            sum += &point;
        }
    }
    sum
}

fn torsion_g1() -> G1Affine {
    let mut rng = rng(1);
    loop {
        if let Some(point) = G1Affine::get_point_from_x_unchecked(Fq::rand(&mut rng), true) {
            return times_order(point.into_group()).into_affine();
        }
    }
}

fn torsion_g2() -> G2Affine {
    let mut rng = rng(1);
    loop {
        if let Some(point) = G2Affine::get_point_from_x_unchecked(Fq2::rand(&mut rng), true) {
            return times_order(point.into_group()).into_affine();
        }
    }
}

fn refusal(bytes: &[u8]) -> DecodeError {
    Transcript::from_bytes(bytes).unwrap_err()
}

#[test]
fn truncated_and_trailing_bytes_are_refused() {
    let bytes = two_queries().to_bytes();
    for length in (0..bytes.len()).step_by(499).chain([bytes.len() - 1]) {
        let error = refusal(&bytes[..length]);
        assert!(matches!(error, DecodeError::Truncated(_) | DecodeError::Header), "{length}: {error}");
    }
    let mut longer = bytes;
    longer.push(0);
    assert_eq!(refusal(&longer), DecodeError::Trailing(1));
}

#[test]
fn other_files_and_versions_are_refused() {
    let bytes = stages()[1].to_bytes();
    for index in 0..9 {
        let mut other = bytes.clone();
        other[index] ^= 1;
        assert_eq!(refusal(&other), DecodeError::Header);
    }
}

#[test]
fn points_that_are_identity_or_outside_the_subgroup_are_refused() {
    let transcript = two_queries();
    let bytes = transcript.to_bytes();
    let mut infinity = vec![0; 96];
    infinity[0] = 0xc0;
    let powers = &transcript.powers;
    let queries = &transcript.queries.as_ref().unwrap()[1];
    let lists: [(&str, G1Affine); 5] = [
        ("tau in G1", powers.tau_g1[4]),
        ("alpha", powers.alpha_g1[4]),
        ("beta", powers.beta_g1[4]),
        ("h query", queries.h[4]),
        ("input points", queries.inputs[4]),
    ];
    for (list, point) in lists {
        let old = compressed(&point);
        let at = |error| DecodeError::Point { list, index: 4, error };
        assert_eq!(refusal(&replace(&bytes, &old, &infinity[..48])), at(PointError::Identity));
        assert_eq!(refusal(&replace(&bytes, &old, &compressed(&torsion_g1()))), at(PointError::Subgroup));
        assert_eq!(refusal(&replace(&bytes, &old, &[0xff; 48])), at(PointError::Encoding));
    }
    let old = compressed(&powers.tau_g2[4]);
    let at = |error| DecodeError::Point { list: "tau in G2", index: 4, error };
    assert_eq!(refusal(&replace(&bytes, &old, &infinity)), at(PointError::Identity));
    assert_eq!(refusal(&replace(&bytes, &old, &compressed(&torsion_g2()))), at(PointError::Subgroup));
    let old = compressed(&queries.l[0]);
    let at = DecodeError::Point { list: "l query", index: 0, error: PointError::Subgroup };
    assert_eq!(refusal(&replace(&bytes, &old, &compressed(&torsion_g1()))), at);
    let record = &transcript.powers_records[0];
    let old = compressed(&record.points[1].g1);
    let at = DecodeError::Point { list: "alpha", index: 0, error: PointError::Identity };
    assert_eq!(refusal(&replace(&bytes, &old, &infinity[..48])), at);
    let old = compressed(&record.proofs[0].commitment);
    let at = DecodeError::Point { list: "tau", index: 0, error: PointError::Subgroup };
    assert_eq!(refusal(&replace(&bytes, &old, &compressed(&torsion_g1()))), at);
}

#[test]
fn scalars_at_or_above_the_modulus_are_refused() {
    let transcript = stages()[1].clone();
    let old = compressed(&transcript.powers_records[0].proofs[2].response);
    let modulus = Fr::MODULUS.to_bytes_le();
    let expected = DecodeError::Value("response of a proof of knowledge");
    assert_eq!(refusal(&replace(&transcript.to_bytes(), &old, &modulus)), expected);
}

#[test]
fn lengths_are_bounded_before_anything_is_read() {
    let empty = stages()[0].to_bytes();
    let mut many = empty.clone();
    let at = many.len() - 4;
    many[at..].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(refusal(&many), DecodeError::TooMany(u32::MAX as usize));
    many[at..].copy_from_slice(&(MAX_RECORDS as u32).to_le_bytes());
    assert!(matches!(refusal(&many), DecodeError::Truncated(_)));
    // The number of constraints of the first circuit: shape and digest are before it, name and header before these.
    let mut large = empty.clone();
    let constraints = 9 + 1 + "test".len() + 1 + 32 + 8;
    large[constraints..constraints + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(refusal(&large), DecodeError::Circuit);
    let mut swapped = empty;
    swapped[9 + 1 + "test".len()] = 1;
    assert_eq!(refusal(&swapped), DecodeError::Circuit);
}

#[test]
fn names_are_short_and_cannot_steer_a_terminal() {
    for bad in ["", "\u{1b}[2J", "a\nb", &"x".repeat(201)] {
        assert!(Text::new(bad).is_err(), "{bad:?}");
    }
    let mut bytes = stages()[0].to_bytes();
    bytes[10] = 0x1b;
    assert!(matches!(refusal(&bytes), DecodeError::Text { what: "name of the ceremony", .. }));
    let beacon = |value, rounds| Beacon::new(text("b"), value, rounds);
    assert!(beacon(Vec::new(), 1).is_none() && beacon(vec![0; 257], 1).is_none() && beacon(vec![0], 31).is_none());
    assert!(beacon(vec![0], 0).is_none() && beacon(vec![0], 30).is_some());
}
