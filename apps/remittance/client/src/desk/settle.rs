//! How either side settles: it claims what was accepted, or takes back what was not claimed.

use rand_core::OsRng;
use tabella_desk::{Form, Outcome, Stop, Values, Words, Work, say, words};
use tabella_protocol::note_encryption::Memo;
use tabella_prover::{
    builder::{Settlement, SpendPath, TransactionBuilder},
    wallet::NoteKind,
};
use tabella_remittance_rules::{Answer, RemittanceId};

use super::{PAYER, REMITTANCE, SHOWN_REMITTANCE, shown_id, stored, units};
use crate::notice::escrow;

pub(super) const CLAIM: Form = Form {
    id: "claim",
    role: PAYER,
    title: words("Claim what is mine", "나의 금액 수령"),
    about: words(
        "Once a remittance is accepted, the provider claims what was paid, and the receiver's institution what is \
         delivered. Do not put it off: what is not claimed in time can be taken back by who locked it.",
        "송금이 수락되면 제공자는 지불된 금액을, 받는 쪽 기관은 보내온 금액을 수령합니다. 미루지 마십시오. 기한 안에 수령하지 \
         않은 금액은 잠근 사람이 돌려받을 수 있습니다.",
    ),
    fields: &[REMITTANCE],
    proves: true,
};

pub(super) const REFUND: Form = Form {
    id: "refund",
    role: PAYER,
    title: words("Take back what was not claimed", "수령되지 않은 금액 돌려받기"),
    about: words(
        "From the time on that the remittance names, sender and provider take back what they locked. Nobody is asked.",
        "송금에 정해진 시각부터 보내는 사람과 제공자는 잠근 금액을 돌려받습니다. 누구의 동의도 필요하지 않습니다.",
    ),
    fields: &[REMITTANCE],
    proves: true,
};

pub(super) fn claim(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    settle(values, work, SpendPath::Claim)
}

pub(super) fn refund(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    settle(values, work, SpendPath::Refund)
}

/// Settles this wallet's side of a remittance whole.
fn settle(values: &Values, work: &mut Work<'_>, path: SpendPath) -> Result<Outcome, Stop> {
    let id: RemittanceId = values.parse("remittance")?;
    let remittance = stored(work, &id, "remittance")?;
    let terms = remittance.terms();
    let is_refund = path == SpendPath::Refund;
    let kind = if is_refund { NoteKind::EscrowToRefund } else { NoteKind::EscrowToClaim };
    let found = escrow(work.holder.wallet(), remittance, kind).filter(|note| note.spent().is_none());
    let found = found.map(|note| (note.pool(), note.position(), note.note().asset, note.note().value));
    let verb = if is_refund { words("take back", "돌려받을") } else { words("claim", "받을") };
    let none = || {
        let Words { en, ko } = verb;
        let message = say!(
            "this wallet has nothing to {en} here: it is settled, or another wallet's",
            "이 지갑이 {ko} 것이 없습니다. 이미 정산되었거나 다른 지갑의 것입니다"
        );
        Stop::at("remittance", message)
    };
    let (pool, position, asset, value) = found.ok_or_else(none)?;
    if is_refund && work.now < terms.refund_from {
        return Err(Stop::at(
            "remittance",
            words(
                "it is not yet the time to take it back: your list of remittances shows it",
                "아직 돌려받을 때가 아닙니다. 때는 송금 목록에 나옵니다",
            ),
        ));
    }
    if !is_refund && work.now >= terms.claim_until {
        return Err(Stop::at("remittance", words("the time for claims is over", "받을 기한이 지났습니다")));
    }
    if !is_refund && remittance.answer() != Some(Answer::Accepted) {
        return Err(Stop::at(
            "remittance",
            words("it is not accepted: nothing can be claimed", "승인되지 않아 받을 수 없습니다"),
        ));
    }
    let to = Settlement::To(work.holder.wallet().address(0), Memo::empty());
    let at = work.moment();
    let transfer = work.holder.prepare_settlement(&at, (pool, position), path, to, &mut OsRng)?;
    let mut builder = TransactionBuilder::new(work.state.id());
    builder.add(transfer);
    let transaction = work.prove(builder.build()?, Vec::new())?;
    let label =
        if is_refund { words("Taken back", "돌려받은 금액") } else { words("Claimed", "수령한 금액") };
    Ok(Outcome::submit(transaction).show(label, units(work, &asset, value)).show(SHOWN_REMITTANCE, shown_id(id)))
}
