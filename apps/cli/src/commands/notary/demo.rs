//! The demonstration: a picture from its stamp to its sale, and those who lie about it, on a ledger of its own that is gone
//! afterwards.

use std::{fmt, path::Path};

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use rand_core::OsRng;
use serde::Serialize;
use tabella_catalogue::catalogue;
use tabella_market::keys::MarketKeys;
use tabella_market_rules::work::{Holder, WHOLE};
use tabella_notary::{
    AuthorKeys, AuthorshipProof, OwnershipProof, StampCertificate, TimeStamper,
    certificate::{new_stamp, stamp},
    content::digest,
    picture::picture_hash,
    proof::{AnswerError, answer_as_owner, ask, ownership_proof},
    rules::{Challenge, Claim, Notary as Rules, NotaryRejection, StampOpening, Work, WorkId, work::NEAR},
    token::ANY_POLICY,
    work::{RegistrationCertificate, register},
};
use tabella_payments::holder::PaymentOrder;
use tabella_protocol::{
    note::{AssetId, NoteValue},
    note_encryption::Memo,
    transaction::Transaction,
};
use tabella_prover::builder::TransactionBuilder;
use tabella_stage::{Person, Stage, reason, replay};
use tabella_verifier::log::Origin;

use crate::{
    cli::Context,
    commands::demonstration::{Steps, perform, time},
    elections::time::Time,
    output::Table,
};

/// A picture, and a smaller copy of it of another format.
const PICTURE: &[u8] = include_bytes!("../../../../notary/client/tests/pictures/clouds.png");
const COPY: &[u8] = include_bytes!("../../../../notary/client/tests/pictures/clouds.jpg");
/// 1 December 2026, 09:00 UTC.
const MORNING: u64 = 1_796_115_600;
const HOUR: u64 = 3_600;

/// Arguments of `notary demo`.
#[derive(Args, Debug)]
pub struct Demo {}

/// Somebody with a wallet, and keys for works and for shares.
struct Role {
    person: Person,
    author: AuthorKeys,
    holder: MarketKeys,
}

impl Role {
    fn new(name: &str) -> Self {
        let person = Person::new(name, &mut OsRng);
        Self { author: AuthorKeys::of_seed(&person.seed, 0), holder: MarketKeys::of_seed(&person.seed, 0), person }
    }
}

struct Play {
    stage: Stage,
    ada: Role,
    bo: Role,
    eve: Role,
    account: Account,
}

impl Demo {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let Self {} = self;
        perform(context, "a picture from its stamp to its sale", play)
    }
}

fn play(folder: &Path) -> anyhow::Result<Account> {
    let name = Origin::new("notary.demo")?;
    let stage = Stage::new(&folder.join("ledger"), name, catalogue().applications(), time(MORNING)?)?;
    let [ada, bo, eve] = ["Ada", "Bo", "Eve"].map(Role::new);
    let mut play = Play { stage, ada, bo, eve, account: Account::default() };
    let certificate = play.stamp()?;
    let (id, asset) = play.register(&certificate)?;
    play.find()?;
    play.authorship(id)?;
    play.sell(id, asset)?;
    play.public()?;
    Ok(play.account)
}

impl Play {
    fn rules(&self) -> anyhow::Result<&Rules> {
        self.stage.ledger.state().application::<Rules>().context("the ledger has a notary")
    }

    fn stamp_for(&mut self, opening: StampOpening) -> anyhow::Result<StampCertificate> {
        let accepted = self.stage.submit(stamp(self.stage.ledger.id(), &opening))?;
        Ok(StampCertificate::of_ledger(&self.stage.ledger, opening, accepted.digest)?)
    }

    fn stamp(&mut self) -> anyhow::Result<StampCertificate> {
        let (file, _) = digest(PICTURE)?;
        let certificate = self.stamp_for(new_stamp(file, Some(self.ada.author.public()), &mut OsRng))?;
        let verifier = self.stage.ledger.store().verifier().clone();
        let proved = certificate.check_file(&verifier, file)?;
        let text = format!("stamps a picture at {}: the ledger sees a hash that tells nothing", Time(proved.time()));
        self.account.steps.add("Ada", text);
        let retouched = digest([PICTURE, b"!"].concat().as_slice())?.0;
        let refused = certificate.check_file(&verifier, retouched).err();
        self.account.steps.refused("Eve", "shows the certificate with a retouched picture", refused)?;
        let mut backdated = certificate.clone();
        let at = backdated.entry.leaf.windows(8).position(|bytes| bytes == MORNING.to_le_bytes());
        let at = at.context("the entry has its time")?;
        backdated.entry.leaf.splice(at..at + 8, (MORNING - 24 * HOUR).to_le_bytes());
        self.account.steps.refused("Eve", "dates a certificate back by a day", backdated.check(&verifier).err())?;
        let stamper =
            TimeStamper::generate("Notary of the demonstration", ANY_POLICY, (time(MORNING)?, 365), &mut OsRng)?;
        let token = stamper.issue(&proved)?.to_response()?;
        let text = format!("signs a time-stamp token of {} bytes for programs that know no ledger", token.len());
        self.account.steps.add("Notary", text);
        Ok(certificate)
    }

