//! The rules, one action at a time. Cheap checks first; signatures after all that needs none.

use tabella_protocol::{
    bridge::BridgeProof,
    note::{Contract, Guard, NoteCommitment, Timestamp},
    ristretto::Element,
    statement::Mode,
    transaction::{ApplicationId, SignatureBytes},
};
use tabella_verifier::application::{Application, Place, signed_by};

use crate::{
    TradeFinance, TradeRejection,
    action::{
        Consent, Discrepancy, Increase, MAX_DISCREPANCIES, PresentedDocument, TradeAction, TradeProof,
        endorsement_message, sender_message,
    },
    domain::APPLICATION,
    error::Role,
    letter::{Conditions, LetterId, LetterTerms},
    state::{Debtor, Letter, MAX_AMENDMENTS, Presentation, Status, TradeChanges},
};

impl Application for TradeFinance {
    const ID: ApplicationId = APPLICATION;
    type Body = TradeAction;
    type Proof = TradeProof;
    type Changes = TradeChanges;
    type Error = TradeRejection;

    fn check(
        &self,
        changes: &mut TradeChanges,
        action: TradeAction,
        proof: TradeProof,
        place: &mut Place<'_>,
    ) -> Result<(), TradeRejection> {
        Check { state: self, changes, proof, place }.action(action)
    }

    fn execute(&mut self, changes: TradeChanges) {
        self.apply(changes);
    }

    fn open_guard(&self, guard: &Guard, now: Timestamp) -> Option<[u8; 32]> {
        let (id, letter) = self.letter_of(guard)?;
        letter.is_open(now).then_some(id.0)
    }
}

/// One action under check.
struct Check<'a, 'p> {
    state: &'a TradeFinance,
    changes: &'a mut TradeChanges,
    proof: TradeProof,
    place: &'a mut Place<'p>,
}

type Checked = Result<(), TradeRejection>;

impl Check<'_, '_> {
    fn action(mut self, action: TradeAction) -> Checked {
        match action {
            TradeAction::Issue { terms, transfer } => self.issue(*terms, transfer)?,
            TradeAction::Advise { letter, version } => self.advise(letter, version)?,
            TradeAction::Present { letter, version, documents } => self.present(letter, version, documents)?,
            TradeAction::Accept { letter, presentation } => self.accept(letter, presentation)?,
            TradeAction::Refuse { letter, presentation, discrepancies } => {
                self.refuse(letter, presentation, discrepancies)?;
            }
            TradeAction::Waive { letter, presentation } => self.waive(letter, presentation)?,
            TradeAction::Amend { letter, version, conditions, increase } => {
                self.amend(letter, version, conditions, increase)?;
            }
            TradeAction::Cancel { letter, version, presentations } => self.cancel(letter, version, presentations)?,
            TradeAction::Register { debtor, key } => self.register(debtor, key)?,
        }
        self.finish()
    }

    fn issue(&mut self, terms: LetterTerms, transfer: u32) -> Checked {
        terms.check()?;
        let (ledger, now) = (self.place.ledger(), self.place.time());
        let id = terms.id(ledger);
        if self.letter(&id).is_ok() {
            return Err(TradeRejection::Exists(id));
        }
        let contract = terms.contract(ledger).ok_or(TradeRejection::Guard)?;
        self.before_expiry(&terms.conditions)?;
        self.signed(&terms.parties.issuing_bank, Role::IssuingBank)?;
        self.consents(&Consent::Issue(id), &[(terms.parties.applicant, Role::Applicant)])?;
        let escrow = self.lock(&terms, &contract, terms.amount, transfer)?;
        let letter = Letter {
            conditions: terms.conditions.clone(),
            version: 0,
            amount: terms.amount,
            escrows: vec![escrow],
            issued: now,
            advised: None,
            presentations: 0,
            status: Status::Awaiting,
            terms,
        };
        self.changes.letters.insert(id, letter);
        Ok(())
    }

    fn advise(&mut self, id: LetterId, version: u32) -> Checked {
        let mut letter = self.undecided(&id)?;
        at_version(&letter, version)?;
        if letter.advised == Some(version) {
            return Err(TradeRejection::Advised(version));
        }
        self.signed(&letter.terms.parties.advising_bank, Role::AdvisingBank)?;
        letter.advised = Some(version);
        self.put(id, letter)
    }

