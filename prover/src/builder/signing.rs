//! Spend authority, apart from proving: a cold device can hold `ask`.

use std::{fmt, io};

use borsh::{BorshDeserialize, BorshSerialize};
use rand_chacha::ChaCha20Rng;
use rand_core::{CryptoRng, RngCore, SeedableRng};
use reddsa::{Randomizer, SigningKey, VerificationKey, sapling::SpendAuth};
use tabella_protocol::{
    domain::personal,
    hash::blake2b_256,
    jubjub::{self, JubjubPoint, JubjubScalar},
    secret::Secret,
    transaction::{MAX_TRANSFERS, SignatureBytes, TransactionDigest, TransactionEffects},
};
use thiserror::Error;
use zeroize::Zeroizing;

/// What a signer needs: the whole effects, so that it computes the digest itself and can show (with `ovk`) what it signs,
/// and the `α` of each transfer that is its own. It is confidential: `α` links the transfer to the account.
#[derive(Clone)]
pub struct SigningRequest {
    effects: TransactionEffects,
    alphas: Vec<(u32, Secret<JubjubScalar>)>,
}

/// The signatures that answer a request.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SigningResponse {
    /// What was signed.
    pub digest: TransactionDigest,
    /// Index of a transfer, and its signature.
    pub signatures: Vec<(u32, SignatureBytes)>,
}

/// Why a request was not signed, or a response not taken.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningError {
    /// `rk` is not this key's, randomised by `α`.
    #[error("transfer {0} is not of the signing key's account")]
    NotThisKey(u32),
    /// There is no such transfer, or it is another party's.
    #[error("there is no transfer {0} to sign")]
    NoSuchTransfer(u32),
    /// The response is of another transaction.
    #[error("the signatures are of another transaction")]
    Digest,
    /// A signature does not verify under `rk`.
    #[error("the signature of transfer {0} does not verify")]
    Signature(u32),
    /// A transfer was left unsigned.
    #[error("transfer {0} is not signed")]
    Missing(u32),
}

impl SigningRequest {
    pub(super) const fn new(effects: TransactionEffects, alphas: Vec<(u32, Secret<JubjubScalar>)>) -> Self {
        Self { effects, alphas }
    }

    /// One with any effects, for tests of those who must not sign it.
    #[cfg(test)]
    pub(crate) fn of(effects: TransactionEffects, alphas: impl IntoIterator<Item = (u32, JubjubScalar)>) -> Self {
        Self::new(effects, alphas.into_iter().map(|(index, alpha)| (index, Secret::new(alpha))).collect())
    }

    /// What would be signed.
    #[must_use]
    pub const fn effects(&self) -> &TransactionEffects {
        &self.effects
    }

    /// Index and `α` of each transfer to be signed, ascending.
    pub(crate) fn alphas(&self) -> &[(u32, Secret<JubjubScalar>)] {
        &self.alphas
    }

    /// Signs every transfer of the request, or none.
    ///
    /// # Errors
    /// [`SigningError::NotThisKey`] when an `rk` is not the key's; [`SigningError::NoSuchTransfer`].
    pub fn sign(
        &self,
        key: &SigningKey<SpendAuth>,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<SigningResponse, SigningError> {
        let digest = self.effects.digest();
        let signatures = self.alphas.iter().map(|(index, alpha)| {
            let transfer = usize::try_from(*index).ok().and_then(|i| self.effects.transfers.get(i));
            let transfer = transfer.ok_or(SigningError::NoSuchTransfer(*index))?;
            let signature = sign_one(key, alpha.expose(), transfer.rk(), digest, *index, rng)?;
            Ok((*index, signature))
        });
        Ok(SigningResponse { digest, signatures: signatures.collect::<Result<_, _>>()? })
    }
}

fn sign_one(
    key: &SigningKey<SpendAuth>,
    alpha: &JubjubScalar,
    rk: &JubjubPoint,
    digest: TransactionDigest,
    index: u32,
    rng: &mut (impl RngCore + CryptoRng),
) -> Result<SignatureBytes, SigningError> {
    let alpha = Randomizer::<SpendAuth>::from_bytes(&jubjub::scalar_to_bytes(alpha));
    let alpha = Option::from(alpha).expect("both libraries have the same r_J");
    let key = key.randomize(&alpha);
    let rk_bytes: [u8; 32] = VerificationKey::from(&key).into();
    if rk_bytes != rk.to_bytes() || rk.is_small_order() {
        return Err(SigningError::NotThisKey(index));
    }
    // reddsa's nonce depends on the generator alone; hedged with key and digest, a broken generator does not show the key.
    let mut random = Zeroizing::new([0; 32]);
    rng.fill_bytes(random.as_mut_slice());
    let secret = Zeroizing::new(<[u8; 32]>::from(key));
    let parts: [&[u8]; 4] = [secret.as_slice(), digest.as_bytes(), &index.to_le_bytes(), random.as_slice()];
    let seed = Zeroizing::new(blake2b_256(personal::SIGNING_NONCE, &parts));
    let signature = key.sign(ChaCha20Rng::from_seed(*seed), digest.as_bytes());
    Ok(SignatureBytes(signature.into()))
}

/// Whether a signature of a digest verifies under `rk`, which is not of small order.
pub(super) fn verify(rk: &JubjubPoint, digest: TransactionDigest, signature: &SignatureBytes) -> bool {
    !rk.is_small_order()
        && VerificationKey::<SpendAuth>::try_from(rk.to_bytes())
            .is_ok_and(|rk| rk.verify(digest.as_bytes(), &signature.signature()).is_ok())
}

impl fmt::Debug for SigningRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningRequest").field("digest", &self.effects.digest()).finish_non_exhaustive()
    }
}

/// Encoding: effects, then (index, `α` as 32 bytes) for each own transfer, indices ascending.
impl BorshSerialize for SigningRequest {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        self.effects.serialize(writer)?;
        let alphas: Vec<_> =
            self.alphas.iter().map(|(i, alpha)| (*i, jubjub::scalar_to_bytes(alpha.expose()))).collect();
        alphas.serialize(writer)
    }
}

impl BorshDeserialize for SigningRequest {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let invalid = |what| io::Error::new(io::ErrorKind::InvalidData, what);
        let effects = TransactionEffects::deserialize_reader(reader)?;
        let count = u32::deserialize_reader(reader)?;
        if count as usize > MAX_TRANSFERS {
            return Err(invalid("more signatures than a transaction has transfers"));
        }
        let mut alphas: Vec<(u32, Secret<JubjubScalar>)> = Vec::new();
        for _ in 0..count {
            let (index, alpha) = <(u32, [u8; 32])>::deserialize_reader(reader)?;
            if alphas.last().is_some_and(|(last, _)| *last >= index) {
                return Err(invalid("indices are not ascending"));
            }
            let alpha = jubjub::scalar_from_bytes(&alpha).ok_or_else(|| invalid("not a scalar of Jubjub"))?;
            alphas.push((index, Secret::new(alpha)));
        }
        Ok(Self { effects, alphas })
    }
}
