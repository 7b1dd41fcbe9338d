use ark_bls12_381::Fr;
use ark_ec::twisted_edwards::TECurveConfig;
use ark_ed_on_bls12_381::{EdwardsAffine, JubjubConfig};
use ark_ff::{Field, PrimeField, UniformRand, Zero};
use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};
use tabella_protocol::jubjub::{JubjubScalar, scalar_to_bytes, spend_authority_base};

use super::*;

fn digest(byte: u8) -> TransactionDigest {
    TransactionDigest([byte; 32])
}

fn key(rng: &mut ChaCha20Rng) -> (reddsa::SigningKey<SpendAuth>, JubjubPoint) {
    let key = reddsa::SigningKey::new(rng);
    let bytes: [u8; 32] = reddsa::VerificationKey::from(&key).into();
    (key, JubjubPoint::from_bytes(&bytes).unwrap())
}

fn sign(key: &reddsa::SigningKey<SpendAuth>, digest: &TransactionDigest, rng: &mut ChaCha20Rng) -> SignatureBytes {
    SignatureBytes(key.sign(rng, digest.as_bytes()).into())
}

/// A signature made by hand, with torsion added to the key or to R.
fn sign_with_torsion(
    key_torsion: EdwardsAffine,
    nonce_torsion: EdwardsAffine,
    digest: &TransactionDigest,
    rng: &mut ChaCha20Rng,
) -> (JubjubPoint, SignatureBytes) {
    let (sk, k) = (JubjubScalar::rand(rng), JubjubScalar::rand(rng));
    let rk = JubjubPoint::new(*spend_authority_base() * sk + key_torsion);
    let nonce = JubjubPoint::new(*spend_authority_base() * k + nonce_torsion);
    let challenge = blake2b_simd::Params::new()
        .hash_length(64)
        .personal(b"Zcash_RedJubjubH")
        .to_state()
        .update(&nonce.to_bytes())
        .update(&rk.to_bytes())
        .update(digest.as_bytes())
        .finalize();
    let s = k + JubjubScalar::from_le_bytes_mod_order(challenge.as_bytes()) * sk;
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&nonce.to_bytes());
    bytes[32..].copy_from_slice(&scalar_to_bytes(&s));
    (rk, SignatureBytes(bytes))
}

/// The eight points of small order.
fn small_order_points() -> Vec<EdwardsAffine> {
    let order = <JubjubScalar as PrimeField>::MODULUS;
    let generator = (1u64..)
        .find_map(|y| {
            let mut bytes = [0; 32];
            bytes[..8].copy_from_slice(&y.to_le_bytes());
            let point = *JubjubPoint::from_bytes(&bytes)?.affine();
            let torsion = JubjubConfig::mul_affine(&point, order.as_ref());
            (!(torsion + torsion + torsion + torsion).is_zero()).then_some(torsion)
        })
        .unwrap();
    let mut points = vec![EdwardsAffine::zero()];
    for _ in 1..8 {
        points.push((*points.last().unwrap() + generator).into());
    }
    points
}

#[test]
fn honest_signature_is_accepted_and_other_digest_key_or_signature_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(1);
    let (sk, rk) = key(&mut rng);
    let signature = sign(&sk, &digest(1), &mut rng);
    assert_eq!(verify(&rk, &digest(1), &signature), Ok(()));
    assert_eq!(verify(&rk, &digest(2), &signature), Err(SignatureError::Invalid));
    assert_eq!(verify(&key(&mut rng).1, &digest(1), &signature), Err(SignatureError::Invalid));
    let other = sign(&sk, &digest(2), &mut rng);
    let mut mixed = signature;
    mixed.0[32..].copy_from_slice(&other.0[32..]);
    assert_eq!(verify(&rk, &digest(1), &mixed), Err(SignatureError::Invalid));
}

// Attack 20: under a key of small order anybody can sign; reddsa accepts it.
#[test]
fn key_of_small_order_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(2);
    for torsion in small_order_points() {
        let rk = JubjubPoint::new(torsion);
        assert!(rk.is_small_order());
        // s = k makes the equation hold up to the cofactor, whatever the challenge.
        let k = JubjubScalar::rand(&mut rng);
        let mut forged = [0; 64];
        forged[..32].copy_from_slice(&JubjubPoint::new(*spend_authority_base() * k).to_bytes());
        forged[32..].copy_from_slice(&scalar_to_bytes(&k));
        let forged = SignatureBytes(forged);
        let stock = reddsa::VerificationKey::<SpendAuth>::try_from(rk.to_bytes()).unwrap();
        assert!(stock.verify(digest(1).as_bytes(), &forged.signature()).is_ok(), "the hazard is still there");
        assert_eq!(verify(&rk, &digest(1), &forged), Err(SignatureError::SmallOrderKey));
        let mut batch = SignatureBatch::new();
        batch.push(&rk, &digest(1), &forged);
        assert_eq!(batch.verify(&mut rng), Err(BatchError { culprits: vec![0] }));
    }
}

