//! The actions of the application `election`. Bodies are part of the transaction digest, proofs are not.

use borsh::{BorshDeserialize, BorshSerialize};

use crate::{
    ballot::{BallotBody, BallotProof},
    bridge::BridgeProof,
    ceremony::CeremonyRecord,
    decryption::{CanaryProof, PartialDecryption},
    domain::personal,
    election::{
        manifest::{ElectionId, ElectionManifest, MAX_QUESTIONS, Question, QuestionKind},
        roll::Roll,
    },
    hash::blake2b_256,
    list::read_list,
    ranking::{RankedResult, RankingProof, SealedRanking},
    transaction::{ApplicationId, TransactionDigest},
};

/// The application's name in actions.
pub const APPLICATION: ApplicationId = ApplicationId(*b"election");

/// What an election's action says. Encoding: borsh.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum ElectionAction {
    /// Creates the election and its pool. Proof: the authority's signature.
    Open(Box<Opening>),
    /// Casts, re-votes or overrides. Proof: a borsh [`CastProof`].
    Cast(BallotCast),
    /// Freezes the election for its tally. Proof: the authority's signature.
    Close(Close),
    /// Publishes the tally. Proof: the authority's signature.
    Publish(Publication),
}

/// Everything that an election needs to open.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Opening {
    /// The manifest.
    pub manifest: ElectionManifest,
    /// The trustees' ceremony, whose hash the manifest names.
    pub ceremony: CeremonyRecord,
    /// One canary for each trustee, in their order: nobody's key is found missing at the end.
    pub canaries: Vec<CanaryProof>,
    /// The roll, whose digest the manifest names.
    pub roll: Roll,
}

/// One ballot: it is cast by the transaction's only transfer.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct BallotCast {
    /// The election.
    pub election: ElectionId,
    /// Later revisions replace earlier ones at the same level, where the manifest allows re-voting.
    pub revision: u32,
    /// The encrypted answers to the questions with points, in order.
    pub ballot: BallotBody,
    /// The sealed answers to the ranked questions, in order.
    #[borsh(deserialize_with = "read_list::<MAX_QUESTIONS, SealedRanking, _>")]
    pub rankings: Vec<SealedRanking>,
}

/// What proves a [`BallotCast`]. Encoding: borsh of the fields in order.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct CastProof {
    /// The ballot holds an allowed choice, for some weight.
    pub ballot: BallotProof,
    /// That weight is the one of the right which the transfer consumes: its `C` and the ballot's `C'` hold the same value.
    /// There exactly if weights are hidden; where they are equal the weight is public and nothing is left to prove.
    pub bridge: Option<BridgeProof>,
    /// The randomness of each sealed ranking is known, in order.
    #[borsh(deserialize_with = "read_list::<MAX_QUESTIONS, RankingProof, _>")]
    pub rankings: Vec<RankingProof>,
}

/// Freezes the election: names the state that the tally is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Close {
    /// The election.
    pub election: ElectionId,
    /// Entries of the election's log before this one.
    pub entries: u64,
    /// RFC 6962 root of the election's log over these entries, so that the authority's signature fixes which entries they
    /// are and in which order. Encoding: 32 bytes.
    pub root: [u8; 32],
    /// Ballots that count.
    pub counted: u64,
}

/// The result, with what proves it.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Publication {
    /// The election.
    pub election: ElectionId,
    /// Partial decryptions by at least the threshold's number of trustees, each once.
    pub partials: Vec<PartialDecryption>,
    /// What they decrypt to.
    pub results: Results,
}

/// What an election decided. Encoding: borsh of the fields in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Results {
    /// For each question with points, in order, the weight of each option, times its points.
    pub totals: Vec<Vec<u64>>,
    /// For each ranked question, in order, its rankings and their count.
    #[borsh(deserialize_with = "read_list::<MAX_QUESTIONS, RankedResult, _>")]
    pub rankings: Vec<RankedResult>,
}

/// The result of one question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuestionResult<'a> {
    /// The weight of each option, times its points.
    Totals(&'a [u64]),
    /// The rankings and their count.
    Ranked(&'a RankedResult),
}

impl<'a> QuestionResult<'a> {
    /// One number for each option: its total, or its first preferences.
    #[must_use]
    pub fn votes(&self) -> &'a [u64] {
        match self {
            Self::Totals(totals) => totals,
            Self::Ranked(result) => result.first_preferences(),
        }
    }
}

impl Results {
    /// The result of each question in the manifest's order, if there is one for each.
    pub fn by_question<'a>(&'a self, questions: &'a [Question]) -> impl Iterator<Item = QuestionResult<'a>> {
        let (mut totals, mut rankings) = (self.totals.iter(), self.rankings.iter());
        questions.iter().map_while(move |question| match question.kind {
            QuestionKind::Rank { .. } => rankings.next().map(QuestionResult::Ranked),
            _ => totals.next().map(|totals| QuestionResult::Totals(totals)),
        })
    }
}

/// What the authority signs (Ed25519): BLAKE2b-256 (`Tabella_Authorit`) of the transaction's digest.
#[must_use]
pub fn authority_message(digest: TransactionDigest) -> [u8; 32] {
    blake2b_256(personal::AUTHORITY, &[digest.as_bytes()])
}
