//! Accounts: balances outside the pools, which hide how much but not whose. Nothing is kept of them but the wallet's seed.

mod show;

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};
use rand_core::OsRng;
use tabella_ledger::node::Accepted;
use tabella_payments::{
    accounts::{self, Moved, Recipient, WithTransfer},
    amount,
    holder::{Holder, submit},
};
use tabella_protocol::{
    account::{AccountId, Amount, DepositId},
    keys::Address,
    note::{AssetId, NoteValue, Timestamp},
    transaction::Transaction,
};
use tabella_prover::account::{AccountBook, AccountHistory, AccountKeys};
use tabella_verifier::accounts::Accounts;

use super::{
    ledger,
    work::{self, explain},
};
use crate::{
    assets::{AssetLabel, resolve},
    cli::Context,
    output::ExitKind,
};

use show::{Changed, Listed, ListedAccount, Opened, WaitingRow};

/// What can be done with accounts.
#[derive(Debug, Subcommand)]
pub enum Account {
    /// Open the wallet's account of an asset; its id is what others pay to
    Open(Open),
    /// Show the wallet's accounts: balances, and deposits that wait to be accepted
    Balance(Balance),
    /// Move an amount from the wallet's notes to an account, where it waits to be accepted
    Deposit(Box<Deposit>),
    /// Accept all deposits that wait and that the wallet can open
    Accept(Accept),
    /// Move an amount from the account into the wallet's notes, or to an address
    Withdraw(Box<Withdraw>),
    /// Pay an amount to another account, where it waits to be accepted
    Pay(Pay),
    /// Send a deposit back that was not accepted in time, to the account that it came from
    Return(Return),
}

/// Whose accounts.
type Owner = work::Owner<AccountKeys>;

#[derive(Args, Debug)]
struct OfAsset {
    #[command(flatten)]
    owner: Owner,
    /// Id of the asset, or its name if no other asset has it
    #[arg(long, value_name = "ID_OR_NAME")]
    asset: String,
}

#[derive(Args, Debug)]
struct HowMuch {
    /// Amount, as in 12.34
    #[arg(long, value_name = "AMOUNT")]
    amount: String,
    /// Let everybody see the amount
    #[arg(long)]
    public: bool,
}

/// Arguments of `account open`.
#[derive(Args, Debug)]
pub struct Open {
    #[command(flatten)]
    of: OfAsset,
}

/// Arguments of `account balance`.
#[derive(Args, Debug)]
pub struct Balance {
    #[command(flatten)]
    owner: Owner,
}

/// Arguments of `account deposit`.
#[derive(Args, Debug)]
pub struct Deposit {
    #[command(flatten)]
    of: OfAsset,
    #[command(flatten)]
    how_much: HowMuch,
    /// Id of the account [default: the wallet's own]; what is not accepted in time comes back to the wallet's own
    #[arg(long, value_name = "ACCOUNT_ID")]
    to: Option<AccountId>,
    /// Days in which it can be accepted
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=3650))]
    within: u64,
}

/// Arguments of `account accept`.
#[derive(Args, Debug)]
pub struct Accept {
    #[command(flatten)]
    of: OfAsset,
}

/// Arguments of `account withdraw`.
#[derive(Args, Debug)]
pub struct Withdraw {
    #[command(flatten)]
    of: OfAsset,
    #[command(flatten)]
    how_much: HowMuch,
    /// Address of the recipient [default: the wallet's own]
    #[arg(long, value_name = "ADDRESS")]
    to: Option<Address>,
}

/// Arguments of `account pay`.
#[derive(Args, Debug)]
pub struct Pay {
    #[command(flatten)]
    of: OfAsset,
    #[command(flatten)]
    how_much: HowMuch,
    /// Id of the recipient's account
    #[arg(long, value_name = "ACCOUNT_ID")]
    to: AccountId,
    /// Days in which it can be accepted
    #[arg(long, value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u64).range(1..=3650))]
    within: u64,
}

/// Arguments of `account return`.
#[derive(Args, Debug)]
pub struct Return {
    /// Id of the deposit
    #[arg(value_name = "DEPOSIT_ID")]
    deposit: DepositId,
}

