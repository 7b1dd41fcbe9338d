//! What every desk has besides its own forms: notes that are set aside for an offer, an order or a payment under way are seen, and what
//! waits is given up. A page forgets what is set aside when it is closed, so any note can be given up.
//!
//! It is not enough to forget that a note is set aside: whoever was given an order or an answer that is signed can still complete it. So
//! the note is sent to its owner, and everything else that spends it can happen no more.

use rand_core::OsRng;
use tabella_prover::wallet::{NoteKind, ReceivedNote};

use crate::{Field, Form, Kind, Outcome, Stop, Value, Values, Words, Work, words};

const OWNER: Words = words("Your wallet", "나의 지갑");
const NOTE: Words = words("Note", "노트");
const AMOUNT: Words = words("Amount", "금액");

pub(crate) const SEE: Form = Form {
    id: "waiting",
    role: OWNER,
    title: words("See what waits", "대기 중인 것 보기"),
    about: words(
        "The notes that are set aside for an offer, an order or a payment under way, and until when. After that they are \
         free by themselves. Escrows are not among them. This is known only since the page was opened: what you signed before may spend any \
         of the other notes.",
        "제안, 주문, 진행 중인 지급을 위해 따로 둔 노트와 그 기한입니다. 기한이 지나면 저절로 다시 쓸 수 있습니다. \
         에스크로는 여기에 없습니다. 이 페이지를 연 뒤에 따로 둔 것만 알 수 있습니다. 그 전에 서명한 것은 그 밖의 노트 가운데 어느 것이든 쓸 수 있습니다.",
    ),
    fields: &[],
    proves: false,
};

pub(crate) const GIVE_UP: Form = Form {
    id: "give-up",
    role: OWNER,
    title: words("Give up what waits", "대기 중인 것 거두기"),
    about: words(
        "Sends a note of yours to yourself; escrows are settled, and not given up. That voids whatever you have signed with it: whoever holds your offer, order or \
         answer cannot complete it any more. What is set aside is known only since the page was opened; a note of what you \
         signed before is given up in the same way.",
        "나의 노트 하나를 자신에게 보냅니다. 에스크로는 거둘 수 없습니다. 그러면 그 노트로 서명한 것은 모두 무효가 되어, 제안, 주문, 응답을 받은 사람이 \
         더는 거래를 마칠 수 없습니다. 따로 둔 노트는 이 페이지를 연 뒤의 것만 알 수 있습니다. 그 전에 서명한 것의 노트도 \
         같은 방법으로 거둘 수 있습니다.",
    ),
    fields: &[Field::new("note", NOTE, Kind::Id).hint(words(
        "As \"See what waits\" has shown it, set aside or not. What spends two notes is given up with either of them.",
        "‘대기 중인 것 보기’에 표시된 값을 적으십시오. 따로 두지 않은 노트도 됩니다. 노트 두 개를 쓰는 거래는 둘 중 하나로 \
         거둘 수 있습니다.",
    ))],
    proves: true,
};

/// The notes that can be given up. An escrow is not among them: only its owner settles it.
fn notes<'a>(work: &'a Work<'_>) -> impl Iterator<Item = &'a ReceivedNote> {
    work.holder.wallet().unspent().filter(|note| note.kind() == NoteKind::Plain)
}

pub(crate) fn see(work: &Work<'_>) -> Outcome {
    let (mut waiting, mut others) = (Vec::new(), Vec::new());
    for note in notes(work) {
        let amount = work.amount_and_name(&note.note().asset, note.note().value.0);
        let mut row = vec![Value::code(note.note().commitment()), amount.into()];
        match note.reserved_until().filter(|until| *until > work.now) {
            Some(until) => {
                row.push(until.into());
                waiting.push(row);
            }
            None => others.push(row),
        }
    }
    let columns = vec![NOTE, AMOUNT, words("Free from", "다시 쓸 수 있는 때")];
    Outcome::new()
        .show(words("Set aside", "따로 둔 노트"), Value::Table { columns, rows: waiting })
        .show(words("Other notes", "그 밖의 노트"), Value::Table { columns: vec![NOTE, AMOUNT], rows: others })
}

pub(crate) fn give_up(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let wanted = hex::encode(values.bytes32("note")?);
    let found = notes(work).find(|note| note.note().commitment().to_string() == wanted);
    let found = found.map(|note| (note.pool(), note.position(), note.note().asset, note.note().value));
    let (pool, position, asset, value) = found.ok_or_else(|| {
        let none = words(
            "this wallet has no such note, or it is spent: what waited for it was completed or given up",
            "이 지갑에 없거나 이미 쓰인 노트입니다. 기다리던 것이 끝났거나 거두어졌습니다",
        );
        Stop::at("note", none)
    })?;
    let at = work.moment();
    let prepared = work.holder.prepare_return(&at, (pool, position), &mut OsRng)?;
    Ok(Outcome::submit(work.prove(prepared, Vec::new())?)
        .show(words("Free again", "다시 쓸 수 있는 금액"), work.amount_and_name(&asset, value.0)))
}