    fn work(&self, role: &Role, title: &str, share: u16) -> anyhow::Result<Work> {
        let holders = [(&self.ada, share), (&self.bo, WHOLE - 7_000)];
        let holders = holders.map(|(role, share)| Holder { party: role.holder.party(), share });
        Ok(Work {
            title: title.to_owned(),
            author: role.author.public(),
            licence: "CC-BY-NC-4.0".to_owned(),
            holders: holders.to_vec(),
            digest: digest(PICTURE)?.0,
            picture: picture_hash(PICTURE)?,
        })
    }

    fn registration(&self, role: &Role, work: &Work, blinding: [u8; 32]) -> anyhow::Result<Transaction> {
        let at = (self.stage.ledger.id(), self.stage.ledger.state().assets());
        Ok(register(&role.author, at, work, blinding, role.person.address(0), &mut OsRng)?)
    }

    fn register(&mut self, certificate: &StampCertificate) -> anyhow::Result<(WorkId, AssetId)> {
        self.stage.advance(HOUR);
        let work = self.work(&self.ada, "Clouds", 7_000)?;
        let blinding = certificate.opening.blinding;
        let wrong = self.registration(&self.ada, &self.work(&self.ada, "Clouds", 6_999)?, blinding).err();
        self.account.steps.refused("Ada", "registers a split of 6,999 and 3,000", wrong)?;
        let honest = self.registration(&self.ada, &work, blinding)?;
        // Eve sees the registration on its way to the ledger, and is faster.
        let copied = self.registration(&self.eve, &self.work(&self.eve, "My clouds", 7_000)?, blinding)?;
        self.submit_refused("Eve", "registers the picture with Ada's stamp before Ada does", copied)?;
        self.stage.submit(honest)?;
        let id = work.id(self.stage.ledger.id());
        let asset = self.rules()?.work(&id).context("the work is there")?.asset;
        self.account.steps.add("Ada", "registers \"Clouds\": one note, of 70 and 30 hundredths for Ada and Bo");
        let own = new_stamp(work.digest, Some(self.eve.author.public()), &mut OsRng);
        self.stamp_for(own)?;
        self.stage.advance(1);
        let again = self.registration(&self.eve, &self.work(&self.eve, "My clouds", 7_000)?, own.blinding)?;
        self.submit_refused("Eve", "registers it again under another title, with a stamp of her own", again)?;
        Ok((id, asset))
    }

    fn find(&mut self) -> anyhow::Result<()> {
        let copy = picture_hash(COPY)?.context("a JPEG has a hash")?;
        let exact = self.rules()?.of_content(&digest(COPY)?.0).is_some();
        let near: Vec<_> =
            self.rules()?.near(copy, NEAR).map(|(_, work, bits)| (work.work.title.clone(), bits)).collect();
        let [(title, bits)] = near.as_slice() else { bail!("the copy is near one work") };
        ensure!(!exact, "the copy is another file");
        let text = format!(
            "looks for a smaller JPEG: no such file is registered; \"{title}\" looks alike, {bits} of 64 bits apart"
        );
        self.account.steps.add("Galerie", text);
        Ok(())
    }

    fn ask(&self, id: WorkId, claim: Claim, verifier: &str) -> anyhow::Result<Challenge> {
        let when = (self.stage.now()?, HOUR);
        ask(self.stage.ledger.store().verifier(), (id, claim), verifier, when, &mut OsRng).context("a time")
    }

    fn authorship(&mut self, id: WorkId) -> anyhow::Result<()> {
        let verifier = self.stage.ledger.store().verifier().clone();
        let challenge = self.ask(id, Claim::Authorship, "Verlag")?;
        let work = self.rules()?.work(&id).context("the work is there")?.work.clone();
        let registration = RegistrationCertificate::of_work(&self.stage.ledger, id)?;
        let now = self.stage.now()?;
        let proof = AuthorshipProof::answer(&self.ada.author, challenge.clone(), (&work, registration), now)?;
        proof.check(&challenge, &verifier)?;
        self.account.steps.add("Ada", "answers the Verlag's challenge as the author, without a name");
        let other = self.ask(id, Claim::Authorship, "Galerie")?;
        let replayed = AuthorshipProof { challenge: other.clone(), ..proof };
        self.account.steps.refused("Eve", "passes the answer on as her own", replayed.check(&other, &verifier).err())
    }

