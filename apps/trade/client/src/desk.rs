//! Trade finance in a page: what the parties to letters of credit and invoices do by filling in forms. They do what
//! the commands do, with the same checks in the same order; what the parties give each other are files.

mod bank;
mod consent;
mod documents;
mod draft;
mod errors;
mod examiner;
mod invoice;
mod sale;
mod settle;
mod show;

use tabella_desk::{Desk, Field, Form, Kind, Outcome, Stop, Values, Words, Work, at, say, short, unread, words};
use tabella_protocol::note::Timestamp;
use tabella_trade_rules::{
    TradeFinance,
    domain::NAME,
    error::Role,
    letter::{LetterId, TermsError},
    state::Letter,
};

use crate::{
    files::TradeFile,
    keys::TradeKeys,
    letters::{LetterError, OnLedger},
};

const ANYBODY: Words = words("Anybody", "누구나");
const APPLICANT: Words = words("Applicant (buyer)", "개설의뢰인 (구매자)");
const ISSUING_BANK: Words = words("Issuing bank", "개설은행");
const ADVISING_BANK: Words = words("Advising bank", "통지은행");
const SELLER: Words = words("Seller", "판매자");
const SIGNER: Words = words("Signer of documents", "서류 서명자");
const EXAMINER: Words = words("Examiner", "심사자");
const BOTH: Words = words("Applicant and seller", "개설의뢰인과 판매자");
const DEBTOR: Words = words("Debtor of an invoice", "송장 채무자");
const HOLDER: Words = words("Seller of an invoice", "송장 판매자");
const FINANCIER: Words = words("Buyer of an invoice", "송장 매입자");

const LETTER: Field = Field::new("letter", words("Letter of credit", "신용장"), Kind::Instance);
const NUMBER: Field = Field::new(
    "number",
    words("Number of your key", "나의 키 번호"),
    Kind::Number { least: 0, most: MOST_NUMBER as u64 },
)
.hint(words(
    "Leave it empty unless you have chosen one. Nobody can link keys of different numbers.",
    "따로 정한 번호가 없으면 비워 두십시오. 번호가 다른 키는 아무도 서로 연결하지 못합니다.",
))
.optional();
const CONSENTS: Field = Field::new("consents", words("Consents", "동의 파일"), Kind::Files)
    .hint(words("The files that they gave you.", "동의한 사람이 준 파일입니다."));

/// An amendment that was read, as whoever signs it says.
const DIGEST: Field = Field::new("digest", words("Digest of the amendment", "조건변경 확인값"), Kind::Id).hint(words(
    "As \"Read an amendment\" has shown it, beside what you agree to.",
    "‘조건변경 확인’에서 내용과 함께 표시된 값을 적으십시오.",
));

/// A presentation that was read, as whoever takes it says.
const PRESENTED: Field =
    Field::new("digest", words("Digest of the presentation", "서류 제시 확인값"), Kind::Id).hint(words(
        "As \"Show a letter of credit\" has shown it, beside the documents that you take as they are.",
        "‘신용장 보기’에서 그대로 받아들일 서류와 함께 표시된 값을 적으십시오.",
    ));

/// A letter that was read, as whoever ends it says.
const STANDING: Field =
    Field::new("digest", words("Digest of the letter as it stands", "현재 신용장 확인값"), Kind::Id).hint(words(
        "As \"Show a letter of credit\" has shown it, beside the letter that you end.",
        "‘신용장 보기’에서 취소할 신용장과 함께 표시된 값을 적으십시오.",
    ));

const SHOWN_LETTER: Words = words("Letter of credit", "신용장");
const SHOWN_ADDRESS: Words = words("Address of the seller", "판매자의 주소");
const SHOWN_AMOUNT: Words = words("Amount", "금액");
const NEXT: Words = words("What comes next", "다음에 할 일");

/// Keys up to this number are found again without asking for it.
const MOST_NUMBER: u32 = 99;

