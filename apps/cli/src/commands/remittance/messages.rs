//! Messages of ISO 20022 in and out.

use std::{fmt, path::PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;
use serde::Serialize;
use tabella_protocol::note::{AssetId, NoteValue};
use tabella_prover::wallet::{NoteKind, ReceivedNote};
use tabella_remittance::{
    Notice, Order,
    iso20022::{CurrencyAmount, InstructedAmount, Party, Told, read_pain001},
    notice::escrow,
    rules::{Corridor, RemittanceId},
    travel::{Person, TravelMessage},
};

use super::{Me, Work, order::read_text, receive::read_payee, stored};
use crate::{
    cli::Context,
    elections::files,
    output::{Table, visible},
    paths::{Readers, write_new},
};

/// Arguments of `remittance pain001`.
#[derive(Args, Debug)]
pub struct Pain001 {
    /// File of the message
    #[arg(value_name = "FILE")]
    message: PathBuf,
}

/// Arguments of `remittance pacs008`.
#[derive(Args, Debug)]
pub struct Pacs008 {
    #[command(flatten)]
    me: Me,
    /// File of the order that was answered, by the provider's keys
    #[arg(value_name = "ORDER")]
    order: PathBuf,
    #[command(flatten)]
    agents: Agents,
    /// File of the message
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// Arguments of `remittance camt054`.
#[derive(Args, Debug)]
pub struct Camt054 {
    #[command(flatten)]
    me: Me,
    /// File of the notice, by the keys of the receiver's institution
    #[arg(value_name = "NOTICE")]
    notice: PathBuf,
    /// The payee file that the sender was given: your own copy
    #[arg(long, value_name = "FILE")]
    payee: PathBuf,
    #[command(flatten)]
    agents: Agents,
    /// File of the message
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

/// The institutions, where the travel-rule data do not name them.
#[derive(Args, Debug)]
struct Agents {
    /// Name of the sender's institution [default: as in the travel-rule data]
    #[arg(long, value_name = "NAME")]
    debtor_agent: Option<String>,
    /// Name of the receiver's institution [default: as in the travel-rule data]
    #[arg(long, value_name = "NAME")]
    creditor_agent: Option<String>,
}

#[derive(Serialize)]
struct Listed {
    end_to_end: String,
    amount: String,
    currency: String,
    arrives_in: Option<String>,
    debtor: String,
    creditor: String,
    information: Option<String>,
}

#[derive(Serialize)]
struct Orders {
    orders: Vec<Listed>,
}

impl fmt::Display for Orders {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table::new(&["reference", "amount", "", "from", "to"]);
        for order in &self.orders {
            let currency = match &order.arrives_in {
                Some(other) => format!("{} in {other}", order.currency),
                None => order.currency.clone(),
            };
            table.row([
                visible(&order.end_to_end).to_string(),
                order.amount.clone(),
                visible(&currency).to_string(),
                visible(&order.debtor).to_string(),
                visible(&order.creditor).to_string(),
            ]);
        }
        write!(f, "{table}")
    }
}

impl Pain001 {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let read = read_pain001(&read_text(&self.message)?);
        let read = read.with_context(|| format!("{} is not used", self.message.display()))?;
        let orders = read.into_iter().map(|order| {
            let (amount, arrives_in) = match order.amount {
                InstructedAmount::Instructed(amount) => (amount, None),
                InstructedAmount::Equivalent { paid, arrives_in } => (paid, Some(arrives_in)),
            };
            Listed {
                end_to_end: order.end_to_end,
                amount: amount.amount().to_owned(),
                currency: amount.currency().to_owned(),
                arrives_in,
                debtor: order.debtor.name,
                creditor: order.creditor.name,
                information: order.information,
            }
        });
        context.output.show(&Orders { orders: orders.collect() })
    }
}

#[derive(Serialize)]
struct Written {
    file: PathBuf,
    message: &'static str,
    remittance: String,
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<12} {}\nremittance   {}", self.message, self.file.display(), self.remittance)
    }
}

