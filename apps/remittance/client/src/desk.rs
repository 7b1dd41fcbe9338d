//! Remittance in a page: what operators, providers, senders and receivers' institutions do by filling in forms. They
//! do what the commands do, with the same checks in the same order; what the parties hand to each other are files.

mod errors;
mod institution;
mod messages;
mod overview;
mod provider;
mod sender;
mod settle;
mod travel;

use rand_core::OsRng;
use tabella_desk::{Desk, Field, Form, Kind, Outcome, Stop, Value, Values, Words, Work, at, say, short, words};
use tabella_payments::{amount, plan};
use tabella_protocol::{
    asset::AssetClass,
    keys::Address,
    note::{AssetId, NoteValue},
};
use tabella_remittance_rules::{Corridor, CorridorId, Remittance, RemittanceId, Remittances, action::NAME};
use tabella_verifier::shielded::ShieldedPool;

use crate::{keys::RemittanceKeys, travel::Person};

const ANYBODY: Words = words("Anybody", "누구나");
const SENDER: Words = words("Sender", "보내는 사람");
const OPERATOR: Words = words("Operator of a corridor", "경로 운영자");
const PROVIDER: Words = words("Provider", "환전 제공자");
const INSTITUTION: Words = words("Receiver's institution", "받는 쪽 기관");
const PAYER: Words = words("Whoever is to claim or take back", "수령하거나 돌려받는 사람");

const CORRIDOR: Field = Field::new("corridor", words("Corridor", "경로"), Kind::Instance);
const REMITTANCE: Field = Field::new("remittance", words("Remittance", "송금"), Kind::Instance);

const SHOWN_CORRIDOR: Words = words("Corridor", "경로");
const SHOWN_REMITTANCE: Words = words("Remittance", "송금");
const SHOWN_PAID: Words = words("Paid, in all", "총 지불액");
const SHOWN_DELIVERED: Words = words("Delivered", "받는 금액");
const SHOWN_SENDER: Words = words("Sender", "보내는 사람");
const SHOWN_RECEIVER: Words = words("Receiver", "받는 사람");
const SHOWN_REFERENCE: Words = words("Reference", "참조 번호");
const SHOWN_INFORMATION: Words = words("For the receiver", "받는 사람에게 전하는 말");
const SHOWN_ANSWER: Words = words("Answered before", "응답 기한");
const SHOWN_CLAIM: Words = words("Claimed before", "수령 기한");
const SHOWN_REFUND: Words = words("Goes back from", "반환 시작");
const NEXT: Words = words("What comes next", "다음에 할 일");

/// A receiver's institution has keys of a number for each remittance. These are found again without asking for the
/// number.
const MOST_NUMBER: u32 = 999;

static FORMS: &[Form] = &[
    overview::KEY,
    overview::MINE,
    travel::WRITE,
    messages::PAIN001,
    sender::CHECK,
    sender::ORDER,
    sender::SEND,
    sender::NOTICE,
    provider::OPEN,
    provider::QUOTE,
    provider::REVIEW,
    provider::ANSWER,
    messages::PACS008,
    institution::PAYEE,
    institution::CHECK,
    institution::ACCEPT,
    institution::DECLINE,
    messages::CAMT054,
    settle::CLAIM,
    settle::REFUND,
];

/// The desk of remittance.
#[derive(Clone, Copy, Debug, Default)]
pub struct RemittanceDesk;