static FORMS: &[Form] = &[
    show::KEY,
    show::MINE,
    show::SHOW,
    draft::REVIEW,
    consent::DRAFT,
    consent::REVIEW,
    draft::DRAFT,
    bank::ISSUE,
    bank::WAIVE,
    bank::AMEND,
    bank::CANCEL,
    settle::REFUND,
    bank::ADVISE,
    examiner::ENDORSE,
    examiner::PRESENT,
    settle::CLAIM,
    examiner::EXAMINE,
    examiner::ACCEPT,
    examiner::REFUSE,
    consent::WAIVER,
    consent::AMENDMENT,
    consent::CANCELLATION,
    invoice::REGISTER,
    invoice::CONFIRM,
    invoice::MINE,
    sale::SELL,
    invoice::CHECK,
    sale::OFFER,
    sale::BUY,
];

/// The desk of trade finance.
#[derive(Clone, Copy, Debug, Default)]
pub struct TradeDesk;

impl Desk for TradeDesk {
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
            "key" => show::key(values, work),
            "mine" => show::mine(work),
            "show" => show::show(values, work),
            "review-letter" => draft::review(values, work),
            "draft-amendment" => consent::draft(values, work),
            "review-amendment" => consent::review(values, work),
            "draft" => draft::draft(values, work),
            "issue" => bank::issue(values, work),
            "waive" => bank::waive(values, work),
            "amend" => bank::amend(values, work),
            "cancel" => bank::cancel(values, work),
            "refund" => settle::refund(values, work),
            "advise" => bank::advise(values, work),
            "endorse" => examiner::endorse(values, work),
            "present" => examiner::present(values, work),
            "claim" => settle::claim(values, work),
            "examine" => examiner::examine(values, work),
            "accept" => examiner::accept(values, work),
            "refuse" => examiner::refuse(values, work),
            "agree-waiver" => consent::waiver(values, work),
            "agree-amendment" => consent::amendment(values, work),
            "agree-cancellation" => consent::cancellation(values, work),
            "register" => invoice::register(values, work),
            "confirm" => invoice::confirm(values, work),
            "invoices" => Ok(invoice::mine(work)),
            "sell" => sale::sell(values, work),
            "check-invoice" => invoice::check(values, work),
            "offer" => sale::offer(values, work),
            "buy" => sale::buy(values, work),
            other => Err(Stop::no_form(self.application(), other)),
        }
    }
}

/// The keys of the number that a form names.
fn keys(values: &Values, work: &Work<'_>) -> Result<TradeKeys, Stop> {
    Ok(TradeKeys::of_seed(work.seed, values.optional("number")?.unwrap_or_default()))
}

/// The wallet's keys by which one of several parties is named.
fn keys_among(work: &Work<'_>, parties: &[[u8; 32]]) -> Option<TradeKeys> {
    parties.iter().find_map(|party| TradeKeys::find(work.seed, party, 0..=MOST_NUMBER))
}

/// The wallet's keys as a party to a letter.
fn keys_as(work: &Work<'_>, party: &[u8; 32], who: Words) -> Result<TradeKeys, Stop> {
    keys_among(work, &[*party]).ok_or_else(|| {
        let Words { en, ko } = who;
        let message = say!(
            "this is for the {en} of the letter, and this wallet has no such key",
            "신용장의 {ko}만 할 수 있는 일인데, 이 지갑에는 그 키가 없습니다"
        );
        Stop::at("letter", message)
    })
}

/// The rules as they stand.
fn trade<'a>(work: &Work<'a>) -> Result<&'a TradeFinance, Stop> {
    let state = work.state;
    state.application().ok_or_else(|| {
        Stop::refuse(words("this ledger does not have this application", "이 원장에는 이 응용이 없습니다"))
    })
}

/// The letter that a form names, on the ledger.
fn letter<'a>(values: &Values, work: &Work<'a>) -> Result<OnLedger<'a>, Stop> {
    on_ledger(values.parse("letter")?, "letter", work)
}

fn on_ledger<'a>(id: LetterId, field: &str, work: &Work<'a>) -> Result<OnLedger<'a>, Stop> {
    let found: Option<&Letter> = trade(work)?.letter(&id);
    let missing = || {
        Stop::at(
            field,
            say!(
                "letter {id} is not on this ledger: the issuing bank issues it",
                "이 원장에 없는 신용장입니다: {id}. 개설은행이 개설해야 합니다"
            ),
        )
    };
    Ok(OnLedger { ledger: work.state.id(), id, letter: found.ok_or_else(missing)? })
}