// Attack 20 (ZIP 216).
#[test]
fn non_canonical_key_is_refused() {
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(RandomizedValidatingKey::from_bytes(&identity), Err(SignatureError::SmallOrderKey));
    identity[31] = 0x80;
    assert_eq!(RandomizedValidatingKey::from_bytes(&identity), Err(SignatureError::KeyEncoding));
    assert_eq!(RandomizedValidatingKey::from_bytes(&[0xff; 32]), Err(SignatureError::KeyEncoding));
}

// Attack 22: s + r_J is the same number modulo r_J, and would be a second signature.
#[test]
fn signature_scalar_above_the_order_is_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(3);
    let (sk, rk) = key(&mut rng);
    let mut signature = sign(&sk, &digest(1), &mut rng);
    let mut carry = 0u16;
    let order = JubjubScalar::MODULUS.0.map(u64::to_le_bytes).concat();
    for (byte, addend) in signature.0[32..].iter_mut().zip(order) {
        let sum = u16::from(*byte) + u16::from(addend) + carry;
        *byte = sum as u8;
        carry = sum >> 8;
    }
    assert_eq!(carry, 0);
    assert_eq!(verify(&rk, &digest(1), &signature), Err(SignatureError::ScalarRange));
    let mut batch = SignatureBatch::new();
    batch.push(&rk, &digest(1), &signature);
    assert_eq!(batch.verify(&mut rng), Err(BatchError { culprits: vec![0] }));
}

// Attack 20: a second encoding of R, or no point at all. Whoever knows sk makes signatures of which the equation holds if R is
// read in spite of that.
#[test]
fn non_canonical_nonce_is_refused_alone_and_in_a_batch() {
    let mut rng = ChaCha20Rng::seed_from_u64(4);
    let sk = JubjubScalar::rand(&mut rng);
    let rk = JubjubPoint::new(*spend_authority_base() * sk);
    let signed = |nonce: [u8; 32]| {
        let challenge = blake2b_simd::Params::new()
            .hash_length(64)
            .personal(b"Zcash_RedJubjubH")
            .to_state()
            .update(&nonce)
            .update(&rk.to_bytes())
            .update(digest(1).as_bytes())
            .finalize();
        let s = JubjubScalar::from_le_bytes_mod_order(challenge.as_bytes()) * sk;
        let mut bytes = [0; 64];
        bytes[..32].copy_from_slice(&nonce);
        bytes[32..].copy_from_slice(&scalar_to_bytes(&s));
        SignatureBytes(bytes)
    };
    // R is the identity, so that s = c·sk.
    let mut identity = [0; 32];
    identity[0] = 1;
    assert_eq!(verify(&rk, &digest(1), &signed(identity)), Ok(()));
    let mut with_sign = identity;
    with_sign[31] = 0x80;
    // -1, of order 2, which the cofactor takes away.
    let mut negative = tabella_protocol::field::to_bytes(&-Fr::ONE);
    assert_eq!(verify(&rk, &digest(1), &signed(negative)), Ok(()));
    negative[31] |= 0x80;
    // 1 + r is 1 modulo r.
    let mut above: [u8; 32] = Fr::MODULUS.0.map(u64::to_le_bytes).concat().try_into().unwrap();
    above[0] += 1;
    let no_point = (2u8..).map(|y| [[y].as_slice(), &[0; 31]].concat().try_into().unwrap());
    let no_point = no_point.into_iter().find(|bytes| JubjubPoint::from_bytes(bytes).is_none()).unwrap();
    for nonce in [with_sign, negative, above, [0xff; 32], no_point] {
        let signature = signed(nonce);
        assert_eq!(verify(&rk, &digest(1), &signature), Err(SignatureError::NonceEncoding));
        let mut batch = SignatureBatch::new();
        batch.push(&rk, &digest(1), &signed(identity));
        batch.push(&rk, &digest(1), &signature);
        assert_eq!(batch.verify(&mut rng), Err(BatchError { culprits: vec![1] }));
    }
}