    fn answer(
        &mut self,
        by_ada: bool,
        challenge: &Challenge,
        asset: AssetId,
    ) -> anyhow::Result<Result<Transaction, AnswerError>> {
        let role = if by_ada { &mut self.ada } else { &mut self.bo };
        role.person.read(&self.stage)?;
        let (moment, to) = (self.stage.moment()?, role.person.address(0));
        let holder = &mut role.person.holder;
        let prepared = match answer_as_owner(holder, &moment, challenge, (asset, to), &mut OsRng) {
            Ok(prepared) => prepared,
            Err(refused) => return Ok(Err(refused)),
        };
        let effects = prepared.effects().clone();
        let parameters = self.stage.parameters();
        let transaction = holder.authorize_with(prepared, parameters, &mut OsRng, |_| vec![ownership_proof()])?;
        // It may not be submitted.
        holder.release(&effects);
        Ok(Ok(transaction))
    }

    fn sell(&mut self, id: WorkId, asset: AssetId) -> anyhow::Result<()> {
        let challenge = self.ask(id, Claim::Ownership, "Insurer")?;
        let kept_back = self.answer(true, &challenge, asset)??;
        let order = PaymentOrder { to: self.bo.person.address(0), asset, amount: NoteValue(1), memo: Memo::empty() };
        let sale =
            self.stage.ready(&mut self.ada.person, |person, at| person.holder.prepare_send(at, &order, &mut OsRng))?;
        let mut builder = TransactionBuilder::new(self.stage.ledger.id());
        builder.add(sale);
        let sale = self.ada.person.holder.authorize(builder.build()?, self.stage.parameters(), &mut OsRng)?;
        self.stage.submit(sale)?;
        self.account.steps.add("Ada", "sells to Bo: an ordinary transfer, of which nobody sees what it moves");
        let outcome = self.stage.submit(kept_back).err();
        self.account.steps.refused(
            "Ada",
            "answers an insurer as the owner, with what she prepared before the sale",
            outcome,
        )?;
        let refused = self.answer(true, &challenge, asset)?.err();
        self.account.steps.refused("Ada", "answers after the sale", refused)?;
        let transaction = self.answer(false, &challenge, asset)??;
        let accepted = self.stage.submit(transaction)?;
        let work = self.rules()?.work(&id).context("the work is there")?.work.clone();
        let verifier = self.stage.ledger.store().verifier().clone();
        let proof = OwnershipProof::of_ledger(&self.stage.ledger, challenge.clone(), work, accepted.digest)?;
        proof.check(&challenge, &verifier)?;
        self.account
            .steps
            .add("Bo", "answers: the note is spent and made anew in one transaction; the insurer checks it offline");
        let other = self.ask(id, Claim::Ownership, "Bank")?;
        let replayed = OwnershipProof { challenge: other.clone(), ..proof };
        self.account.steps.refused("Eve", "shows Bo's answer to a bank", replayed.check(&other, &verifier).err())
    }

    /// Somebody who knows no key reads the ledger from its first entry, and verifies all of it.
    fn public(&mut self) -> anyhow::Result<()> {
        let replayed = replay(&self.stage.ledger, catalogue().applications())?;
        let rules = replayed.state.application::<Rules>().context("the ledger has a notary")?;
        self.account.entries = replayed.entries;
        self.account.stamps = rules.stamps();
        self.account.works = rules.works().count();
        Ok(())
    }

    /// A lie, and the rule that refuses it.
    fn submit_refused(&mut self, who: &str, what: &str, transaction: Transaction) -> anyhow::Result<()> {
        let outcome = self.stage.submit(transaction);
        self.account.steps.refused(who, what, reason::<NotaryRejection>(&outcome))
    }
}

/// Who did what.
#[derive(Default, Serialize)]
struct Account {
    steps: Steps<8>,
    entries: u64,
    stamps: usize,
    works: usize,
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "A picture and its note\n\n{}\nWho saw what\n", self.steps)?;
        let mut table = Table::new(&["", "the picture", "its digest", "who made it", "who owns it"]);
        table.row(["Ada, Bo", "yes", "yes", "a key", "themselves"]);
        table.row(["Notary", "no", "when it signs", "no", "no"]);
        table.row(["Insurer", "no", "yes", "a key", "that there is an owner who answered"]);
        table.row(["everybody", "no", "once it is registered", "a key", "no"]);
        writeln!(f, "{table}")?;
        writeln!(
            f,
            "Anybody who reads the ledger's {} entries again, and verifies every proof, finds {} stamps and {} work.",
            self.entries, self.stamps, self.works
        )
    }
}