impl Account {
    /// Runs the command.
    ///
    /// # Errors
    /// Those of the command.
    pub fn run(self, context: &Context) -> anyhow::Result<()> {
        match self {
            Self::Open(open) => open.run(context),
            Self::Balance(balance) => balance.run(context),
            Self::Deposit(deposit) => deposit.run(context),
            Self::Accept(accept) => accept.run(context),
            Self::Withdraw(withdraw) => withdraw.run(context),
            Self::Pay(pay) => pay.run(context),
            Self::Return(back) => back.run(context),
        }
    }
}

/// An owner at work on the account of one asset.
struct Work<'a> {
    at: work::Work<'a, AccountKeys>,
    asset: AssetId,
    label: AssetLabel,
}

impl OfAsset {
    fn begin<'a>(&self, context: &'a Context) -> anyhow::Result<Work<'a>> {
        let node = ledger::open(context)?;
        let assets = node.state().assets();
        let (asset, _) = resolve(assets, &self.asset)?;
        let label = AssetLabel::of(assets, &asset);
        let (wallet, keys) = self.owner.open(context)?;
        Ok(Work { at: work::Work { context, node, wallet, keys }, asset, label })
    }
}

impl Work<'_> {
    fn id(&self) -> AccountId {
        self.at.keys.opening(self.asset).id(self.at.node.id())
    }

    fn history(&self) -> anyhow::Result<AccountHistory<'_>> {
        Ok(accounts::read_accounts(&self.at.keys, &self.at.node)?)
    }

    fn book(&self, history: &AccountHistory<'_>) -> anyhow::Result<AccountBook> {
        let missing = || {
            let text = format!("the wallet has no account of \"{}\": `tabella account open` makes it", self.label.name);
            ExitKind::missing(text)
        };
        history.book(&self.id()).cloned().ok_or_else(missing)
    }

    fn amount(&self, how_much: &HowMuch) -> anyhow::Result<(NoteValue, Moved)> {
        let value = NoteValue(amount::parse(&how_much.amount, self.label.decimals)?);
        if value == NoteValue(0) {
            bail!("an amount is at least 1 unit");
        }
        Ok((value, Moved::new(value, how_much.public, &mut OsRng)))
    }

    fn recipient<'h>(
        &self,
        history: &'h AccountHistory<'_>,
        account: AccountId,
        within: u64,
    ) -> anyhow::Result<Recipient<'h>> {
        let viewer = history.viewer(&account);
        let missing = || ExitKind::missing(format!("there is no account {account} on this ledger"));
        let viewer = viewer.ok_or_else(missing)?;
        let deadline = self.at.node.now()?.seconds().saturating_add(within.saturating_mul(86_400));
        Ok(Recipient { account, viewer, deadline: Timestamp::new(deadline).context("a deadline that late is none")? })
    }

    /// With amounts as the asset shows them.
    fn not_enough(&self, book: &AccountBook, value: NoteValue) -> anyhow::Result<()> {
        if book.balance() < value {
            let show = |value: NoteValue| self.label.amount_and_name(u128::from(value.0));
            bail!("the account holds {}, and {} is needed", show(book.balance()), show(value));
        }
        Ok(())
    }

    fn finish(mut self, transaction: Transaction, value: NoteValue, is_hidden: bool) -> anyhow::Result<()> {
        let accepted = self.at.submit(transaction)?;
        self.show(&accepted, value, is_hidden)
    }

    fn show(&self, accepted: &Accepted, value: NoteValue, is_hidden: bool) -> anyhow::Result<()> {
        let history = self.history()?;
        let balance = history.book(&self.id()).map_or(NoteValue(0), AccountBook::balance);
        self.at.context.output.show(&Changed {
            account: self.id().to_string(),
            amount: self.label.amount(u128::from(value.0)),
            hidden: is_hidden,
            balance: self.label.amount(u128::from(balance.0)),
            label: self.label.clone(),
            time: crate::elections::time::Time(accepted.time),
            transaction: accepted.digest.to_string(),
        })
    }

    /// Proves, signs and submits.
    fn settle(mut self, holder: &Holder, with: WithTransfer, value: NoteValue, moved: &Moved) -> anyhow::Result<()> {
        let transaction = self.at.prove(holder, with.transaction, vec![with.proof])?;
        let accepted = self.at.submit(transaction)?;
        self.show(&accepted, value, matches!(moved, Moved::Hidden(_)))
    }
}

impl Open {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.of.begin(context)?;
        let transaction = accounts::open(&work.at.keys, work.at.node.id(), work.asset)?;
        let accepted = work.at.submit(transaction)?;
        let (account, transaction) = (work.id().to_string(), accepted.digest.to_string());
        context.output.show(&Opened { account, label: work.label, transaction })
    }
}

