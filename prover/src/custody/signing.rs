//! Signing together: commit to nonces, sign, combine.
//!
//! A custodian reviews the transaction before it commits, and signs the digest that it computed itself. Its nonces are for one
//! digest; they are used for one package, and are gone before the share goes out: two packages signed with the same nonces
//! give the share of the key away. Whoever stores a [`Session`] lets one process at a time sign with it.

use std::{collections::BTreeMap, io};

use borsh::{BorshDeserialize, BorshSerialize};
use rand_core::{CryptoRng, RngCore};
use tabella_protocol::{
    ceremony::{CeremonyId, Culprit, MessageError, RoundPayload as _, Signed, TrusteeIndex},
    transaction::{SignatureBytes, Transaction, TransactionDigest, TransferAuthorization},
};
use tabella_verifier::{files::encode, signature};
use thiserror::Error;

use super::{
    CustodyAccount, CustodyKey,
    frost::{
        self, Fault, SignatureShare, SigningCommitments, SigningNonces, SigningPackage, aggregate, commitments,
        identifier, nonce_pair, round1,
    },
    message::{Draft, Messages, Nonces, Package, Proposal, SignatureShares, Tag},
    review::{Review, ReviewError},
};
use crate::{
    builder::{PreparedTransaction, Proven, SigningResponse},
    keyfile::KeyFileContent,
    trustee::{SecretBytes, TrusteeIdentity},
};

/// Why something is not signed, or no signature.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum CustodyError {
    /// This identity is not the custodian whose key it is.
    #[error("this identity is not the custodian of this key")]
    NotACustodian,
    /// Of another custody.
    #[error("this is of custody {found}, and the key is of custody {own}")]
    OtherCustody {
        /// The key's.
        own: CeremonyId,
        /// The file's.
        found: CeremonyId,
    },
    /// The transaction is not to be signed.
    #[error(transparent)]
    Review(#[from] ReviewError),
    /// A message is missing, not rightly signed, or by a stranger.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Of another transaction than the one that was reviewed.
    #[error("this is of transaction {found}, and not of {expected}")]
    Digest {
        /// What was reviewed.
        expected: TransactionDigest,
        /// What was given.
        found: TransactionDigest,
    },
    /// Too few custodians.
    #[error("{found} of the {threshold} custodians who sign together have answered")]
    TooFew {
        /// How many.
        found: usize,
        /// How many are needed.
        threshold: u16,
    },
    /// A custodian stands twice in a package, or out of order.
    #[error("each custodian stands once in a package, in order")]
    Order,
    /// The package does not have this custodian's own nonces.
    #[error("the package does not have the nonces that this custodian committed to")]
    OwnNonces,
    /// The nonces were used for another package.
    #[error(
        "this custodian has signed this transaction with other custodians' nonces: its own are used up. Propose it again"
    )]
    Used,
    /// A message with another number of nonces or shares than there are transfers, or with points that are none.
    #[error("the message of {0} does not fit the transaction")]
    Malformed(Culprit),
    /// An answer to another package of the same or another transaction: its custodian has done nothing wrong.
    #[error("the answer of {0} is to another package than this one: take the file of its answer to this one")]
    OtherPackage(Culprit),
    /// Shares that are not the custodian's of this package.
    #[error("the signature shares of {} do not verify", list(.0))]
    Shares(Vec<Culprit>),
    /// The stored state or the key is damaged.
    #[error("the key or the stored state cannot be used: {0}")]
    State(String),
}

fn list(culprits: &[Culprit]) -> String {
    culprits.iter().map(Culprit::to_string).collect::<Vec<_>>().join(" and ")
}

impl From<Fault> for CustodyError {
    fn from(fault: Fault) -> Self {
        Self::State(fault.reason)
    }
}

/// A custodian's part in the signing of one transaction, in a key file of its own: it is never copied or restored, for what
/// was used once would be there again.
#[derive(Debug)]
pub struct Session {
    custodian: TrusteeIndex,
    digest: TransactionDigest,
    proposal: Proposal,
    nonces: Signed<Nonces>,
    state: State,
}