fn party(persons: &[Person], accounts: &[String]) -> anyhow::Result<Party> {
    let person = persons.first().context("the travel-rule data name nobody")?;
    let country = match person {
        Person::NaturalPerson(person) => {
            let first = person.geographic_address.first().map(|address| address.country.clone());
            first.or_else(|| person.country_of_residence.clone())
        }
        Person::LegalPerson(person) => {
            let first = person.geographic_address.first().map(|address| address.country.clone());
            first.or_else(|| person.country_of_registration.clone())
        }
    };
    let account = accounts.first().cloned();
    Ok(Party { name: person.name(), account, country: country.filter(|code| code != "XX") })
}

impl Agents {
    fn told(
        &self,
        work: &Work<'_>,
        id: RemittanceId,
        corridor: &Corridor,
        message: &TravelMessage,
        fee: Option<NoteValue>,
    ) -> anyhow::Result<Told> {
        let amount = |asset: &AssetId, units: u64| {
            let label = work.label(asset);
            CurrencyAmount::new(&label.name, &label.amount(u128::from(units)))
        };
        let units = |text: &str| text.parse::<u64>().context("an amount of the travel-rule message is no number");
        let data = &message.ivms101;
        let debtor_agent = self.debtor_agent.clone();
        let debtor_agent = debtor_agent.or_else(|| data.originating_vasp.as_ref().map(|vasp| vasp.person.name()));
        let creditor_agent = self.creditor_agent.clone();
        let creditor_agent = creditor_agent.or_else(|| data.beneficiary_vasp.as_ref().map(|vasp| vasp.person.name()));
        let unnamed = "the travel-rule data do not name this institution";
        Ok(Told {
            id,
            end_to_end: message.reference.clone(),
            paid: amount(&corridor.pays, units(&message.paid.units)?)?,
            fee: fee.map(|fee| amount(&corridor.pays, fee.0)).transpose()?,
            delivered: amount(&corridor.receives, units(&message.delivered.units)?)?,
            rate: None,
            debtor: party(&data.originator.originator_persons, &data.originator.account_number)?,
            debtor_agent: debtor_agent.with_context(|| format!("{unnamed}: --debtor-agent does"))?,
            creditor: party(&data.beneficiary.beneficiary_persons, &data.beneficiary.account_number)?,
            creditor_agent: creditor_agent.with_context(|| format!("{unnamed}: --creditor-agent does"))?,
            information: message.information.clone(),
        })
    }
}

fn now(work: &Work<'_>) -> anyhow::Result<jiff::Timestamp> {
    let seconds = i64::try_from(work.node.now()?.seconds()).context("a time beyond those of a calendar")?;
    Ok(jiff::Timestamp::from_second(seconds)?)
}

impl Pacs008 {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let order: Order = files::read(&self.order)?;
        let id = order.id();
        // Banks are told of what is locked.
        if stored(&work.node, &id)?.terms() != &order.terms {
            bail!("remittance {id} is on the ledger under other terms");
        }
        let corridor = work.corridor(&order.terms.corridor)?;
        let message = order.verify(&work.keys, work.node.id(), &corridor)?;
        let priced = order.quote.quote.priced;
        let told = self.agents.told(&work, id, &corridor, &message, Some(priced.fee))?;
        write_new(&self.output, told.pacs008(now(&work)?)?.as_bytes(), Readers::Owner)?;
        context.output.show(&Written { file: self.output, message: "pacs.008", remittance: id.to_string() })
    }
}

impl Camt054 {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.me.begin(context)?;
        let notice: Notice = files::read(&self.notice)?;
        let id = notice.id();
        let payee = read_payee(&work, &self.payee)?;
        let message = notice.verify(&work.keys, &payee, work.state()?)?;
        let remittance = stored(&work.node, &id)?;
        let corridor = work.corridor(&notice.terms.corridor)?;
        // Before refunds begin only a claim spends the escrow.
        let holder = work.holder()?;
        let escrow = escrow(holder.wallet(), remittance, NoteKind::EscrowToClaim);
        let is_claimed = escrow.and_then(ReceivedNote::spent).is_some_and(|at| at.time < notice.terms.refund_from);
        if !is_claimed {
            bail!("what remittance {id} delivers is not claimed: its receiver is not credited");
        }
        let told = self.agents.told(&work, id, &corridor, &message, None)?;
        write_new(&self.output, told.camt054(now(&work)?)?.as_bytes(), Readers::Owner)?;
        context.output.show(&Written { file: self.output, message: "camt.054", remittance: id.to_string() })
    }
}
