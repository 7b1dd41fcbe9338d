//! Accounts: balances on Ristretto, to which value leaves the pools and from which it enters them. Spec § 5.2.
//!
//! A balance is a commitment `b·B + s·B~` that its owner can open. What arrives waits as a *deposit* until the owner accepts it,
//! because a commitment that nobody can open would spoil the balance; what is not accepted in time goes back.

use borsh::{BorshDeserialize, BorshSerialize};
use curve25519_dalek::{constants::RISTRETTO_BASEPOINT_TABLE, scalar::Scalar};
use merlin::Transcript;

use crate::{
    bridge::BridgeProof,
    domain::{personal, proof},
    hash::blake2b_256,
    list::read_list,
    note::{AssetId, NoteValue, Timestamp},
    range::{RangeProofBytes, RangeStatement},
    ristretto::{CanonicalScalar, Element},
    transaction::{ApplicationId, LedgerId, SignatureBytes, TransactionDigest, hash_newtype},
    transcript::{ProofContext, TranscriptProtocol},
};

/// The application's name in actions.
pub const APPLICATION: ApplicationId = ApplicationId(*b"account\0");
/// Most deposits that one action accepts.
pub const MAX_ACCEPTED_DEPOSITS: usize = 64;

hash_newtype! {
    /// Which account.
    AccountId
}
hash_newtype! {
    /// Which deposit.
    DepositId
}

impl DepositId {
    /// `BLAKE2b-256("Tabella_Deposit_", digest of the transaction || index of the action (4 bytes))`.
    #[must_use]
    pub fn derive(digest: TransactionDigest, action: u32) -> Self {
        Self(blake2b_256(personal::DEPOSIT_ID, &[digest.as_bytes(), &action.to_le_bytes()]))
    }
}

/// Opens an account. Proof: the owner's signature.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpenAccount {
    /// Ed25519 key that signs for the account.
    pub owner: [u8; 32],
    /// To which openings of hidden deposits are sealed: `k·B`, k held by whoever reads the account.
    pub viewer: Element,
    /// The one asset that it holds.
    pub asset: AssetId,
    /// Random: an owner can have several accounts.
    pub nonce: [u8; 32],
}

impl OpenAccount {
    /// `BLAKE2b-256("Tabella_Acct__Id", ledger || borsh of the opening)`.
    #[must_use]
    pub fn id(&self, ledger: LedgerId) -> AccountId {
        let bytes = borsh::to_vec(self).expect("writing to memory");
        AccountId(blake2b_256(personal::ACCOUNT_ID, &[ledger.as_bytes(), &bytes]))
    }
}

/// How much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Amount {
    /// Everybody sees it.
    Public(NoteValue),
    /// `w·B + s·B~`.
    Hidden(Element),
}

impl Amount {
    /// The commitment that is added to a balance or taken from it: a public amount has the blinding factor 0.
    #[must_use]
    pub fn commitment(&self) -> Element {
        match self {
            Self::Public(value) => Element::new(&Scalar::from(value.0) * RISTRETTO_BASEPOINT_TABLE),
            Self::Hidden(commitment) => *commitment,
        }
    }
}

/// Where a deposit goes that nobody accepted in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ReturnTo {
    /// To the pending deposits of the payer's account, whoever asks for it.
    Account(AccountId),
    /// Into the pool, by a transfer in mode entry that this Ed25519 key signs: to whatever address its holder chooses.
    Key([u8; 32]),
}

/// The opening (w, s) of a hidden amount, sealed to the viewer of the account it goes to. The ledger only carries it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SealedOpening {
    /// Ephemeral key.
    pub epk: Element,
    /// ChaCha20-Poly1305 of w (8 bytes) and s (32 bytes).
    pub sealed: [u8; 56],
}

