//! What comes of sales: balances, withdrawals, statements, reports.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use rand_core::{OsRng, RngCore as _};
use tabella_market::{
    account,
    history::{OwnAccount, read_credits},
    income::state_income,
    price::Priced,
    report::{ReportHeader, report},
};
use tabella_market_rules::{statement::IncomeStatement, work::WorkId};
use tabella_payments::amount;
use tabella_protocol::{
    keys::Address,
    note::{NoteValue, Timestamp},
};

use super::{
    Owner, parts_and_name, payment_label, rules,
    show::{Balances, CreditRow, IncomeShown, OwnWork, Reported, Withdrawn},
    work::read_metadata,
};
use crate::{
    cli::Context,
    commands::ledger,
    elections::{
        files,
        time::{self, Time},
    },
    output::ExitKind,
    paths::{Readers, write_new},
};

/// Arguments of `market balance`.
#[derive(Args, Debug)]
pub struct Balance {
    #[command(flatten)]
    owner: Owner,
}

impl Balance {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let history = work.history()?;
        let own = history.accounts().map(|account| {
            let label = payment_label(&work.node, &account.work)?;
            let title =
                rules(&work.node)?.work(&account.work).map_or_else(String::new, |state| state.work.title.clone());
            let of_work = history.credits().iter().filter(|read| read.credit.work == account.work);
            let credits = of_work.map(|read| CreditRow::new(read, &label)).collect();
            let shown = |parts| parts_and_name(parts, &label);
            Ok(OwnWork {
                work: account.work.to_string(),
                title,
                account: account.id.to_string(),
                balance: shown(account.total()),
                collected: shown(account.settled),
                credits,
            })
        });
        context.output.show(&Balances { works: own.collect::<anyhow::Result<_>>()? })
    }
}

/// Arguments of `market withdraw`.
#[derive(Args, Debug)]
pub struct Withdraw {
    /// Id of the work
    #[arg(value_name = "WORK")]
    work: WorkId,
    /// Amount, as in 12.34 [default: all that is whole]
    #[arg(long, value_name = "AMOUNT")]
    amount: Option<String>,
    /// Let everybody see the amount
    #[arg(long)]
    public: bool,
    /// Address of the recipient [default: the wallet's own]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
    #[command(flatten)]
    owner: Owner,
}

impl Withdraw {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.owner.begin(context)?;
        let label = payment_label(&work.node, &self.work)?;
        let mut own = work.account(&self.work)?;
        let all = OwnAccount::whole(own.total());
        let value = match &self.amount {
            Some(text) => amount::parse(text, label.decimals)?,
            None => all,
        };
        if value == 0 {
            bail!("there is no whole unit to withdraw: {} stay until more comes", parts_and_name(own.total(), &label));
        }
        if value > all {
            let show = |value: u64| label.amount_and_name(u128::from(value));
            bail!("the account holds {}, and {} is needed", show(all), show(value));
        }
        if OwnAccount::whole(own.settled) < value {
            context.output.remark("What was credited since the last time is collected first.");
            let collect = account::collect(&work.keys.market, work.node.id(), &own);
            work.submit(collect)?;
            own = work.account(&self.work)?;
        }
        let mut holder = work.holder()?;
        let to = self.to.unwrap_or_else(|| holder.wallet().address(0));
        let price = Priced::new(NoteValue(value), self.public, &mut OsRng);
        let payment = tabella_market::order::find_work(work.node.state(), &self.work)?.payment;
        let at = work.moment()?;
        let transfer = holder.prepare_entry(&at, payment, to, price.value(), price.blinding(), &mut OsRng)?;
        let held = *rules(&work.node)?.account(self.work, own.id).context("the account is not on the ledger")?;
        let with = account::withdraw(&work.keys.market, work.node.id(), &own, &held, transfer, &price, &mut OsRng)?;
        let transaction = work.prove(&holder, with.transaction, vec![with.proof])?;
        let accepted = work.submit(transaction)?;
        let rest = parts_and_name(work.account(&self.work)?.total(), &label);
        let (amount, transaction) = (label.amount_and_name(u128::from(value)), accepted.digest.to_string());
        context.output.show(&Withdrawn { amount, rest, to: to.to_string(), transaction })
    }
}

#[derive(Args, Debug)]
struct Period {
    /// From this time on, as in 2026-12-01T00:00:00Z [default: the beginning]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time [default: the end]
    #[arg(long, value_name = "TIME")]
    before: Option<String>,
}

impl Period {
    fn times(&self) -> anyhow::Result<(Timestamp, Timestamp)> {
        let parse =
            |text: &Option<String>, default| text.as_deref().map_or(Ok(default), |text| time::parse(text, None));
        Ok((parse(&self.from, Timestamp::ZERO)?, parse(&self.before, Timestamp::MAX)?))
    }
}

