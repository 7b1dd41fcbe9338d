//! What comes of sales: balances, withdrawals, statements.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Message, Outcome, Stop, Value, Values, Work, say, words};
use tabella_market_rules::{
    Market,
    journal::Kind as Sold,
    statement::{IncomeStatement, StatementError},
    work::PARTS_PER_UNIT,
};
use tabella_protocol::note::{NoteValue, Timestamp};

use super::{
    ANYBODY, BEFORE, FROM, HOLDER, NUMBER, SHOWN_LICENCES, SHOWN_PRICE, SHOWN_TITLE, SHOWN_WORK, WORK, parts_and_name,
};
use crate::{
    account,
    history::{OwnAccount, ReadCredit, credits_of_log},
    income::state_income,
    order::find_work,
    price::Priced,
};

pub(super) const BALANCE: Form = Form {
    id: "balance",
    role: HOLDER,
    title: words("Show what I was credited with", "나에게 적립된 금액 보기"),
    about: words(
        "Work by work, with every sale. Only you see it here. Resellers are credited in the same way.",
        "저작물마다 모든 판매를 보여 줍니다. 본인만 볼 수 있습니다. 재판매자에게도 같은 방식으로 적립됩니다.",
    ),
    fields: &[NUMBER],
    proves: false,
};

pub(super) const WITHDRAW: Form = Form {
    id: "withdraw",
    role: HOLDER,
    title: words("Withdraw", "출금"),
    about: words(
        "Takes what was credited into a wallet. Credits that wait are collected first, in a transaction of their own.",
        "적립된 금액을 지갑으로 옮깁니다. 아직 모으지 않은 적립금이 있으면 먼저 별도의 거래로 모읍니다.",
    ),
    fields: &[
        WORK,
        Field::new("amount", words("Amount", "금액"), Kind::Amount)
            .hint(words("Empty: all that is whole.", "비워 두면 출금할 수 있는 전액입니다."))
            .optional(),
        Field::new("public", words("Let everybody see the amount", "금액을 모두에게 공개"), Kind::Flag).optional(),
        Field::new("to", words("Recipient", "받는 주소"), Kind::Address)
            .hint(words("Empty: this wallet.", "비워 두면 이 지갑입니다."))
            .optional(),
        NUMBER,
    ],
    proves: true,
};

pub(super) const STATEMENT: Form = Form {
    id: "statement",
    role: HOLDER,
    title: words("Prove my income of a period", "기간 수입 증명"),
    about: words(
        "Makes a file that proves the total, and shows no single price. Of one sale alone, the total tells its price.",
        "합계를 증명하고 개별 가격은 드러내지 않는 파일을 만듭니다. 판매가 한 건뿐이면 합계로 가격을 알 수 있습니다.",
    ),
    fields: &[WORK, FROM, BEFORE, NUMBER],
    proves: false,
};

pub(super) const CHECK: Form = Form {
    id: "check-statement",
    role: ANYBODY,
    title: words("Check a proof of income", "수입 증명 확인"),
    about: words(
        "Adds the credits of the ledger up and compares them with the total in the file.",
        "원장의 적립 기록을 모두 더해 파일의 합계와 비교합니다.",
    ),
    fields: &[Field::new("statement", words("File of the proof of income", "수입 증명 파일"), Kind::File)],
    proves: false,
};

pub(super) fn balance(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let keys = super::keys(values, work)?;
    let history = super::history(&keys, work)?;
    let (mut accounts, mut credits) = (Vec::new(), Vec::new());
    for own in history.accounts() {
        let terms = find_work(work.state, &own.work)?;
        let shown = |parts| Value::Text(parts_and_name(work, &terms.payment, parts));
        let title = || Value::Text(terms.title.clone());
        accounts.push(vec![title(), shown(own.total()), shown(own.settled), Value::code(own.work)]);
        for read in history.credits().iter().filter(|read| read.credit.work == own.work) {
            let price = work.amount_and_name(&terms.payment, read.price.0);
            let (kind, licences) = sold(read);
            let (credited, time) = (shown(read.parts()), Value::from(read.credit.time));
            credits.push(vec![time, title(), kind, licences, Value::Text(price), credited]);
        }
    }
    if accounts.is_empty() {
        let none = words("These keys were never credited on this ledger.", "이 키에는 아직 적립된 것이 없습니다.");
        return Ok(Outcome::new().show(words("Balance", "잔액"), none));
    }
    let columns = vec![SHOWN_TITLE, words("Balance", "잔액"), words("Collected of it", "그중 모은 금액"), SHOWN_WORK];
    let of_credits = vec![
        words("Time", "시각"),
        SHOWN_TITLE,
        words("Kind", "종류"),
        SHOWN_LICENCES,
        SHOWN_PRICE,
        words("Credited", "적립"),
    ];
    Ok(Outcome::new()
        .show(words("Balances", "잔액"), Value::Table { columns, rows: accounts })
        .show(words("Sales", "판매"), Value::Table { columns: of_credits, rows: credits }))
}