impl Balance {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let node = ledger::open(context)?;
        let (_, keys) = self.owner.open(context)?;
        let history = accounts::read_accounts(&keys, &node)?;
        let state = node.state();
        let known = state.application::<Accounts>();
        let listed = history.books().filter_map(|book| {
            let account = known.and_then(|accounts| accounts.account(&book.id()))?;
            let label = AssetLabel::of(state.assets(), &account.opening.asset);
            let deposits = history.deposits().filter(|(_, deposit)| deposit.account == book.id());
            let waiting = deposits.map(|(id, deposit)| WaitingRow::new(id, deposit, &label)).collect();
            let balance = label.amount(u128::from(book.balance().0));
            Some(ListedAccount { account: book.id().to_string(), label, balance, version: book.version(), waiting })
        });
        context.output.show(&Listed { accounts: listed.collect() })
    }
}

impl Deposit {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut work = self.of.begin(context)?;
        let (value, moved) = work.amount(&self.how_much)?;
        let own = work.id();
        {
            let history = work.history()?;
            work.book(&history)?;
            work.recipient(&history, self.to.unwrap_or(own), self.within)?;
        }
        let mut holder = work.at.holder()?;
        let (asset, label) = (work.asset, work.label.clone());
        let transfer = work.at.ready(&mut holder, |holder, at| {
            let prepared = holder.prepare_exit(at, asset, value, moved.blinding(), &mut OsRng);
            prepared.map_err(|error| explain(error, &label))
        })?;
        let with = {
            let history = work.history()?;
            let to = work.recipient(&history, self.to.unwrap_or(own), self.within)?;
            accounts::deposit(&work.at.keys, work.at.node.id(), transfer, &to, own, &moved, &mut OsRng)?
        };
        work.settle(&holder, with, value, &moved)
    }
}

impl Accept {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.of.begin(context)?;
        let (now, own) = (work.at.node.now()?, work.id());
        let (transaction, value, is_hidden) = {
            let history = work.history()?;
            let book = work.book(&history)?;
            let deposits = accounts::acceptable(&history, work.at.node.state(), own, now);
            if deposits.is_empty() {
                bail!("no deposit waits that this wallet can open; `tabella account balance` lists them");
            }
            let value = deposits.iter().map(|deposit| deposit.opening.value().0).fold(0, u64::saturating_add);
            let is_hidden = deposits.iter().any(|deposit| matches!(deposit.amount, Amount::Hidden(_)));
            let transaction = accounts::accept(&work.at.keys, work.at.node.id(), &book, &deposits, &mut OsRng)?;
            (transaction, NoteValue(value), is_hidden)
        };
        work.finish(transaction, value, is_hidden)
    }
}

impl Withdraw {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.of.begin(context)?;
        let (value, moved) = work.amount(&self.how_much)?;
        let book = {
            let history = work.history()?;
            work.book(&history)?
        };
        work.not_enough(&book, value)?;
        let mut holder = work.at.holder()?;
        let to = self.to.unwrap_or_else(|| holder.wallet().address(0));
        let transfer = holder.prepare_entry(&work.at.moment()?, work.asset, to, value, moved.blinding(), &mut OsRng)?;
        let with = accounts::withdraw(&work.at.keys, work.at.node.id(), &book, transfer, &moved, &mut OsRng)?;
        work.settle(&holder, with, value, &moved)
    }
}

impl Pay {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let work = self.of.begin(context)?;
        let (value, moved) = work.amount(&self.how_much)?;
        let transaction = {
            let history = work.history()?;
            let book = work.book(&history)?;
            work.not_enough(&book, value)?;
            let to = work.recipient(&history, self.to, self.within)?;
            accounts::pay(&work.at.keys, work.at.node.id(), &book, &to, &moved, &mut OsRng)?
        };
        work.finish(transaction, value, matches!(moved, Moved::Hidden(_)))
    }
}

impl Return {
    fn run(self, context: &Context) -> anyhow::Result<()> {
        let mut node = ledger::open(context)?;
        let transaction = accounts::give_back(node.id(), self.deposit)?;
        let accepted = submit(&mut node, transaction)?;
        let (deposit, transaction) = (self.deposit.to_string(), accepted.digest.to_string());
        context.output.show(&show::Returned { deposit, transaction })
    }
}
