//! Every label, tag and domain string of the protocol, each used once. Changing one is a breaking change.

/// Version of the encodings and relations, absorbed in every digest and transcript.
pub const FORMAT_VERSION: u8 = 1;

/// Label of the Ristretto generators `(B, B~)`: `bulletproofs::PedersenGens::default()`.
pub const RISTRETTO_GENERATORS: &[u8] = b"ristretto255/bulletproofs-pedersen-v1";
/// Hash-to-group label of the generators that commit to the points of a ballot.
pub const BALLOT_VECTOR_BASE: &str = "tabella/v1/ballot/G";
/// Hash-to-group label of the Jubjub generator `V` (values).
pub const JUBJUB_VALUE_BASE: &[u8] = b"tabella/v1/jubjub/V";
/// Hash-to-group label of the Jubjub generator `R` (blinding factors).
pub const JUBJUB_BLINDING_BASE: &[u8] = b"tabella/v1/jubjub/R";

/// BLAKE2b personalisations: exactly 16 bytes each.
pub mod personal {
    /// Bytes to field (64-byte output reduced modulo r).
    pub const TO_FIELD: &[u8; 16] = b"Tabella_to_Field";
    /// Try-and-increment onto the Jubjub subgroup.
    pub const JUBJUB_GROUP: &[u8; 16] = b"Tabella_Jubjub_G";
    /// Diversifier or label to a Ristretto point.
    pub const RISTRETTO_GROUP: &[u8; 16] = b"Tabella_RistrttG";
    /// Account key from a seed.
    pub const ACCOUNT: &[u8; 16] = b"Tabella_Account_";
    /// Expansion of a spending key into its components.
    pub const EXPAND: &[u8; 16] = b"Tabella_ExpandSk";
    /// Expansion of a note's seed into `esk` and `rcm`.
    pub const EXPAND_NOTE: &[u8; 16] = b"Tabella_ExpandNt";
    /// Symmetric key of a note ciphertext.
    pub const NOTE_KDF: &[u8; 16] = b"Tabella_Note_KDF";
    /// Symmetric key of an outgoing ciphertext.
    pub const OUTGOING_KDF: &[u8; 16] = b"Tabella_Out_KDF_";
    /// Seed of the nonces of a spend-authority signature, hedged with the key and the digest.
    pub const SIGNING_NONCE: &[u8; 16] = b"Tabella_SignNonc";
    /// Seed of the blinding of a Groth16 proof, hedged with the statement and the witness.
    pub const PROOF_BLINDING: &[u8; 16] = b"Tabella_PrfBlind";
    /// Transaction digest.
    pub const TRANSACTION: &[u8; 16] = b"Tabella_TxDigest";
    /// Identifier of a verifying key.
    pub const VERIFYING_KEY: &[u8; 16] = b"Tabella_VerKeyId";
    /// Identifier of a ledger.
    pub const LEDGER: &[u8; 16] = b"Tabella_LedgerId";
    /// Identifier of a pool.
    pub const POOL: &[u8; 16] = b"Tabella_Pool__Id";
    /// Description of an asset.
    pub const ASSET: &[u8; 16] = b"Tabella_Asset_Id";
    /// Issue of an asset.
    pub const ISSUE: &[u8; 16] = b"Tabella_Issue___";
    /// Parameters of a release guard.
    pub const RELEASE: &[u8; 16] = b"Tabella_RelGuard";
    /// What opens a release guard.
    pub const RELEASE_CONSENT: &[u8; 16] = b"Tabella_RelSigns";
    /// Identifier of an account.
    pub const ACCOUNT_ID: &[u8; 16] = b"Tabella_Acct__Id";
    /// Identifier of a deposit.
    pub const DEPOSIT_ID: &[u8; 16] = b"Tabella_Deposit_";
    /// What the owner of an account signs.
    pub const ACCOUNT_OWNER: &[u8; 16] = b"Tabella_AcctSign";
    /// Keys of an account from its secret.
    pub const ACCOUNT_KEYS: &[u8; 16] = b"Tabella_AcctKeys";
    /// Symmetric key of a sealed opening.
    pub const OPENING_KDF: &[u8; 16] = b"Tabella_AcctSeal";
    /// Manifest hash: the election id.
    pub const MANIFEST: &[u8; 16] = b"Tabella_Manifest";
    /// Roll digest.
    pub const ROLL: &[u8; 16] = b"Tabella_ElecRoll";
    /// Trustee ceremony messages.
    pub const CEREMONY: &[u8; 16] = b"Tabella_Ceremony";
    /// Ceremony hash, named by the manifest.
    pub const CEREMONY_RECORD: &[u8; 16] = b"Tabella_CeremRec";
    /// Signed statements of the authority.
    pub const AUTHORITY: &[u8; 16] = b"Tabella_Authorit";
    /// Signed statements on an election's board.
    pub const BOARD: &[u8; 16] = b"Tabella_Board___";
    /// Claim and id of an invitation.
    pub const INVITATION: &[u8; 16] = b"Tabella_Invite__";
    /// What authenticates a registration under an invitation's token.
    pub const REGISTRATION: &[u8; 16] = b"Tabella_InviteMc";
    /// Symmetric key of a sealed ranking.
    pub const RANKING_KDF: &[u8; 16] = b"Tabella_RankSeal";
    /// What a trustee remembers of a tally that it decrypted.
    pub const TALLY: &[u8; 16] = b"Tabella_TallyDec";
    /// Seed of the key by which an authority distributes rights of hidden weight, from its signing key.
    pub const DISTRIBUTION: &[u8; 16] = b"Tabella_DistrKey";
    /// Digest of constraint matrices.
    pub const MATRICES: &[u8; 16] = b"Tabella_Matrices";
    /// Digest of a parameter file.
    pub const PARAMETERS: &[u8; 16] = b"Tabella_Paramete";
    /// Chain of the contributions to a setup ceremony, and digests of what they leave behind.
    pub const SETUP: &[u8; 16] = b"Tabella_SetupCer";
    /// Secrets of a contribution to a setup ceremony.
    pub const SETUP_SECRET: &[u8; 16] = b"Tabella_SetupSec";
}

