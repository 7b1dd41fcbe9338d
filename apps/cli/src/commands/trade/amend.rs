//! What is done by consent: waiver, amendment, cancellation.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::OsRng;
use tabella_payments::amount;
use tabella_protocol::{
    keys::Address,
    note::{NoteValue, Timestamp},
};
use tabella_trade::letters::{AmendmentFile, Change, OnLedger, SignedConsent};
use tabella_trade_rules::letter::Requirement;

use super::{
    Me, Written,
    draft::requirement,
    letter::{Which, act, sent_to},
    moment, read_file, write_file,
};
use crate::{assets::AssetLabel, bytes::bytes32, cli::Context};

/// Arguments of `trade lc consent`.
#[derive(Args, Debug)]
#[command(group(clap::ArgGroup::new("to").required(true).args(["waive", "amendment", "cancel"])))]
pub struct Consent {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    which: Which,
    /// To take the documents that were presented last as they are
    #[arg(long)]
    waive: bool,
    /// To this amendment
    #[arg(long, value_name = "FILE")]
    amendment: Option<PathBuf>,
    /// To end the letter
    #[arg(long)]
    cancel: bool,
    /// Digest of the presentation, the amendment or the letter as it stands, as `review` shows it beside what you agree to
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: [u8; 32],
    /// Where the consent is written: for the issuing bank
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Arguments of `trade lc waive` and `cancel`.
#[derive(Args, Debug)]
pub struct WithConsents {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    which: Which,
    /// Digest of the presentation, the amendment or the letter as it stands, as `review` shows it beside what you agree to
    #[arg(long, value_name = "DIGEST", value_parser = digest)]
    digest: [u8; 32],
    /// A consent (as `consent` writes it); again for each
    #[arg(long = "consent", value_name = "FILE", required = true)]
    consents: Vec<PathBuf>,
}

/// Arguments of `trade lc draft-amendment`.
#[derive(Args, Debug)]
pub struct DraftAmendment {
    #[command(flatten)]
    me: Me,
    #[command(flatten)]
    which: Which,
    /// Another last moment of shipment
    #[arg(long, value_name = "TIME", value_parser = moment)]
    latest_shipment: Option<Timestamp>,
    /// Documents are presented before this; at most the end of claims, which stays
    #[arg(long, value_name = "TIME", value_parser = moment)]
    expiry: Option<Timestamp>,
    /// A document that must be presented; again for each. They take the place of all that the letter asks for now
    #[arg(long = "document", value_name = "KIND=KEY", value_parser = requirement)]
    documents: Vec<Requirement>,
    /// Other words about goods and documents
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// More money, besides what is locked
    #[arg(long, value_name = "AMOUNT")]
    increase: Option<String>,
    /// Where the amendment is written: for issuing bank, applicant and seller
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// Arguments of `trade lc amend`.
#[derive(Args, Debug)]
pub struct Amend {
    #[command(flatten)]
    with: WithConsents,
    /// The amendment (as `draft-amendment` writes it)
    #[arg(long, value_name = "FILE")]
    amendment: PathBuf,
    /// Address of the seller, to which an increase goes
    #[arg(long, value_name = "ADDRESS")]
    pay_to: Option<Address>,
}

fn digest(text: &str) -> Result<[u8; 32], String> {
    bytes32(text).ok_or_else(|| "a digest is 64 hexadecimal digits: `tabella trade lc review` shows it".to_owned())
}

/// That an amendment is the one that was read.
fn expect(amendment: &AmendmentFile, digest: &[u8; 32]) -> anyhow::Result<()> {
    if *digest != amendment.digest() {
        bail!("this file is another amendment, not the one of --digest: `tabella trade lc review` shows what it says");
    }
    Ok(())
}

impl Consent {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let (id, _) = self.which.find(&work)?;
        let letter = work.letter(id)?;
        let on = OnLedger { ledger: work.node.id(), id, letter: &letter };
        let consent = match &self.amendment {
            Some(path) => {
                let amendment: AmendmentFile = read_file(path)?;
                amendment.check(&on)?;
                expect(&amendment, &self.digest)?;
                amendment.consent()
            }
            None if self.waive => on.waiver_read(&self.digest)?,
            None => on.cancellation_read(&self.digest)?,
        };
        let parties = [letter.terms.parties.applicant, letter.terms.parties.beneficiary];
        if !parties.contains(&work.keys.party()) {
            bail!("only applicant and seller of the letter are asked for their consent");
        }
        write_file(&self.out, &SignedConsent::new(&work.keys, work.node.id(), consent))?;
        context.output.show(&Written {
            file: self.out,
            what: "consent in",
            then: "Give it to the issuing bank. It is good for this one thing, as the letter stands now.",
            letter: Some(id.to_string()),
            digest: Some(hex::encode(self.digest)),
        })
    }
}

impl WithConsents {
    fn read(&self) -> anyhow::Result<Vec<SignedConsent>> {
        self.consents.iter().map(|path| read_file(path)).collect()
    }