/// Arguments of `market statement`.
#[derive(Args, Debug)]
pub struct Statement {
    /// Id of the work
    #[arg(value_name = "WORK")]
    work: WorkId,
    #[command(flatten)]
    period: Period,
    /// File of the statement
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    owner: Owner,
}

impl Statement {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let (label, period) = (payment_label(&work.node, &self.work)?, self.period.times()?);
        let history = work.history()?;
        let statement = state_income(&work.keys.market, work.node.id(), &history, self.work, period, &mut OsRng);
        // What is handed out holds.
        statement.check(work.node.id(), &read_credits(&work.node)?.1)?;
        write_new(&self.output, &files::encode(&statement), Readers::Default)?;
        context.output.show(&IncomeShown::new(&statement, &label, Some(self.output)))
    }
}

/// Arguments of `market check-statement`.
#[derive(Args, Debug)]
pub struct CheckStatement {
    /// File of the statement
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

impl CheckStatement {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let statement: IncomeStatement = files::read(&self.file)?;
        let node = ledger::open(context)?;
        let (_, credits) = read_credits(&node)?;
        let refused = || format!("the statement {} is not believed", self.file.display());
        statement.check(node.id(), &credits).with_context(refused)?;
        let label = payment_label(&node, &statement.income.work)?;
        context.output.show(&IncomeShown::new(&statement, &label, None))
    }
}

/// Arguments of `market report`.
#[derive(Args, Debug)]
pub struct Report {
    /// Id of the work
    #[arg(value_name = "WORK")]
    work: WorkId,
    /// File of the names and roles that the work was registered with
    #[arg(long, value_name = "FILE")]
    metadata: PathBuf,
    #[command(flatten)]
    period: Period,
    /// Versions of Parts 1, 2 and 8 of the standard that you and the recipient have agreed on
    #[arg(long, value_name = "DSRF", default_value = "dsrf/1.2/1.5/1.4")]
    message_version: String,
    /// DDEX party id of the sender
    #[arg(long, value_name = "DPID")]
    sender: String,
    /// Name of the sender
    #[arg(long, value_name = "NAME")]
    sender_name: String,
    /// DDEX party id of the recipient
    #[arg(long, value_name = "DPID")]
    recipient: String,
    /// Name of the recipient
    #[arg(long, value_name = "NAME")]
    recipient_name: String,
    /// Territory of the sales
    #[arg(long, value_name = "CODE", default_value = "Worldwide")]
    territory: String,
    /// Code of ISO 4217 of the payment asset's currency, or what you and the recipient call it
    #[arg(long, value_name = "CODE")]
    currency: String,
    /// File of the report
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    owner: Owner,
}

impl Report {
    pub(super) fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.owner.begin(context)?;
        let (label, (from, before)) = (payment_label(&work.node, &self.work)?, self.period.times()?);
        let terms = tabella_market::order::find_work(work.node.state(), &self.work)?;
        let metadata = read_metadata(&self.metadata, terms)?;
        let history = work.history()?;
        let in_period = |time: Timestamp| from <= time && time < before;
        let of_work = history.credits().iter();
        let credits: Vec<_> =
            of_work.filter(|read| read.credit.work == self.work && in_period(read.credit.time)).collect();
        let (Some(first), Some(last)) = (credits.first(), credits.last()) else {
            let text = "nothing was credited to these keys for this work in this period";
            return Err(ExitKind::missing(text));
        };
        let day = |time: Timestamp| Time(time).to_string().chars().take(10).collect::<String>();
        let start = if from == Timestamp::ZERO { first.credit.time } else { from };
        let end = match before.seconds().checked_sub(1).and_then(Timestamp::new) {
            Some(end) if before != Timestamp::MAX => end,
            _ => last.credit.time,
        };
        let mut message = [0; 8];
        OsRng.fill_bytes(&mut message);
        let header = ReportHeader {
            message_version: self.message_version,
            message: hex::encode(message),
            created: Time(work.node.now()?).to_string(),
            period: (day(start), day(end)),
            sender: (self.sender, self.sender_name),
            recipient: (self.recipient, self.recipient_name),
            territory: self.territory,
            currency: self.currency,
            service: "Tabella".into(),
            decimals: label.decimals,
        };
        let text = report(&header, &metadata, &self.work.to_string(), &credits);
        write_new(&self.output, text.as_bytes(), Readers::Owner)?;
        let lines = text.lines().count();
        context.output.show(&Reported { file: self.output, lines, credits: credits.len() })
    }
}