/// Uses of Poseidon. The tag of a hash is `256·use + length`, never 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub enum Use {
    /// `ok = H(ak.x, ak.y, nk)`.
    OwnerKey = 1,
    /// `pk = H(ok, d)`.
    Owner = 2,
    /// `cm = H(asset, value, lock, rcm)`.
    Note = 3,
    /// `nf = H(nk', cm, pos)`.
    Nullifier = 4,
    /// `contract = H(pk_claim, terms, guard)`.
    Contract = 5,
    /// `lock = H(contract, pk_refund, nk_e)`.
    Escrow = 6,
    /// Inner node of a note commitment tree: `H(child_0, …, child_3)`.
    Node = 7,
}

/// merlin transcript labels: one per proof type.
pub mod proof {
    /// Cross-group equality of a value (bridge).
    pub const BRIDGE: &[u8] = b"tabella/v1/bridge";
    /// Ballot of weight 1, compressed proof.
    pub const BALLOT: &[u8] = b"tabella/v1/ballot";
    /// Ballot of hidden weight, compressed proof.
    pub const WEIGHTED_BALLOT: &[u8] = b"tabella/v1/weighted-ballot";
    /// Ballot of weight 1, proved by disjunctions.
    pub const DISJUNCTIVE_BALLOT: &[u8] = b"tabella/v1/disjunctive-ballot";
    /// Ballot of hidden weight, proved by disjunctions.
    pub const WEIGHTED_DISJUNCTIVE_BALLOT: &[u8] = b"tabella/v1/weighted-disjunctive-ballot";
    /// Knowledge of the randomness of a sealed ranking (Schnorr).
    pub const RANKING: &[u8] = b"tabella/v1/ranking";
    /// Partial decryption (Chaum-Pedersen).
    pub const DECRYPTION: &[u8] = b"tabella/v1/decryption";
    /// Knowledge of the opening of a commitment.
    pub const OPENING: &[u8] = b"tabella/v1/opening";
    /// Range proof.
    pub const RANGE: &[u8] = b"tabella/v1/range";
    /// Knowledge of the secrets of a contribution to a setup ceremony.
    pub const SETUP: &[u8] = b"tabella/v1/setup";
}

/// merlin labels of transcripts that nobody else sees: those from which the randomness of a ciphertext is drawn.
pub mod randomness {
    /// Randomness of a ballot's ciphertexts.
    pub const BALLOT: &[u8] = b"tabella/v1/ballot-randomness";
    /// Randomness of a sealed ranking.
    pub const RANKING: &[u8] = b"tabella/v1/ranking-randomness";
}

/// First word of the checkpoint extension line that tells the block: `<label> <height> <time>`.
pub const CHECKPOINT_BLOCK: &str = "tabella/v1/block";