    fn present(&mut self, id: LetterId, version: u32, documents: Vec<PresentedDocument>) -> Checked {
        let mut letter = self.undecided(&id)?;
        at_version(&letter, version)?;
        if matches!(letter.status, Status::Presented(_)) {
            return Err(TradeRejection::Waiting);
        }
        self.before_expiry(&letter.conditions)?;
        let (required, now) = (&letter.conditions.documents, self.place.time());
        if documents.len() != required.len() {
            return Err(TradeRejection::Documents { expected: required.len(), found: documents.len() });
        }
        for (index, (document, requirement)) in documents.iter().zip(required).enumerate() {
            let is_told = document.shipped.is_some();
            if is_told != requirement.kind.is_transport() || document.shipped.is_some_and(|shipped| shipped > now) {
                return Err(TradeRejection::Shipped(index));
            }
        }
        self.signed(&letter.terms.parties.beneficiary, Role::Beneficiary)?;
        let endorsements = std::mem::take(&mut self.proof.endorsements);
        if endorsements.len() != documents.len() {
            return Err(TradeRejection::Proof("each document has one signature"));
        }
        for (index, ((document, requirement), signature)) in
            documents.iter().zip(required).zip(&endorsements).enumerate()
        {
            let message = endorsement_message(self.place.ledger(), id, requirement.kind, document);
            if !signed_by(&requirement.signer, &message, &signature.0) {
                return Err(TradeRejection::Endorsement(index));
            }
        }
        let latest = letter.conditions.latest_shipment;
        let is_late = documents.iter().any(|document| document.shipped > latest);
        // A time beyond the last instant never comes: then silence accepts nothing.
        let after = |silence: u32| Timestamp::new(now.seconds() + u64::from(silence));
        let accepted_by_silence = letter.conditions.silence.filter(|_| !is_late).and_then(after);
        letter.presentations += 1;
        let number = letter.presentations;
        let presentation = Presentation { number, at: now, documents, is_late, accepted_by_silence };
        letter.status = Status::Presented(presentation);
        self.put(id, letter)
    }

    fn accept(&mut self, id: LetterId, number: u32) -> Checked {
        let mut letter = self.undecided(&id)?;
        let presentation = waiting(&letter, number)?;
        self.before_end_of_claims(&letter)?;
        if presentation.is_late {
            return Err(TradeRejection::LateShipment);
        }
        self.signed(&letter.terms.parties.examiner, Role::Examiner)?;
        letter.status = Status::Accepted(presentation, self.place.time());
        self.put(id, letter)
    }

    fn refuse(&mut self, id: LetterId, number: u32, discrepancies: Vec<Discrepancy>) -> Checked {
        let mut letter = self.undecided(&id)?;
        let presentation = waiting(&letter, number)?;
        let ascending = discrepancies.iter().zip(discrepancies.iter().skip(1)).all(|(a, b)| a < b);
        let known = |one: &Discrepancy| usize::from(one.document) < presentation.documents.len();
        let count = discrepancies.len();
        if count == 0 || count > MAX_DISCREPANCIES || !ascending || !discrepancies.iter().all(known) {
            return Err(TradeRejection::Discrepancies);
        }
        self.signed(&letter.terms.parties.examiner, Role::Examiner)?;
        letter.status = Status::Refused(presentation, discrepancies);
        self.put(id, letter)
    }

    /// Those who pay may also take documents that the examiner has not looked at: it is their money.
    fn waive(&mut self, id: LetterId, number: u32) -> Checked {
        let mut letter = self.undecided(&id)?;
        let presentation = match &letter.status {
            Status::Refused(presentation, _) => of_number(presentation, number)?,
            _ => waiting(&letter, number)?,
        };
        self.before_end_of_claims(&letter)?;
        self.signed(&letter.terms.parties.issuing_bank, Role::IssuingBank)?;
        let consent = Consent::Waive { letter: id, presentation: number };
        self.consents(&consent, &[(letter.terms.parties.applicant, Role::Applicant)])?;
        letter.status = Status::Waived(presentation, self.place.time());
        self.put(id, letter)
    }

    fn amend(&mut self, id: LetterId, version: u32, conditions: Conditions, increase: Option<Increase>) -> Checked {
        let mut letter = self.undecided(&id)?;
        at_version(&letter, version)?;
        if version >= MAX_AMENDMENTS {
            return Err(TradeRejection::TooManyAmendments);
        }
        self.before_end_of_claims(&letter)?;
        conditions.check(letter.terms.claim_until)?;
        self.before_expiry(&conditions)?;
        let parties = letter.terms.parties;
        self.signed(&parties.issuing_bank, Role::IssuingBank)?;
        let consent = Consent::Amend {
            letter: id,
            version,
            conditions: conditions.digest(),
            increase: increase.map(|increase| increase.amount),
        };
        self.consents(&consent, &[(parties.applicant, Role::Applicant), (parties.beneficiary, Role::Beneficiary)])?;
        if let Some(Increase { amount, transfer }) = increase {
            let contract = letter.terms.contract(self.place.ledger()).ok_or(TradeRejection::Guard)?;
            let escrow = self.lock(&letter.terms, &contract, amount, transfer)?;
            letter.escrows.push(escrow);
            letter.amount = (letter.amount.point() + amount.point()).into();
        }
        letter.conditions = conditions;
        letter.version += 1;
        letter.status = Status::Awaiting;
        self.put(id, letter)
    }

    fn cancel(&mut self, id: LetterId, version: u32, presentations: u32) -> Checked {
        let mut letter = self.undecided(&id)?;
        at_version(&letter, version)?;
        if letter.presentations != presentations {
            return Err(TradeRejection::Presentation { expected: letter.presentations, found: presentations });
        }
        let parties = letter.terms.parties;
        self.signed(&parties.issuing_bank, Role::IssuingBank)?;
        let consent = Consent::Cancel { letter: id, version, presentations };
        self.consents(&consent, &[(parties.applicant, Role::Applicant), (parties.beneficiary, Role::Beneficiary)])?;
        letter.status = Status::Cancelled(self.place.time());
        self.put(id, letter)
    }