#[derive(Debug, BorshSerialize, BorshDeserialize)]
enum State {
    /// Nonces that were not used, one pair for each transfer.
    Committed(Vec<SecretBytes>),
    /// They are gone; the answer to the one package is kept, to be given out again.
    Signed { package: [u8; 32], answer: Signed<SignatureShares> },
}

impl Session {
    /// Reviews a proposal, and commits to fresh nonces for it.
    ///
    /// # Errors
    /// [`CustodyError::Review`] if the transaction is not to be signed; [`CustodyError::OtherCustody`].
    pub fn commit(
        key: &CustodyKey,
        identity: &TrusteeIdentity,
        proposal: Proposal,
        rng: &mut (impl RngCore + CryptoRng),
    ) -> Result<(Self, Review), CustodyError> {
        let account = key.account();
        check_key(key, identity, proposal.custody)?;
        let review = Review::new(account.viewing_key(), &proposal.request)?;
        let (mut secrets, mut pairs) = (Vec::new(), Vec::new());
        for _ in &proposal.request.effects().transfers {
            let (nonces, commitments) = round1::commit(&key.signing_share()?, rng);
            secrets.push(SecretBytes::new(nonces.serialize().map_err(Fault::from)?));
            pairs.push(nonce_pair(&commitments)?);
        }
        let said = Nonces { tag: Tag, digest: review.digest, pairs };
        let (custodian, digest) = (key.custodian(), review.digest);
        let nonces = identity.sign(account.setup(), custodian, said);
        Ok((Self { custodian, digest, proposal, nonces, state: State::Committed(secrets) }, review))
    }

    /// The transaction.
    #[must_use]
    pub const fn digest(&self) -> TransactionDigest {
        self.digest
    }

    /// What was reviewed.
    ///
    /// # Errors
    /// As [`Review::new`].
    pub fn review(&self, key: &CustodyKey) -> Result<Review, ReviewError> {
        Review::new(key.account().viewing_key(), &self.proposal.request)
    }

    /// The file of the first answer.
    #[must_use]
    pub fn nonces(&self) -> Vec<u8> {
        encode(&Messages { custody: self.proposal.custody, messages: vec![self.nonces.clone()] })
    }

    /// Whether the nonces are used up: then only the answer that was given is given again.
    #[must_use]
    pub const fn is_signed(&self) -> bool {
        matches!(self.state, State::Signed { .. })
    }

    /// Signs a package, and uses the nonces up. Store the session that is returned **before** the answer goes out. For the package
    /// that was signed before, the answer is the same.
    ///
    /// # Errors
    /// [`CustodyError::Used`] for any other package after the first; the session that is kept is as it was.
    pub fn sign(
        self,
        key: &CustodyKey,
        identity: &TrusteeIdentity,
        package: &Package,
    ) -> Result<(Self, Vec<u8>), CustodyError> {
        check_key(key, identity, package.custody)?;
        let hash = package.hash();
        let answer = match self.state {
            State::Signed { package, answer } if package == hash => answer,
            State::Signed { .. } => return Err(CustodyError::Used),
            State::Committed(secrets) => {
                let account = key.account();
                // Once more: what is signed is what can be read.
                let review = Review::new(account.viewing_key(), &self.proposal.request)?;
                let sets = check_package(account, &self.proposal, package)?;
                let own = package.nonces.iter().find(|message| message.trustee == self.custodian);
                if own.is_none_or(|own| own.payload != self.nonces.payload) {
                    return Err(CustodyError::OwnNonces);
                }
                let alphas = self.proposal.request.alphas();
                let mut shares = Vec::new();
                for ((secret, set), (_, alpha)) in secrets.iter().zip(sets).zip(alphas) {
                    let nonces = SigningNonces::deserialize(secret.expose()).map_err(Fault::from)?;
                    let package = SigningPackage::new(set, review.digest.as_bytes());
                    let share = frost::sign(&package, &nonces, &key.package()?, alpha.expose()).map_err(Fault::from)?;
                    shares.push(frost::bytes(&share.serialize())?);
                }
                identity.sign(account.setup(), self.custodian, SignatureShares { tag: Tag, package: hash, shares })
            }
        };
        let file = encode(&Messages { custody: package.custody, messages: vec![answer.clone()] });
        Ok((Self { state: State::Signed { package: hash, answer }, ..self }, file))
    }
}

