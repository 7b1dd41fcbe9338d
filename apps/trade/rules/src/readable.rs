//! What everybody is shown: of a letter its parties' keys, times, list of documents and state, never the amount; of a debtor its key.

use std::ops::Bound;

use serde::Serialize;
use tabella_protocol::note::Timestamp;
use tabella_verifier::application::{InstanceId, Readable};

use crate::{
    action::Discrepancy,
    domain::NAME,
    letter::{DocumentKind, LetterId},
    state::{Debtor, Letter, Presentation, Status, TradeFinance},
};

/// One instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum TradeRow {
    /// A letter of credit.
    LetterOfCredit(Box<LetterRow>),
    /// A debtor that confirms invoices.
    Debtor(DebtorRow),
}

/// A letter of credit, as it stands. Keys, ids and commitments are hexadecimal, times in seconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LetterRow {
    /// Ed25519 key.
    pub applicant: String,
    /// Ed25519 key.
    pub issuing_bank: String,
    /// Ed25519 key.
    pub advising_bank: String,
    /// Ed25519 key.
    pub beneficiary: String,
    /// Ed25519 key.
    pub examiner: String,
    /// The asset.
    pub asset: String,
    /// The amount with all increases, as it is hidden.
    pub amount_commitment: String,
    /// The escrows that hold it.
    pub escrows: Vec<String>,
    /// What the guard of the escrows is.
    pub guard: Option<String>,
    /// When it was issued.
    pub issued: u64,
    /// How often it was amended.
    pub version: u32,
    /// Whether the advising bank has called this version genuine.
    pub advised: bool,
    /// The last moment of shipment.
    pub latest_shipment: Option<u64>,
    /// Documents are presented before this.
    pub expiry: u64,
    /// Claimed before this.
    pub claim_until: u64,
    /// Taken back from this on.
    pub refund_from: u64,
    /// Seconds after which silence accepts.
    pub silence: Option<u32>,
    /// Digest of what was written about goods and documents.
    pub description_digest: String,
    /// What must be presented.
    pub documents: Vec<DocumentRow>,
    /// `awaiting`, `presented`, `refused`, `accepted`, `accepted-by-silence`, `waived` or `cancelled`; `expired` when nothing can be
    /// presented any more.
    pub status: &'static str,
    /// Whether the beneficiary may claim.
    pub open: bool,
    /// Which presentation this is about.
    pub presentation: Option<PresentationRow>,
    /// What the examiner found wrong.
    pub discrepancies: Vec<Discrepancy>,
}

/// A document that is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DocumentRow {
    /// What it is.
    pub kind: DocumentKind,
    /// Ed25519 key of whoever must sign it.
    pub signer: String,
}

/// Documents that were presented.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PresentationRow {
    /// From 1.
    pub number: u32,
    /// When.
    pub at: u64,
    /// Blinded digests.
    pub documents: Vec<String>,
    /// When the goods were shipped.
    pub shipped: Option<u64>,
    /// Whether that was too late.
    pub late: bool,
    /// From when on silence has accepted it.
    pub accepted_by_silence: Option<u64>,
}

/// A debtor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DebtorRow {
    /// Ed25519 key.
    pub debtor: String,
    /// Key of its confirmations.
    pub key: String,
    /// Since when.
    pub since: u64,
}

impl Status {
    /// Its name, at a time.
    fn name(&self, letter: &Letter, now: Timestamp) -> &'static str {
        match self {
            Self::Awaiting if now >= letter.conditions.expiry => "expired",
            Self::Awaiting => "awaiting",
            Self::Presented(_) if letter.is_open(now) => "accepted-by-silence",
            Self::Presented(_) => "presented",
            Self::Refused(..) => "refused",
            Self::Accepted(..) => "accepted",
            Self::Waived(..) => "waived",
            Self::Cancelled(_) => "cancelled",
        }
    }

    /// What was presented last, if this is about a presentation.
    #[must_use]
    pub const fn presentation(&self) -> Option<&Presentation> {
        match self {
            Self::Awaiting | Self::Cancelled(_) => None,
            Self::Presented(presentation)
            | Self::Refused(presentation, _)
            | Self::Accepted(presentation, _)
            | Self::Waived(presentation, _) => Some(presentation),
        }
    }
}

