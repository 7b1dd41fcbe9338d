//! How the amount of a letter is claimed, or taken back.

use rand_core::OsRng;
use tabella_desk::{Field, Form, Kind, Outcome, Stop, Value, Values, Words, Work, say, words};
use tabella_protocol::note_encryption::Memo;
use tabella_prover::{
    builder::{Settlement, SpendPath, TransactionBuilder},
    wallet::NoteKind,
};

use super::{ISSUING_BANK, LETTER, SELLER, SHOWN_LETTER, letter};
use crate::reading::escrows;

const TO: Field = Field::new("to", words("To another address", "다른 주소로"), Kind::Address)
    .hint(words("Empty: to your wallet.", "비워 두면 나의 지갑으로 갑니다."))
    .optional();

/// Most escrows that are settled at once.
const AT_ONCE: usize = 4;

pub(super) const CLAIM: Form = Form {
    id: "claim",
    role: SELLER,
    title: words("Claim the amount", "금액 수령"),
    about: words(
        "Once documents are accepted, or waived, and before the time for claims is over. An amount that grew more than \
         three times takes several transactions.",
        "서류가 수락되거나 하자가 수용된 뒤, 수령 기한 전에 수령하십시오. 세 번 넘게 늘어난 금액은 여러 거래로 나누어 수령합니다.",
    ),
    fields: &[LETTER, TO],
    proves: true,
};

pub(super) const REFUND: Form = Form {
    id: "refund",
    role: ISSUING_BANK,
    title: words("Take the amount back", "금액 돌려받기"),
    about: words(
        "From the time on that the letter names, if it was not claimed. Nobody is asked.",
        "수령되지 않은 금액은 신용장에 정해진 시각부터 돌려받습니다. 누구의 동의도 필요하지 않습니다.",
    ),
    fields: &[LETTER, TO],
    proves: true,
};

pub(super) fn claim(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    settle(values, work, SpendPath::Claim)
}

pub(super) fn refund(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    settle(values, work, SpendPath::Refund)
}

fn settle(values: &Values, work: &mut Work<'_>, path: SpendPath) -> Result<Outcome, Stop> {
    let on = letter(values, work)?;
    let is_claim = path == SpendPath::Claim;
    let kind = if is_claim { NoteKind::EscrowToClaim } else { NoteKind::EscrowToRefund };
    // Others may make escrows under the same guard: these are the letter's.
    let of_letter =
        escrows(work.holder.wallet(), on.id, kind).filter(|note| on.letter.escrows.contains(&note.note().commitment()));
    let places: Vec<_> = of_letter.map(|note| (note.pool(), note.position(), note.note().value)).collect();
    if places.is_empty() {
        let Words { en, ko } =
            if is_claim { words("to claim", "받을") } else { words("to take back", "돌려받을") };
        let message =
            say!("this wallet has nothing {en} under this letter", "이 신용장으로 이 지갑이 {ko} 것이 없습니다");
        return Err(Stop::at("letter", message));
    }
    if is_claim && !on.letter.is_open(work.now) {
        return Err(Stop::at(
            "letter",
            words("documents have not been accepted under this letter", "이 신용장으로 승인된 서류가 없습니다"),
        ));
    }
    if is_claim && work.now >= on.letter.terms.claim_until {
        return Err(Stop::at("letter", words("the time for claims is over", "받을 기한이 지났습니다")));
    }
    if !is_claim && work.now < on.letter.terms.refund_from {
        return Err(Stop::at(
            "letter",
            words(
                "it is not yet the time to take the amount back: the letter shows it",
                "아직 금액을 돌려받을 때가 아닙니다. 때는 신용장에 나옵니다",
            ),
        ));
    }
    let to = work.recipient(values, "to")?;
    let at = work.moment();
    let mut builder = TransactionBuilder::new(work.state.id());
    let mut total = 0;
    for (pool, position, value) in places.iter().take(AT_ONCE) {
        let settlement = Settlement::To(to, Memo::empty());
        builder.add(work.holder.prepare_settlement(&at, (*pool, *position), path, settlement, &mut OsRng)?);
        total += u128::from(value.0);
    }
    let transaction = work.prove(builder.build()?, Vec::new())?;
    if places.len() > AT_ONCE {
        return Err(Stop::First(Box::new(transaction)));
    }
    // There may have been another transaction first, of which this outcome knows nothing.
    let label = if is_claim {
        words("Claimed in this transaction", "이번 거래로 수령한 금액")
    } else {
        words("Taken back in this transaction", "이번 거래로 돌려받은 금액")
    };
    let amount = work.amount_and_name(&on.letter.terms.asset, total);
    Ok(Outcome::submit(transaction).show(label, amount).show(SHOWN_LETTER, Value::code(on.id)))
}