/// Puts the nonces of custodians together: of all who answered.
///
/// # Errors
/// [`CustodyError`], naming the culprit.
pub fn package(
    account: &CustodyAccount,
    proposal: &Proposal,
    nonces: &[Signed<Nonces>],
) -> Result<Package, CustodyError> {
    let digest = proposal.request.effects().digest();
    let mut found: BTreeMap<TrusteeIndex, Signed<Nonces>> = BTreeMap::new();
    for message in nonces {
        // Nobody is blamed for what somebody else wrote.
        message.verify(account.setup())?;
        if let Some(earlier) = found.insert(message.trustee, message.clone())
            && earlier.payload != message.payload
        {
            return Err(CustodyError::Malformed(account.setup().culprit(message.trustee)));
        }
    }
    let package = Package { custody: account.id(), digest, nonces: found.into_values().collect() };
    check_package(account, proposal, &package)?;
    Ok(package)
}

/// The signatures of a transaction, from the shares of the custodians of a package. Wrong shares are named; answers of custodians
/// outside of the package are left aside.
///
/// # Errors
/// [`CustodyError::Shares`] names all whose shares are wrong; [`CustodyError::OtherPackage`].
pub fn combine(
    account: &CustodyAccount,
    proposal: &Proposal,
    package: &Package,
    answers: &[Signed<SignatureShares>],
) -> Result<SigningResponse, CustodyError> {
    let setup = account.setup();
    let sets = check_package(account, proposal, package)?;
    let hash = package.hash();
    let mut found: BTreeMap<TrusteeIndex, &SignatureShares> = BTreeMap::new();
    let is_in_package = |trustee| package.nonces.iter().any(|message| message.trustee == trustee);
    for answer in answers.iter().filter(|answer| is_in_package(answer.trustee)) {
        answer.verify(setup)?;
        let shares = &answer.payload;
        if shares.package != hash {
            return Err(CustodyError::OtherPackage(setup.culprit(answer.trustee)));
        }
        if shares.shares.len() != sets.len() {
            return Err(CustodyError::Malformed(setup.culprit(answer.trustee)));
        }
        found.insert(answer.trustee, shares);
    }
    let keys = account.public_keys()?;
    let mut signatures = Vec::new();
    for (index, (set, (transfer, alpha))) in sets.into_iter().zip(proposal.request.alphas()).enumerate() {
        let mut shares = BTreeMap::new();
        for message in &package.nonces {
            let (trustee, round) = (setup.culprit(message.trustee), SignatureShares::ROUND);
            let own = found.get(&message.trustee).and_then(|shares| shares.shares.get(index));
            let own = own.ok_or(MessageError::Missing { trustee: trustee.clone(), round })?;
            let share = SignatureShare::deserialize(own).map_err(|_| CustodyError::Shares(vec![trustee]))?;
            shares.insert(identifier(message.trustee).map_err(Fault::from)?, share);
        }
        let signing = SigningPackage::new(set, package.digest.as_bytes());
        let signature = aggregate(&signing, &shares, &keys, alpha.expose()).map_err(|error| {
            let fault = Fault::of(setup, &error);
            match fault.culprits.as_slice() {
                [] => CustodyError::State(fault.reason),
                culprits => CustodyError::Shares(culprits.iter().map(|index| setup.culprit(*index)).collect()),
            }
        })?;
        let signature = signature.serialize().map_err(Fault::from)?;
        signatures.push((*transfer, SignatureBytes(frost::bytes(&signature)?)));
    }
    Ok(SigningResponse { digest: package.digest, signatures })
}