impl Desk for RemittanceDesk {
    fn application(&self) -> &'static str {
        NAME
    }

    fn forms(&self) -> &'static [Form] {
        FORMS
    }

    fn korean(&self, error: &(dyn std::error::Error + 'static)) -> Option<String> {
        errors::korean(error)
    }

    fn act(&self, form: &str, values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
        match form {
            "key" => Ok(overview::key(work)),
            "mine" => overview::mine(work),
            "travel" => travel::write(values, work),
            "pain001" => messages::pain001(values),
            "check-quote" => sender::check(values, work),
            "order" => sender::order(values, work),
            "send" => sender::send(values, work),
            "notice" => sender::notice(values, work),
            "open-corridor" => provider::open(values, work),
            "quote" => provider::quote(values, work),
            "review-order" => provider::review(values, work),
            "answer" => provider::answer(values, work),
            "pacs008" => messages::pacs008(values, work),
            "payee" => institution::payee(values, work),
            "check" => institution::check(values, work),
            "accept" => institution::accept(values, work),
            "decline" => institution::decline(values, work),
            "camt054" => messages::camt054(values, work),
            "claim" => settle::claim(values, work),
            "refund" => settle::refund(values, work),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}

/// The keys of a sender, a provider or an operator.
fn keys(work: &Work<'_>) -> RemittanceKeys {
    RemittanceKeys::of_seed(work.seed, 0)
}

/// The keys of a receiver's institution by which a payee file or a remittance names it.
fn keys_of(work: &Work<'_>, answerer: &[u8; 32], field: &str) -> Result<RemittanceKeys, Stop> {
    let known = RemittanceKeys::find(work.seed, answerer, 0..=MOST_NUMBER);
    known.ok_or_else(|| {
        let message = say!(
            "this wallet does not answer for it: the payee file is of another wallet, or of a number above {MOST_NUMBER}, which the command line takes",
            "이 지갑이 답할 것이 아닙니다. 받는 쪽 파일이 다른 지갑의 것이거나, 명령줄에서만 쓰는 {MOST_NUMBER}보다 큰 번호의 것입니다"
        );
        Stop::at(field, message)
    })
}

/// The rules as they stand.
fn state<'a>(work: &Work<'a>) -> Result<&'a Remittances, Stop> {
    let state = work.state;
    state.application().ok_or_else(|| {
        Stop::refuse(words("this ledger does not have this application", "이 원장에는 이 응용이 없습니다"))
    })
}

fn corridor<'a>(work: &Work<'a>, id: &CorridorId, field: &str) -> Result<&'a Corridor, Stop> {
    state(work)?.corridor(id).ok_or_else(|| {
        Stop::at(field, say!("there is no corridor {id} on this ledger", "이 원장에 없는 송금 경로입니다: {id}"))
    })
}

fn stored<'a>(work: &Work<'a>, id: &RemittanceId, field: &str) -> Result<&'a Remittance, Stop> {
    let found = state(work)?.remittance(id);
    found.ok_or_else(|| {
        Stop::at(
            field,
            say!(
                "there is no remittance {id} on this ledger: nothing is locked",
                "이 원장에 없는 송금입니다: {id}. 잠긴 금액이 없습니다"
            ),
        )
    })
}

fn pool<'a>(work: &Work<'a>) -> &'a ShieldedPool {
    let state = work.state;
    state.pool(AssetClass::Ordinary)
}

/// An address of the wallet that was given to nobody.
fn fresh_address(work: &Work<'_>) -> Address {
    plan::fresh_address(work.holder.wallet(), &mut OsRng)
}

fn decimals(work: &Work<'_>, asset: &AssetId) -> u8 {
    work.state.assets().get(asset).map_or(0, |known| known.description.decimals)
}

/// An amount and its asset, as people read it.
fn units(work: &Work<'_>, asset: &AssetId, amount: NoteValue) -> String {
    work.amount_and_name(asset, amount.0)
}

/// The same without the asset's name.
fn digits(work: &Work<'_>, asset: &AssetId, amount: NoteValue) -> String {
    amount::format(u128::from(amount.0), decimals(work, asset))
}

/// A whole number, which may be left out. The form has its limits.
fn number(values: &Values, field: &str, left_out: u32) -> Result<u32, Stop> {
    Ok(values.optional(field)?.unwrap_or(left_out))
}

/// Names in one line.
fn names(persons: &[Person]) -> String {
    persons.iter().map(Person::name).collect::<Vec<_>>().join(", ")
}

/// A remittance's id, as it is shown.
fn shown_id(id: RemittanceId) -> Value {
    Value::code(id)
}
