//! Accounts outside the pools: balances that hide how much, and not whose.

use rand_core::OsRng;
use tabella_payments::accounts::{self, Moved, Recipient, acceptable, read_log};
use tabella_protocol::{
    account::{AccountId, DepositId, ReturnTo},
    note::{AssetId, NoteValue, Timestamp},
};
use tabella_prover::account::{AccountBook, AccountHistory, AccountKeys, WaitingDeposit};
use tabella_verifier::accounts::Accounts;

use super::ACCOUNT;
use crate::{Message, Outcome, Stop, Value, Values, Words, Work, say, words};

/// Days in which a deposit can be accepted, unless its payer says otherwise.
const DAYS: u64 = 7;
const DAY: u64 = 86_400;

/// Whose account, and of which asset.
struct Owner {
    keys: AccountKeys,
    asset: AssetId,
    id: AccountId,
}

fn keys(values: &Values, work: &Work<'_>) -> Result<AccountKeys, Stop> {
    Ok(AccountKeys::of_seed(work.seed, values.optional("number")?.unwrap_or(0)))
}

impl Owner {
    fn new(values: &Values, work: &Work<'_>) -> Result<Self, Stop> {
        let (asset, _) = values.asset("asset", work.state.assets())?;
        let keys = keys(values, work)?;
        let id = keys.opening(asset).id(work.state.id());
        Ok(Self { keys, asset, id })
    }

    fn history(&self, work: &Work<'_>) -> Result<AccountHistory<'_>, Stop> {
        Ok(read_log(&self.keys, work.state, work.log)?)
    }

    fn book(&self, history: &AccountHistory<'_>) -> Result<AccountBook, Stop> {
        let missing = words(
            "you have no account of this asset and number: open one first",
            "이 자산과 번호의 계정이 없습니다. 먼저 계정을 여십시오",
        );
        history.book(&self.id).cloned().ok_or_else(|| Stop::at("asset", missing))
    }

    fn moved(&self, values: &Values, work: &Work<'_>) -> Result<(NoteValue, Moved), Stop> {
        let value = values.amount("amount", work.state.assets(), &self.asset)?;
        Ok((value, Moved::new(value, values.flag("public"), &mut OsRng)))
    }

    fn enough(&self, book: &AccountBook, value: NoteValue, work: &Work<'_>) -> Result<(), Stop> {
        if book.balance() >= value {
            return Ok(());
        }
        let show = |value: NoteValue| work.amount_and_name(&self.asset, value.0);
        let (holds, needed) = (show(book.balance()), show(value));
        Err(Stop::at(
            "amount",
            say!(
                "the account holds {holds}, and {needed} is needed: accept what waits for it first",
                "계정 잔액이 부족합니다. 잔액: {holds}, 필요한 금액: {needed}. 기다리는 입금을 먼저 받으십시오"
            ),
        ))
    }

    /// The account that is paid to, and until when it can accept.
    fn recipient<'h>(
        &self,
        account: AccountId,
        values: &Values,
        history: &'h AccountHistory<'_>,
        work: &Work<'_>,
    ) -> Result<Recipient<'h>, Stop> {
        let known = work.rules::<Accounts>()?.account(&account);
        let (Some(known), Some(viewer)) = (known, history.viewer(&account)) else {
            return Err(Stop::at(
                "to",
                say!("there is no account {account} on this ledger", "이 원장에 없는 계정입니다: {account}"),
            ));
        };
        if known.opening.asset != self.asset {
            return Err(Stop::at(
                "to",
                say!("account {account} is of another asset", "다른 자산의 계정입니다: {account}"),
            ));
        }
        let days: u64 = values.optional("days")?.unwrap_or(DAYS);
        let deadline = Timestamp::new(work.now.seconds().saturating_add(days.saturating_mul(DAY)));
        let late = words("there is no such time: take fewer days", "그런 시각은 없습니다. 일수를 줄이십시오");
        let deadline = deadline.ok_or_else(|| Stop::at("days", late))?;
        Ok(Recipient { account, viewer, deadline })
    }

    fn shown(&self, outcome: Outcome, work: &Work<'_>, label: Words, value: u64, balance: u64) -> Outcome {
        outcome
            .show(ACCOUNT, Value::code(self.id))
            .show(label, work.amount_and_name(&self.asset, value))
            .show(words("Balance of the account", "계정 잔액"), work.amount_and_name(&self.asset, balance))
    }
}

fn account(values: &Values) -> Result<AccountId, Stop> {
    Ok(AccountId(values.bytes32("to")?))
}