fn sold(read: &ReadCredit) -> (Value, Value) {
    let (kind, licences) = match read.credit.kind {
        Sold::Sale(licences) => (words("sale", "판매"), licences),
        Sold::Resale(licences) => (words("resale", "재판매"), licences),
    };
    (kind.into(), Value::number(licences))
}

pub(super) fn withdraw(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let (id, terms) = super::work_of(values, work)?;
    let (keys, payment) = (super::keys(values, work)?, terms.payment);
    let own = super::own_account(&keys, work, &id)?;
    let all = OwnAccount::whole(own.total());
    let value = if values.is_given("amount") {
        values.amount("amount", work.state.assets(), &payment)?
    } else {
        NoteValue(all)
    };
    if value == NoteValue(0) {
        let stays = parts_and_name(work, &payment, own.total());
        return Err(Stop::at(
            "work",
            say!(
                "there is no whole unit to withdraw: {stays} stay until more comes",
                "꺼낼 수 있는 온전한 단위가 없습니다. {stays}은(는) 더 들어올 때까지 남습니다"
            ),
        ));
    }
    if value.0 > all {
        let show = |units: u64| work.amount_and_name(&payment, units);
        let text = say!(
            "the account holds {}, and {} is needed",
            "계정 잔액이 부족합니다. 잔액: {}, 필요한 금액: {}",
            show(all),
            show(value.0)
        );
        return Err(Stop::at("amount", text));
    }
    let to = work.recipient(values, "to")?;
    if OwnAccount::whole(own.settled) < value.0 {
        return Err(Stop::First(Box::new(account::collect(&keys, work.state.id(), &own))));
    }
    let price = Priced::new(value, values.flag("public"), &mut OsRng);
    let at = work.moment();
    let transfer = work.holder.prepare_entry(&at, payment, to, value, price.blinding(), &mut OsRng)?;
    let held = work.rules::<Market>()?.account(id, own.id);
    let held =
        *held.ok_or_else(|| Stop::at("work", words("the account is not on the ledger", "원장에 없는 계정입니다")))?;
    let with = account::withdraw(&keys, work.state.id(), &own, &held, transfer, &price, &mut OsRng)?;
    let transaction = work.prove(with.transaction, vec![with.proof])?;
    let rest = own.total().saturating_sub(u128::from(value.0) * u128::from(PARTS_PER_UNIT));
    Ok(Outcome::submit(transaction)
        .show(words("Withdrawn", "출금액"), work.amount_and_name(&payment, value.0))
        .show(words("Recipient", "받는 주소"), Value::code(to))
        .show(words("Stays in the account", "계정에 남는 금액"), parts_and_name(work, &payment, rest)))
}

pub(super) fn statement(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (id, _) = super::work_of(values, work)?;
    let (period, keys) = (super::period(values)?, super::keys(values, work)?);
    let history = super::history(&keys, work)?;
    let statement = state_income(&keys, work.state.id(), &history, id, period, &mut OsRng);
    // What is handed out holds.
    statement.check(work.state.id(), &credits_of_log(work.log)?)?;
    Ok(shown(&statement, work)?.give_file("income.tabella", &statement))
}

pub(super) fn check(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let statement: IncomeStatement = values.decode("statement")?;
    let refused = |error: StatementError| {
        let place = ("the file is not believed", "믿을 수 없는 파일입니다");
        Stop::at("statement", Message::from(error).at(place))
    };
    statement.check(work.state.id(), &credits_of_log(work.log)?).map_err(refused)?;
    let adds_up = words("Credits on the ledger add up to it", "원장의 적립 기록과 합계가 일치함");
    Ok(shown(&statement, work)?.show(adds_up, true))
}

fn shown(statement: &IncomeStatement, work: &Work<'_>) -> Result<Outcome, Stop> {
    let income = &statement.income;
    let terms = find_work(work.state, &income.work)?;
    let time = |time: Timestamp, open: Timestamp, text| if time == open { Value::Words(text) } else { time.into() };
    let from = time(income.from, Timestamp::ZERO, words("the beginning", "처음"));
    let before = time(income.to, Timestamp::MAX, words("the end", "끝"));
    Ok(Outcome::new()
        .show(SHOWN_TITLE, terms.title.as_str())
        .show(SHOWN_WORK, Value::code(income.work))
        .show(words("Whose income", "수입의 주인"), Value::code(hex::encode(income.party.owner)))
        .show(words("From", "시작"), from)
        .show(words("Before", "이 시각 전까지"), before)
        .show(words("Credits", "적립 횟수"), Value::number(income.credits))
        .show(words("Total", "합계"), parts_and_name(work, &terms.payment, income.parts)))
}