// Attack 20: where single and batch verification differ in the cofactor, some signature is good in one and not in the other.
#[test]
fn single_and_batch_verification_agree_on_small_order_components() {
    let mut rng = ChaCha20Rng::seed_from_u64(5);
    let points = small_order_points();
    for key_torsion in &points {
        for nonce_torsion in [points[0], points[1], points[4]] {
            let (rk, signature) = sign_with_torsion(*key_torsion, nonce_torsion, &digest(1), &mut rng);
            assert_eq!(verify(&rk, &digest(1), &signature), Ok(()));
            let mut batch = SignatureBatch::new();
            for _ in 0..8 {
                batch.push(&rk, &digest(1), &signature);
            }
            assert_joint_equation(&batch, true, &mut rng);
            assert_eq!(batch.verify(&mut rng), Ok(()));
        }
    }
}

/// What the joint equation says by itself: a batch in which it fails is divided, and then each member is verified alone, so that the
/// verdict does not show it.
fn assert_joint_equation(batch: &SignatureBatch, holds: bool, rng: &mut ChaCha20Rng) {
    let (items, refused) = batch.clone().decode();
    assert_eq!((items.len(), refused.len()), (batch.len(), 0));
    assert_eq!(equation_holds(&items, rng), holds, "{} signatures", items.len());
}

#[test]
fn joint_equation_holds_for_valid_signatures_and_for_no_others() {
    let mut rng = ChaCha20Rng::seed_from_u64(8);
    let signed: Vec<_> = (0..130u8)
        .map(|index| {
            let (sk, rk) = key(&mut rng);
            (rk, digest(index), sign(&sk, &digest(index), &mut rng))
        })
        .collect();
    for count in [0, 1, 2, 7, 8, 9, 40, 130] {
        let mut batch = SignatureBatch::new();
        for (rk, digest, signature) in &signed[..count] {
            batch.push(rk, digest, signature);
        }
        assert_joint_equation(&batch, true, &mut rng);
        for bad in [0, count / 2, count.saturating_sub(1)].into_iter().filter(|bad| *bad < count) {
            let mut batch = SignatureBatch::new();
            for (index, (rk, stated, signature)) in signed[..count].iter().enumerate() {
                batch.push(rk, if index == bad { &TransactionDigest([0xff; 32]) } else { stated }, signature);
            }
            assert_joint_equation(&batch, false, &mut rng);
            assert_eq!(batch.verify(&mut rng), Err(BatchError { culprits: vec![bad] }));
        }
    }
}

#[test]
fn batch_names_all_culprits_and_nobody_else() {
    let mut rng = ChaCha20Rng::seed_from_u64(6);
    let mut batch = SignatureBatch::new();
    assert_eq!(batch.clone().verify(&mut rng), Ok(()));
    for index in 0..16u8 {
        let (sk, rk) = key(&mut rng);
        let mut signature = sign(&sk, &digest(index), &mut rng);
        let mut stated = digest(index);
        match index {
            3 => stated = digest(99),
            4 => signature = sign(&sk, &digest(5), &mut rng),
            9 => signature.0[63] = 0xff,
            15 => signature.0[..32].fill(0xff),
            _ => {}
        }
        batch.push(&rk, &stated, &signature);
    }
    assert_eq!(batch.verify(&mut rng), Err(BatchError { culprits: vec![3, 4, 9, 15] }));
}

// Attack 29: faults that would cancel if both equations had the same weight.
#[test]
fn cancelling_signature_faults_are_refused() {
    let mut rng = ChaCha20Rng::seed_from_u64(7);
    let mut batch = SignatureBatch::new();
    for fault in [JubjubScalar::ONE, -JubjubScalar::ONE] {
        let (sk, rk) = key(&mut rng);
        let mut signature = sign(&sk, &digest(1), &mut rng);
        let mut s = [0; 32];
        s.copy_from_slice(&signature.0[32..]);
        let s = scalar_from_bytes(&s).unwrap() + fault;
        signature.0[32..].copy_from_slice(&scalar_to_bytes(&s));
        batch.push(&rk, &digest(1), &signature);
    }
    assert_joint_equation(&batch, false, &mut rng);
    assert_eq!(batch.verify(&mut rng), Err(BatchError { culprits: vec![0, 1] }));
}