/// The body of an action of the application `account`.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum AccountAction {
    /// A new account.
    Open(OpenAccount),
    /// Value leaves a pool and waits for the owner.
    Deposit {
        /// To which account.
        account: AccountId,
        /// Index of the transfer, in mode exit.
        transfer: u32,
        /// How much.
        amount: Amount,
        /// The opening of a hidden amount.
        sealed: Option<SealedOpening>,
        /// Where it goes if it is not accepted.
        return_to: ReturnTo,
        /// It is accepted before this, and goes back from this on.
        deadline: Timestamp,
    },
    /// The owner takes deposits into the balance.
    Accept {
        /// Which account.
        account: AccountId,
        /// Its version; one more afterwards.
        version: u64,
        /// 1 to 64 deposits.
        deposits: Vec<DepositId>,
    },
    /// A deposit that was not accepted in time goes back.
    Return {
        /// Which deposit.
        deposit: DepositId,
        /// Index of the transfer, in mode entry; none if it goes to an account.
        transfer: Option<u32>,
    },
    /// Value enters a pool.
    Withdraw {
        /// From which account.
        account: AccountId,
        /// Its version; one more afterwards.
        version: u64,
        /// Index of the transfer, in mode entry.
        transfer: u32,
        /// How much.
        amount: Amount,
        /// The opening of a hidden amount, sealed to the account's own viewer: whoever lost all but the keys finds it again.
        sealed: Option<SealedOpening>,
    },
    /// Value goes to another account, where it waits as a deposit, or else comes back.
    Pay {
        /// From which account.
        account: AccountId,
        /// Its version; one more afterwards.
        version: u64,
        /// To which account, of the same asset.
        to: AccountId,
        /// How much.
        amount: Amount,
        /// The opening of a hidden amount.
        sealed: Option<SealedOpening>,
        /// It is accepted before this, and goes back from this on.
        deadline: Timestamp,
    },
}

/// The proof of an action: exactly what the action needs, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct AccountProof {
    /// Ed25519 signature of [`owner_message`], by the owner or, of a return, by the payer's key.
    pub signature: Option<SignatureBytes>,
    /// From C to the hidden amount.
    pub bridge: Option<BridgeProof>,
    /// That the owner can open each hidden deposit, in their order; at most 64.
    #[borsh(deserialize_with = "read_list::<MAX_ACCEPTED_DEPOSITS, OpeningProof, _>")]
    pub openings: Vec<OpeningProof>,
    /// That what remains, and a hidden amount that is paid, are below 2^64.
    pub range: Option<RangeProofBytes>,
}

/// What owners sign: BLAKE2b-256 (`Tabella_AcctSign`) of the transaction's digest.
#[must_use]
pub fn owner_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(personal::ACCOUNT_OWNER, &[digest.as_bytes()])
}

/// What a range proof is about: the application, the account, and the version whose balance is spent.
#[must_use]
pub fn range_statement(account: AccountId, version: u64, commitments: Vec<Element>) -> RangeStatement {
    let purpose = [APPLICATION.0.as_slice(), account.as_bytes(), &version.to_le_bytes()].concat();
    RangeStatement { purpose, commitments }
}

/// Knowledge of (w, s) with `C' = w·B + s·B~`: `T = a·B + t·B~`, challenge c, `z_w = a + c·w`, `z_s = t + c·s`; checked is
/// `z_w·B + z_s·B~ = T + c·C'`.
///
/// Two answers to challenges that differ give (w, s) by division; T is uniform, and z_w, z_s are uniform for every c.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct OpeningProof {
    /// T.
    pub nonce: Element,
    /// `z_w`.
    pub value: CanonicalScalar,
    /// `z_s`.
    pub blinding: CanonicalScalar,
}

/// What an [`OpeningProof`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpeningStatement {
    /// Into which account the deposit is taken.
    pub account: AccountId,
    /// Which deposit.
    pub deposit: DepositId,
    /// `C'`.
    pub commitment: Element,
}

impl OpeningStatement {
    /// A transcript that has absorbed the statement and its place.
    #[must_use]
    pub fn transcript(&self, context: &ProofContext) -> Transcript {
        let mut transcript = Transcript::for_proof(proof::OPENING, context);
        transcript.append_message(b"account", self.account.as_bytes());
        transcript.append_message(b"deposit", self.deposit.as_bytes());
        transcript.append_element(b"C'", &self.commitment);
        transcript
    }

    /// The challenge.
    #[must_use]
    pub fn challenge(mut transcript: Transcript, nonce: &Element) -> Scalar {
        transcript.append_element(b"T", nonce);
        transcript.challenge_scalar(b"c")
    }
}