impl Draft {
    /// What a coordinator keeps of a transaction that it has proved; `None` if a transfer in it is another party's.
    #[must_use]
    pub fn new(custody: CeremonyId, transaction: &PreparedTransaction<Proven>) -> Option<Self> {
        let proofs = transaction.proofs().into_iter().collect::<Option<_>>()?;
        Some(Self { proposal: Proposal { custody, request: transaction.signing_request() }, proofs })
    }

    /// The whole transaction, under the signatures of the custodians' shares.
    ///
    /// # Errors
    /// As [`combine`].
    pub fn finish(
        self,
        account: &CustodyAccount,
        package: &Package,
        answers: &[Signed<SignatureShares>],
    ) -> Result<Transaction, CustodyError> {
        let response = combine(account, &self.proposal, package, answers)?;
        let effects = self.proposal.request.effects().clone();
        let (found, needed) = (response.signatures.len(), effects.transfers.len());
        if found != needed || self.proofs.len() != needed {
            return Err(CustodyError::State("the draft has not one proof and one signature for each transfer".into()));
        }
        let mut transfers = Vec::new();
        for ((transfer, proof), (_, signature)) in effects.transfers.iter().zip(self.proofs).zip(response.signatures) {
            signature::verify(transfer.rk(), &response.digest, &signature)
                .map_err(|error| CustodyError::State(error.to_string()))?;
            transfers.push(TransferAuthorization { proof, signature });
        }
        Ok(Transaction { effects, transfers, action_proofs: Vec::new() })
    }
}

type NonceSet = BTreeMap<frost::Identifier, SigningCommitments>;

/// Checks a package: of this transaction, by t or more custodians in order, each with a pair for each transfer. The pairs
/// by transfer.
fn check_package(
    account: &CustodyAccount,
    proposal: &Proposal,
    package: &Package,
) -> Result<Vec<NonceSet>, CustodyError> {
    let setup = account.setup();
    for found in [package.custody, proposal.custody] {
        if found != account.id() {
            return Err(CustodyError::OtherCustody { own: account.id(), found });
        }
    }
    let expected = proposal.request.effects().digest();
    if package.digest != expected {
        return Err(CustodyError::Digest { expected, found: package.digest });
    }
    let (found, threshold) = (package.nonces.len(), setup.threshold());
    if found < usize::from(threshold) {
        return Err(CustodyError::TooFew { found, threshold });
    }
    if !package.nonces.iter().map(|message| message.trustee).is_sorted_by(|a, b| a < b) {
        return Err(CustodyError::Order);
    }
    let mut sets = vec![NonceSet::new(); proposal.request.effects().transfers.len()];
    for message in &package.nonces {
        message.verify(setup)?;
        let malformed = || CustodyError::Malformed(setup.culprit(message.trustee));
        let Nonces { digest, pairs, .. } = &message.payload;
        if *digest != expected {
            return Err(CustodyError::Digest { expected, found: *digest });
        }
        if pairs.len() != sets.len() {
            return Err(malformed());
        }
        for (set, pair) in sets.iter_mut().zip(pairs) {
            let own = identifier(message.trustee).map_err(Fault::from)?;
            set.insert(own, commitments(pair).map_err(|_| malformed())?);
        }
    }
    Ok(sets)
}

fn check_key(key: &CustodyKey, identity: &TrusteeIdentity, found: CeremonyId) -> Result<(), CustodyError> {
    let own = key.account().id();
    if found != own {
        return Err(CustodyError::OtherCustody { own, found });
    }
    if identity.index_in(key.account().setup()) != Some(key.custodian()) {
        return Err(CustodyError::NotACustodian);
    }
    Ok(())
}

impl KeyFileContent for Session {
    const KIND: &'static str = "custody signing session";
}

impl BorshSerialize for Session {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        (self.custodian, &self.proposal, &self.nonces, &self.state).serialize(writer)
    }
}

impl BorshDeserialize for Session {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let (custodian, proposal, nonces, state) =
            <(TrusteeIndex, Proposal, Signed<Nonces>, State)>::deserialize_reader(reader)?;
        // Computed, not read.
        let digest = proposal.request.effects().digest();
        Ok(Self { custodian, digest, proposal, nonces, state })
    }
}