pub(super) fn open(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let owner = Owner::new(values, work)?;
    if work.rules::<Accounts>()?.account(&owner.id).is_some() {
        let open = say!("this account is open already; its id is {}", "이미 열린 계정입니다. ID: {}", owner.id);
        return Err(Stop::at("asset", open));
    }
    let transaction = accounts::open(&owner.keys, work.state.id(), owner.asset)?;
    Ok(Outcome::submit(transaction).show(ACCOUNT, Value::code(owner.id)))
}

pub(super) fn deposit(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let owner = Owner::new(values, work)?;
    let (value, moved) = owner.moved(values, work)?;
    let history = owner.history(work)?;
    let book = owner.book(&history)?;
    let to = if values.is_given("to") { account(values)? } else { owner.id };
    let to = owner.recipient(to, values, &history, work)?;
    let transfer = work.ready_of(&owner.asset, |holder, at| {
        holder.prepare_exit(at, owner.asset, value, moved.blinding(), &mut OsRng)
    })?;
    let with = accounts::deposit(&owner.keys, work.state.id(), transfer, &to, owner.id, &moved, &mut OsRng)?;
    let transaction = work.prove(with.transaction, vec![with.proof])?;
    let id = DepositId::derive(transaction.effects.digest(), 0);
    let outcome = Outcome::submit(transaction);
    let label = words("Deposited, to be accepted", "넣은 금액(받기 전)");
    Ok(owner
        .shown(outcome, work, label, value.0, book.balance().0)
        .show(DEPOSIT, Value::code(id))
        .show(UNTIL, to.deadline))
}

pub(super) fn accept(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let owner = Owner::new(values, work)?;
    let history = owner.history(work)?;
    let book = owner.book(&history)?;
    let deposits = acceptable(&history, work.state, owner.id, work.now);
    if deposits.is_empty() {
        return Err(Stop::refuse(nothing_waits(&history, owner.id, work.now)));
    }
    let value = deposits.iter().map(|each| each.opening.value().0).fold(0, u64::saturating_add);
    let transaction = accounts::accept(&owner.keys, work.state.id(), &book, &deposits, &mut OsRng)?;
    let balance = book.balance().0.saturating_add(value);
    let outcome = Outcome::submit(transaction);
    let accepted = words("Deposits accepted", "받은 입금 수");
    Ok(owner
        .shown(outcome, work, words("Accepted", "받은 금액"), value, balance)
        .show(accepted, Value::number(deposits.len())))
}

/// Why there is nothing to accept.
fn nothing_waits(history: &AccountHistory<'_>, account: AccountId, now: Timestamp) -> Message {
    let (mut late, mut closed) = (0, 0);
    for (_, deposit) in history.deposits().filter(|(_, deposit)| deposit.account == account) {
        match deposit.until {
            Some((deadline, _)) if now >= deadline => late += 1,
            _ => closed += 1,
        }
    }
    match (late, closed) {
        (0, 0) => words("nothing waits for this account", "이 계정에 기다리는 입금이 없습니다").into(),
        (0, closed) => {
            say!(
                "{closed} deposits wait that your keys cannot open: they go back once their time is over",
                "내 키로 열 수 없는 입금 {closed}건이 기다립니다. 기한이 지나면 돌아갑니다"
            )
        }
        (late, _) => say!(
            "it is too late to accept {late} of the deposits: they go back to whoever paid them",
            "입금 {late}건은 받을 기한이 지났습니다. 보낸 사람에게 돌아갑니다"
        ),
    }
}

pub(super) fn pay(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let owner = Owner::new(values, work)?;
    let (value, moved) = owner.moved(values, work)?;
    let history = owner.history(work)?;
    let book = owner.book(&history)?;
    owner.enough(&book, value, work)?;
    let to = owner.recipient(account(values)?, values, &history, work)?;
    let transaction = accounts::pay(&owner.keys, work.state.id(), &book, &to, &moved, &mut OsRng)?;
    let id = DepositId::derive(transaction.effects.digest(), 0);
    let balance = book.balance().0.saturating_sub(value.0);
    let outcome = Outcome::submit(transaction);
    let label = words("Paid, to be accepted", "보낸 금액(받기 전)");
    Ok(owner.shown(outcome, work, label, value.0, balance).show(DEPOSIT, Value::code(id)).show(UNTIL, to.deadline))
}