/// What is in a file of a kind.
fn read<T: TradeFile>(values: &Values, field: &str) -> Result<T, Stop> {
    let file = values.file(field)?;
    T::from_file(&file.bytes).map_err(|error| Stop::at(field, unread(file, error)))
}

fn read_all<T: TradeFile>(values: &Values, field: &str) -> Result<Vec<T>, Stop> {
    let read =
        |file: &tabella_desk::File| T::from_file(&file.bytes).map_err(|error| Stop::at(field, unread(file, error)));
    values.files(field).iter().map(read).collect()
}

/// A time that may be left out.
fn optional_time(values: &Values, field: &str) -> Result<Option<Timestamp>, Stop> {
    if values.is_given(field) { values.time(field).map(Some) } else { Ok(None) }
}

/// Where it stands that terms are wrong.
fn terms_stop(error: TermsError) -> Stop {
    let (field, message) = match error {
        TermsError::Times => (
            "expiry",
            words(
                "the times follow each other: shipment, presentation, claims, taking back",
                "기한은 선적, 제시, 수령, 회수의 차례로 이어져야 합니다",
            ),
        ),
        TermsError::Shipment => (
            "latest-shipment",
            words(
                "this is filled in exactly if a bill of lading or a waybill is asked for",
                "선하증권이나 운송장을 요구할 때에만, 그때는 반드시 적으십시오",
            ),
        ),
        TermsError::Silence => (
            "silence-days",
            words(
                "documents of the last day must be accepted before the time for claims is over",
                "마지막 날의 서류도 수령 기한이 끝나기 전에 승인되어야 합니다",
            ),
        ),
        TermsError::Documents => {
            return Stop::refuse(words("ask for one document at least", "서류를 하나 이상 요구하십시오"));
        }
        other => return other.into(),
    };
    Stop::at(field, message)
}

/// What a party to a letter or an invoice is called.
const fn role_name(role: Role) -> Words {
    match role {
        Role::Applicant => words("applicant", "개설의뢰인"),
        Role::IssuingBank => words("issuing bank", "개설은행"),
        Role::AdvisingBank => words("advising bank", "통지은행"),
        Role::Beneficiary => words("seller", "판매자"),
        Role::Examiner => words("examiner", "심사자"),
        Role::Debtor => words("debtor", "채무자"),
    }
}

/// Why a step on a letter is not taken, in the words of forms.
fn letter_stop(error: LetterError) -> Stop {
    match error {
        LetterError::Terms(error) => terms_stop(error),
        LetterError::NoConsent(role) => {
            let name = role_name(role).ko;
            let message = say!(
                "the {role} has not agreed to exactly this: choose the file of this consent",
                "{name}이(가) 정확히 이것에 동의하지 않았습니다. 이 동의의 파일을 고르십시오"
            );
            Stop::at("consents", message)
        }
        LetterError::NotAgreed => Stop::at(
            "letter",
            words("the applicant has not agreed to these terms", "개설의뢰인이 이 조건에 동의하지 않았습니다"),
        ),
        LetterError::OtherPresentation(last) => Stop::at(
            "digest",
            say!(
                "the last presentation is number {last}, and you have read another one: show the letter, and compare",
                "마지막 제시는 {last}번인데 읽은 것은 다른 제시입니다. 신용장을 다시 보고 비교하십시오"
            ),
        ),
        LetterError::OtherState { .. } => Stop::at(
            "digest",
            words(
                "the letter is not as you have read it: it was amended, or documents were presented; show it, and compare",
                "신용장이 읽은 것과 다릅니다. 변경되었거나 서류가 제시되었습니다. 다시 보고 비교하십시오",
            ),
        ),
        LetterError::NothingPresented => Stop::at(
            "letter",
            words("nothing has been presented under this letter", "이 신용장으로 제시된 서류가 없습니다"),
        ),
        LetterError::Document(error) => Stop::at("documents", error),
        other => other.into(),
    }
}