impl LetterRow {
    /// The row of a letter.
    #[must_use]
    pub fn new(id: &LetterId, letter: &Letter, now: Timestamp) -> Self {
        let Letter { terms, conditions, .. } = letter;
        let document = |required: &crate::letter::Requirement| DocumentRow {
            kind: required.kind,
            signer: hex::encode(required.signer),
        };
        Self {
            applicant: hex::encode(terms.parties.applicant),
            issuing_bank: hex::encode(terms.parties.issuing_bank),
            advising_bank: hex::encode(terms.parties.advising_bank),
            beneficiary: hex::encode(terms.parties.beneficiary),
            examiner: hex::encode(terms.parties.examiner),
            asset: terms.asset.to_string(),
            amount_commitment: hex::encode(letter.amount.as_bytes()),
            escrows: letter.escrows.iter().map(ToString::to_string).collect(),
            guard: id.guard().map(|guard| guard.to_string()),
            issued: letter.issued.seconds(),
            version: letter.version,
            advised: letter.advised == Some(letter.version),
            latest_shipment: conditions.latest_shipment.map(Timestamp::seconds),
            expiry: conditions.expiry.seconds(),
            claim_until: terms.claim_until.seconds(),
            refund_from: terms.refund_from.seconds(),
            silence: conditions.silence,
            description_digest: hex::encode(conditions.description),
            documents: conditions.documents.iter().map(document).collect(),
            status: letter.status.name(letter, now),
            open: letter.is_open(now),
            presentation: letter.status.presentation().map(PresentationRow::new),
            discrepancies: match &letter.status {
                Status::Refused(_, discrepancies) => discrepancies.clone(),
                _ => Vec::new(),
            },
        }
    }
}

impl PresentationRow {
    fn new(presentation: &Presentation) -> Self {
        Self {
            number: presentation.number,
            at: presentation.at.seconds(),
            documents: presentation.documents.iter().map(|document| hex::encode(document.digest)).collect(),
            shipped: presentation
                .documents
                .iter()
                .filter_map(|document| document.shipped)
                .max()
                .map(Timestamp::seconds),
            late: presentation.is_late,
            accepted_by_silence: presentation.accepted_by_silence.map(Timestamp::seconds),
        }
    }
}

impl Readable for TradeFinance {
    const NAME: &'static str = NAME;
    type Row = TradeRow;

    /// Letters by their ids and debtors by their keys, in one order.
    fn instances(&self, after: Option<InstanceId>) -> impl Iterator<Item = InstanceId> + '_ {
        let above = after.map_or(Bound::Unbounded, |InstanceId(id)| Bound::Excluded(id));
        let letters = self.letters.range((above.map(LetterId), Bound::Unbounded)).map(|(id, _)| InstanceId(id.0));
        let debtors = self.debtors.range((above, Bound::Unbounded)).map(|(key, _)| InstanceId(*key));
        let (mut letters, mut debtors) = (letters.peekable(), debtors.peekable());
        std::iter::from_fn(move || match (letters.peek(), debtors.peek()) {
            (Some(letter), Some(debtor)) if debtor < letter => debtors.next(),
            (None, _) => debtors.next(),
            _ => letters.next(),
        })
    }

    fn row(&self, id: &InstanceId, now: Timestamp) -> Option<TradeRow> {
        let id = LetterId(id.0);
        if let Some(letter) = self.letter(&id) {
            return Some(TradeRow::LetterOfCredit(Box::new(LetterRow::new(&id, letter, now))));
        }
        let Debtor { key, since } = self.debtor(&id.0)?;
        Some(TradeRow::Debtor(DebtorRow {
            debtor: id.to_string(),
            key: hex::encode(key.as_bytes()),
            since: since.seconds(),
        }))
    }
}