pub(super) fn withdraw(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let owner = Owner::new(values, work)?;
    let (value, moved) = owner.moved(values, work)?;
    let book = owner.book(&owner.history(work)?)?;
    owner.enough(&book, value, work)?;
    let to = work.recipient(values, "to")?;
    let at = work.moment();
    let transfer = work.holder.prepare_entry(&at, owner.asset, to, value, moved.blinding(), &mut OsRng)?;
    let with = accounts::withdraw(&owner.keys, work.state.id(), &book, transfer, &moved, &mut OsRng)?;
    let transaction = work.prove(with.transaction, vec![with.proof])?;
    let balance = book.balance().0.saturating_sub(value.0);
    let outcome = Outcome::submit(transaction);
    Ok(owner.shown(outcome, work, words("Withdrawn", "꺼낸 금액"), value.0, balance).show(TO, Value::code(to)))
}

pub(super) fn give_back(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id = DepositId(values.bytes32("deposit")?);
    let refuse = |why: Message| Err(Stop::at("deposit", why));
    let Some(deposit) = work.rules::<Accounts>()?.deposit(&id) else {
        let none = words(
            "no such deposit waits on this ledger: it was accepted, or its id is another",
            "이 원장에 기다리는 그런 입금이 없습니다. 이미 받았거나 ID가 다릅니다",
        );
        return refuse(none.into());
    };
    let payer = match deposit.until {
        None => {
            let back = words(
                "this deposit has come back already: its payer can accept it",
                "이미 돌아온 입금입니다. 보낸 사람이 받을 수 있습니다",
            );
            return refuse(back.into());
        }
        Some((deadline, _)) if work.now < deadline => {
            let hours = deadline.seconds().saturating_sub(work.now.seconds()).div_ceil(3600);
            return refuse(say!(
                "this deposit can still be accepted: it can be given back in {hours} hours",
                "상대가 아직 받을 수 있는 입금입니다. {hours}시간 뒤에 돌려받을 수 있습니다"
            ));
        }
        Some((_, ReturnTo::Key(_))) => {
            let pool = words(
                "this deposit goes back into the pool, under a key of the application that made it",
                "이 입금은 그것을 만든 응용의 키로 풀에 돌아갑니다",
            );
            return refuse(pool.into());
        }
        Some((_, ReturnTo::Account(payer))) => payer,
    };
    let transaction = accounts::give_back(work.state.id(), id)?;
    Ok(Outcome::submit(transaction)
        .show(DEPOSIT, Value::code(id))
        .show(words("To account", "돌려받는 계정"), Value::code(payer)))
}

pub(super) fn list(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = keys(values, work)?;
    let history = read_log(&keys, work.state, work.log)?;
    let rules = work.rules::<Accounts>()?;
    let amount = |account: &AccountId, value: NoteValue| {
        let asset = rules.account(account).map(|account| account.opening.asset);
        Value::Text(asset.map_or_else(String::new, |asset| work.amount_and_name(&asset, value.0)))
    };
    let balances = history.books().map(|book| vec![amount(&book.id(), book.balance()), Value::code(book.id())]);
    let waiting = history.deposits().map(|(id, deposit)| {
        let opening = deposit.opening.as_ref();
        vec![
            opening.map_or_else(|| CLOSED.into(), |opening| amount(&deposit.account, opening.value())),
            standing(deposit, history.book(&deposit.account).is_some(), work.now).into(),
            deposit.until.map_or_else(|| Value::Text("–".into()), |(deadline, _)| deadline.into()),
            Value::code(deposit.account),
            Value::code(id),
        ]
    });
    let balances = Value::Table { columns: vec![words("Balance", "잔액"), ACCOUNT], rows: balances.collect() };
    let columns =
        vec![words("Amount", "금액"), words("State", "상태"), UNTIL, words("For account", "받는 계정"), DEPOSIT];
    let waiting = Value::Table { columns, rows: waiting.collect() };
    Ok(Outcome::new()
        .show(words("Accounts", "계정"), balances)
        .show(words("Not accepted yet", "아직 받지 않은 입금"), waiting))
}

fn standing(deposit: &WaitingDeposit, is_own: bool, now: Timestamp) -> Words {
    match (deposit.until, is_own) {
        (None, _) => words("came back: accept it", "돌아옴(받으십시오)"),
        (Some((deadline, _)), true) if now < deadline => words("waits for you", "받기를 기다림"),
        (Some((deadline, _)), false) if now < deadline => words("waits for its recipient", "상대가 받기를 기다림"),
        (Some(_), true) => words("too late: it goes back", "기한이 지남(돌아감)"),
        (Some(_), false) => words("was not accepted: give it back to yourself", "받지 않음(돌려받으십시오)"),
    }
}

const DEPOSIT: Words = words("Deposit", "입금 ID");
const UNTIL: Words = words("Accepted until", "받을 수 있는 기한");
const TO: Words = words("To", "받는 주소");
const CLOSED: Words = words("your keys cannot open it", "내 키로 열 수 없음");