    fn register(&mut self, debtor: [u8; 32], key: Element) -> Checked {
        if self.changes.debtors.contains_key(&debtor) || self.state.debtor(&debtor).is_some() {
            return Err(TradeRejection::Registered);
        }
        if key.is_identity() {
            return Err(TradeRejection::Key);
        }
        self.signed(&debtor, Role::Debtor)?;
        let proof = self.proof.possession.take().ok_or(TradeRejection::Proof("there is no proof of the key"))?;
        self.place.push_equation(proof.equation(&self.place.context(), &debtor, &key));
        self.changes.debtors.insert(debtor, Debtor { key, since: self.place.time() });
        Ok(())
    }

    /// The escrow that a transfer makes: of the letter's contract, and of exactly the amount.
    fn lock(
        &mut self,
        terms: &LetterTerms,
        contract: &Contract,
        amount: Element,
        transfer: u32,
    ) -> Result<NoteCommitment, TradeRejection> {
        let bridge: BridgeProof = self.proof.bridge.take().ok_or(TradeRejection::Proof("there is no bridge"))?;
        let used = self.place.use_bridged(transfer, Mode::Tag, terms.asset, amount, bridge)?;
        match used.output() {
            Some(escrow) if used.contract() == Some(contract) => Ok(escrow),
            _ => Err(TradeRejection::Contract(transfer)),
        }
    }

    fn signed(&self, key: &[u8; 32], role: Role) -> Checked {
        if signed_by(key, &sender_message(self.place.digest()), &self.proof.signature.0) {
            Ok(())
        } else {
            Err(TradeRejection::Signature(role))
        }
    }

    /// Exactly these parties agree, in this order.
    fn consents(&mut self, consent: &Consent, parties: &[([u8; 32], Role)]) -> Checked {
        let message = consent.message(self.place.ledger());
        let signatures: Vec<SignatureBytes> = std::mem::take(&mut self.proof.consents);
        if signatures.len() != parties.len() {
            return Err(TradeRejection::Proof("each party besides the sender agrees once"));
        }
        match parties.iter().zip(&signatures).find(|((key, _), signature)| !signed_by(key, &message, &signature.0)) {
            Some(((_, role), _)) => Err(TradeRejection::Consent(*role)),
            None => Ok(()),
        }
    }

    fn before_expiry(&self, conditions: &Conditions) -> Checked {
        let (expiry, now) = (conditions.expiry, self.place.time());
        if now < expiry {
            Ok(())
        } else {
            Err(TradeRejection::Expired { expiry: expiry.seconds(), now: now.seconds() })
        }
    }

    fn before_end_of_claims(&self, letter: &Letter) -> Checked {
        let (until, now) = (letter.terms.claim_until, self.place.time());
        if now < until {
            Ok(())
        } else {
            Err(TradeRejection::ClaimsEnded { until: until.seconds(), now: now.seconds() })
        }
    }

    fn letter(&self, id: &LetterId) -> Result<&Letter, TradeRejection> {
        let letter = self.changes.letters.get(id).or_else(|| self.state.letter(id));
        letter.ok_or(TradeRejection::UnknownLetter(*id))
    }

    /// A letter whose guard is shut and may still open. Every action on a letter begins here, so that no guard ever shuts.
    fn undecided(&self, id: &LetterId) -> Result<Letter, TradeRejection> {
        let letter = self.letter(id)?;
        if matches!(letter.status, Status::Cancelled(_)) {
            return Err(TradeRejection::Cancelled);
        }
        if letter.is_open(self.place.time()) { Err(TradeRejection::Open) } else { Ok(letter.clone()) }
    }

    fn put(&mut self, id: LetterId, letter: Letter) -> Checked {
        self.changes.letters.insert(id, letter);
        Ok(())
    }

    /// Whether nothing of the proof is left.
    fn finish(&self) -> Checked {
        let TradeProof { signature: _, consents, endorsements, bridge, possession } = &self.proof;
        if consents.is_empty() && endorsements.is_empty() && bridge.is_none() && possession.is_none() {
            Ok(())
        } else {
            Err(TradeRejection::Proof("there is a part that it does not need"))
        }
    }
}

const fn at_version(letter: &Letter, version: u32) -> Checked {
    if letter.version == version {
        Ok(())
    } else {
        Err(TradeRejection::Version { expected: letter.version, found: version })
    }
}

/// The presentation that waits for the examiner, if it is this one.
fn waiting(letter: &Letter, number: u32) -> Result<Presentation, TradeRejection> {
    match &letter.status {
        Status::Presented(presentation) => of_number(presentation, number),
        _ => Err(TradeRejection::NothingPresented),
    }
}

fn of_number(presentation: &Presentation, number: u32) -> Result<Presentation, TradeRejection> {
    if presentation.number == number {
        Ok(presentation.clone())
    } else {
        Err(TradeRejection::Presentation { expected: presentation.number, found: number })
    }
}
