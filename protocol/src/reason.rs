//! Why something is refused, in parts: a stable code and values, so that whoever shows it can say it in any language.
//!
//! An error's `Display` says the same in English.

mod errors;

use std::fmt::Display;

use crate::ceremony::Culprit;

macro_rules! codes {
    ($($name:ident $code:literal)*) => {
        /// Which rule refuses. The codes are stable: tools may rely on them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum ReasonCode {
            $(
                #[doc = concat!("`", $code, "`")]
                $name,
            )*
        }

        impl ReasonCode {
            /// All codes, by where they are met: the file, keys, the log, a transaction, the opening, entries, the tally.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

codes! {
    RecordKind "record-kind"
    RecordVersion "record-version"
    RecordDamaged "record-damaged"
    RecordLength "record-length"
    RecordEmpty "record-empty"
    KeyUnreadable "key-unreadable"
    KeyOrder "key-order"
    KeyTwice "key-twice"
    KeyOrigin "key-origin"
    KeyUnknown "key-unknown"
    KeyDevelopment "key-development"
    KeyUnlisted "key-unlisted"
    KeyUnused "key-unused"
    LogFull "log-full"
    LedgerName "ledger-name"
    LedgerKey "ledger-key"
    CheckpointMalformed "checkpoint-malformed"
    CheckpointOtherLog "checkpoint-other-log"
    CheckpointUnsigned "checkpoint-unsigned"
    CheckpointSignature "checkpoint-signature"
    CheckpointSize "checkpoint-size"
    CheckpointRoot "checkpoint-root"
    TransactionVersion "transaction-version"
    OtherLedger "other-ledger"
    TransactionEmpty "transaction-empty"
    TransactionLarge "transaction-large"
    TransactionAuthorizations "transaction-authorizations"
    TransactionLength "transaction-length"
    TransferKey "transfer-key"
    TransferSmallOrder "transfer-small-order"
    TransferZeroWeight "transfer-zero-weight"
    TransferContract "transfer-contract"
    TransferTag "transfer-tag"
    TransferCiphertexts "transfer-ciphertexts"
    TransferNullifierTwice "transfer-nullifier-twice"
    OpeningForm "opening-form"
    OpeningUnreadable "opening-unreadable"
    OpeningSignature "opening-signature"
    OpeningLate "opening-late"
    OpeningDistribution "opening-distribution"
    OpeningLedger "opening-ledger"
    OpeningCeremony "opening-ceremony"
    OpeningKey "opening-key"
    OpeningRoll "opening-roll"
    OtherElection "other-election"
    ManifestVersion "manifest-version"
    ManifestText "manifest-text"
    ManifestQuestions "manifest-questions"
    ManifestSize "manifest-size"
    ManifestLimits "manifest-limits"
    ManifestRankedWeights "manifest-ranked-weights"
    ManifestBranches "manifest-branches"
    ManifestOptionTwice "manifest-option-twice"
    ManifestWindow "manifest-window"
    ManifestEpoch "manifest-epoch"
    CeremonyUnknownTrustee "ceremony-unknown-trustee"
    CeremonySignature "ceremony-signature"
    CeremonyMissing "ceremony-missing"
    CeremonyEquivocated "ceremony-equivocated"
    CeremonyOrder "ceremony-order"
    CeremonyPackageChanged "ceremony-package-changed"
    CeremonyDegree "ceremony-degree"
    CeremonyProofOfKnowledge "ceremony-proof-of-knowledge"
    CeremonyConfirmation "ceremony-confirmation"
    CeremonyAcknowledgement "ceremony-acknowledgement"
    CeremonyIdentity "ceremony-identity"
    CanaryMissing "canary-missing"
    CanaryOrder "canary-order"
    RollEmpty "roll-empty"
    RollAddressTwice "roll-address-twice"
    RollWeight "roll-weight"
    RollKind "roll-kind"
    RollDistributor "roll-distributor"
    RollTotal "roll-total"
    RollPoints "roll-points"
    RollRankings "roll-rankings"
    RollDegenerate "roll-degenerate"
    Replayed "replayed"
    TimeBackwards "time-backwards"
    EntryForm "entry-form"
    EntryUnreadable "entry-unreadable"
    EntryOtherElection "entry-other-election"
    Frozen "frozen"
    TransferWindow "transfer-window"
    BallotWindow "ballot-window"
    Anchor "anchor"
    Delegation "delegation"
    TransferMode "transfer-mode"
    BallotAsset "ballot-asset"
    BallotWeight "ballot-weight"
    BallotKind "ballot-kind"
    BallotBridge "ballot-bridge"
    BallotShape "ballot-shape"
    BallotRankings "ballot-rankings"
    RightMoved "right-moved"
    RightCast "right-cast"
    RightOverridden "right-overridden"
    NoRevoting "no-revoting"
    StaleRevision "stale-revision"
    AuthoritySignature "authority-signature"
    StageChanged "stage-changed"
    StageClosed "stage-closed"
    StageEarly "stage-early"
    StagePublish "stage-publish"
    StageOpen "stage-open"
    CloseMismatch "close-mismatch"
    CloseRoot "close-root"
    SmallGroup "small-group"
    TreeFull "tree-full"
    ResultShape "result-shape"
    ResultRankedCount "result-ranked-count"
    ResultRankings "result-rankings"
    ResultRounds "result-rounds"
    DecryptionKey "decryption-key"
    DecryptionUnknownTrustee "decryption-unknown-trustee"
    DecryptionTwice "decryption-twice"
    DecryptionCount "decryption-count"
    DecryptionProof "decryption-proof"
    DecryptionOrder "decryption-order"
    DecryptionTooFew "decryption-too-few"
    DecryptionMismatch "decryption-mismatch"
    TotalsCount "totals-count"
    TotalWrong "total-wrong"
}

/// What a reason tells besides its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A count, an index, or a time in seconds since 1970.
    Number(u64),
    /// A name, or an id, hash or key in hexadecimal.
    Text(String),
}

/// Why something is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// By which rule.
    pub code: ReasonCode,
    /// What the rule's words need, by name. `detail` is English of an error below that no code says.
    pub values: Vec<(&'static str, Value)>,
}

impl Reason {
    /// The same with a number.
    #[must_use]
    pub fn number(mut self, name: &'static str, number: impl TryInto<u64>) -> Self {
        self.values.push((name, Value::Number(number.try_into().unwrap_or(u64::MAX))));
        self
    }

    /// The same with a text.
    #[must_use]
    pub fn text(mut self, name: &'static str, text: impl Display) -> Self {
        self.values.push((name, Value::Text(text.to_string())));
        self
    }

    /// The same with what an error below says in English.
    #[must_use]
    pub fn detail(self, error: impl Display) -> Self {
        self.text("detail", error)
    }

    /// The same with a trustee of a ceremony: `trustee` is its index, from 1, and `name` the name on its card.
    #[must_use]
    pub fn culprit(self, culprit: &Culprit) -> Self {
        self.number("trustee", culprit.index.get()).text("name", &culprit.name)
    }
}

impl From<ReasonCode> for Reason {
    fn from(code: ReasonCode) -> Self {
        Self { code, values: Vec::new() }
    }
}

/// An error that tells its reason in parts; `Display` says it in English.
pub trait Reasoned: Display {
    /// The rule and its values.
    fn reason(&self) -> Reason;
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::ReasonCode;

    #[test]
    fn codes_are_distinct_and_of_words_with_hyphens() {
        let codes: BTreeSet<&str> = ReasonCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), ReasonCode::ALL.len());
        for code in codes {
            let words = || code.split('-');
            assert!(words().all(|word| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase())), "{code}");
        }
    }
}