    pub(super) fn waive(self, context: &Context) -> anyhow::Result<()> {
        let consents = self.read()?;
        act(&self.me, &self.which, context, "waived", |on, work| {
            on.waiver_read(&self.digest)?;
            Ok(on.waive(&work.keys, &consents)?)
        })
    }

    pub(super) fn cancel(self, context: &Context) -> anyhow::Result<()> {
        let consents = self.read()?;
        act(&self.me, &self.which, context, "cancelled", |on, work| {
            on.cancellation_read(&self.digest)?;
            Ok(on.cancel(&work.keys, &consents)?)
        })
    }
}

impl DraftAmendment {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let (id, _) = self.which.find(&work)?;
        let letter = work.letter(id)?;
        let on = OnLedger { ledger: work.node.id(), id, letter: &letter };
        let decimals = AssetLabel::of(work.node.state().assets(), &letter.terms.asset).decimals;
        let increase = self.increase.as_deref().map(|text| amount::parse(text, decimals)).transpose()?.map(NoteValue);
        let Self { latest_shipment, expiry, documents, description, .. } = self;
        let change = Change { latest_shipment, expiry, documents };
        let change = |conditions: &mut _| change.apply(conditions);
        let amendment = AmendmentFile::new(&on, change, description, increase, &mut OsRng)?;
        amendment.check(&on)?;
        write_file(&self.out, &amendment)?;
        context.output.show(&Written {
            file: self.out,
            what: "amendment in",
            then: "Applicant and seller read it by `tabella trade lc review` and agree by `tabella trade lc consent \
                   --amendment`, and the issuing bank sends it by `tabella trade lc amend`.",
            letter: Some(id.to_string()),
            digest: Some(hex::encode(amendment.digest())),
        })
    }
}

impl Amend {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let amendment: AmendmentFile = read_file(&self.amendment)?;
        expect(&amendment, &self.with.digest)?;
        let consents = self.with.read()?;
        let Some(opening) = amendment.opening() else {
            return act(&self.with.me, &self.with.which, context, "amended", |on, work| {
                amendment.check(on)?;
                Ok(on.amend(&work.keys, amendment.conditions.clone(), &consents)?)
            });
        };
        let mut work = self.with.me.begin(context)?;
        let (id, file) = self.with.which.find(&work)?;
        let file =
            file.context("an increase is sent to the seller's address, which the letter's file holds: give the file")?;
        let address = self.pay_to.context("an increase is sent to the seller: say to which address (--pay-to)")?;
        sent_to(&file, &address)?;
        let letter = work.letter(id)?;
        let on = OnLedger { ledger: work.node.id(), id, letter: &letter };
        amendment.check(&on)?;
        let order = on.increase_order(file.claimant, opening.value())?;
        let mut holder = work.holder()?;
        let asset = letter.terms.asset;
        let transfer = work.ready(&mut holder, |holder, at| holder.prepare_lock(at, asset, &order, &mut OsRng))?;
        let conditions = amendment.conditions.clone();
        let with = on.amend_and_increase(&work.keys, conditions, (transfer, &opening), &consents, &mut OsRng)?;
        let transaction = work.prove(&holder, with.transaction, vec![with.proof])?;
        let sent = work.send(transaction)?;
        work.done(id, "amended", sent)
    }
}
