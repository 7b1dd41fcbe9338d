//! The deposit: claim, dispute, decision, agreement, payout.

use rand_core::OsRng;
use tabella_access_rules::{
    Stage,
    terms::{MAX_PARTS, Party},
};
use tabella_desk::{Outcome, Stop, Value, Values, Work, say, words};
use tabella_prover::builder::Blinding;

use super::party::{OWNERS_PARTS, RENTAL, find_keys, own_as, own_sides, party_name, rental_id, stored};
use crate::{
    build,
    deposit::{Decision, Division, whole_parts},
    history::OwnRental,
};

/// Claims damage, as the owner.
pub(super) fn claim(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (keys, own) = own_as(values, work, Party::Owner)?;
    let asset = own.terms.asset;
    let prices = own.prices.as_ref().ok_or_else(sealed)?;
    let damage = values.amount("damage", work.state.assets(), &asset)?;
    let part = prices.part.value();
    let parts = whole_parts(damage, part, own.terms.parts).map_err(|error| {
        let deposit = work.amount_and_name(&asset, error.deposit);
        Stop::at(
            "damage",
            say!(
                "the deposit is {deposit}: no more than that can be kept",
                "보증금은 {deposit}입니다. 그보다 많이 가질 수 없습니다"
            ),
        )
    })?;
    if parts == 0 {
        let part = work.amount_and_name(&asset, part.0);
        return Err(Stop::at(
            "damage",
            say!(
                "a part of the deposit is {part}: less than that is the renter's",
                "보증금 한 몫은 {part}입니다. 그보다 적은 금액은 빌린 사람의 것입니다"
            ),
        ));
    }
    let kept = prices.share(parts).ok_or_else(sealed)?.value();
    Ok(Outcome::submit(build::claim(&keys, work.state.id(), own.id, parts))
        .show(RENTAL, Value::code(own.id))
        .show(OWNERS_PARTS, Value::number(parts))
        .show(words("What they are worth", "그 값"), work.amount_and_name(&asset, kept.0)))
}

fn sealed() -> Stop {
    Stop::at(
        "rental",
        words("the value of its deposit is sealed to other keys", "보증금의 값이 다른 키로 봉인되어 있습니다"),
    )
}

/// Disputes the owner's claim, as the renter.
pub(super) fn dispute(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let (keys, own) = own_as(values, work, Party::Renter)?;
    Ok(Outcome::submit(build::dispute(&keys, work.state.id(), own.id))
        .show(RENTAL, Value::code(own.id))
        .show(words("The arbiter decides", "결정하는 중재자"), Value::code(hex::encode(own.terms.arbiter))))
}

/// Decides, as the arbiter.
pub(super) fn decide(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let id = rental_id(values)?;
    let rental = stored(work, id)?;
    let other =
        || Stop::at("rental", words("it has another arbiter than this wallet", "이 지갑이 중재자인 대여가 아닙니다"));
    let keys = find_keys(work.seed, |keys| keys.signer() == rental.terms().arbiter).ok_or_else(other)?;
    let Stage::Disputed { parts: claimed, .. } = rental.stage(work.now) else {
        return Err(Stop::at("rental", words("it has no disputed claim to decide", "판정할 다툼이 없는 대여입니다")));
    };
    let parts = values.number("parts", (0, claimed), 0)?;
    Ok(Outcome::submit(build::decide(work.state.id(), &Decision::new(&keys, id, parts)))
        .show(RENTAL, Value::code(id))
        .show(OWNERS_PARTS, Value::number(parts)))
}

/// Gives a file with which the other party can divide the deposit at once.
pub(super) fn propose(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let sides = own_sides(values, work)?;
    let Some((keys, own)) = sides.first() else {
        return Err(Stop::at("rental", words("this wallet has no part in it", "이 지갑은 당사자가 아닙니다")));
    };
    let parts = parts_of(values, own)?;
    let standing = stored(work, own.id)?.standing(work.now);
    if let Stage::Settled { .. } = standing.stage {
        return Err(Stop::at("rental", words("its deposit is divided already", "보증금이 이미 나뉘었습니다")));
    }
    let name = format!("rental-{:.8}.division", own.id.to_string());
    Ok(Outcome::new()
        .show(RENTAL, Value::code(own.id))
        .show(OWNERS_PARTS, Value::number(parts))
        .show(
            words("Note", "알림"),
            words(
                "Whoever has the file and the other party's agreement divides the deposit.",
                "이 파일과 상대방의 동의가 있으면 누구나 보증금을 나눌 수 있습니다.",
            ),
        )
        .give_file(name, &Division::new(keys, own.id, parts, standing)))
}

/// Divides the deposit at once, as the other party has proposed.
pub(super) fn agree(values: &Values, work: &Work<'_>) -> Result<Outcome, Stop> {
    let sides = own_sides(values, work)?;
    let theirs: Division = values.decode("proposal")?;
    let signed = sides.iter().find_map(|(keys, own)| {
        let standing = stored(work, own.id).ok()?.standing(work.now);
        let other = if own.party == Party::Renter { Party::Owner } else { Party::Renter };
        theirs.is_by((own.id, &own.terms), standing, other).then_some((keys, own, standing))
    });
    let Some((keys, own, standing)) = signed else {
        let message = words(
            "the other party has not signed it for the rental as it stands now: have it proposed anew",
            "상대가 지금 상태의 대여에 서명한 것이 아닙니다. 다시 제안받으십시오",
        );
        return Err(Stop::at("proposal", message));
    };
    let parts = parts_of(values, own)?;
    if theirs.parts != parts {
        return Err(Stop::at(
            "parts",
            say!(
                "the file proposes {} parts, and not {parts}",
                "파일이 제안하는 것은 {}몫이며 {parts}몫이 아닙니다",
                theirs.parts
            ),
        ));
    }
    let ours = Division::new(keys, own.id, parts, standing);
    let (renter, owner) = if own.party == Party::Renter { (&ours, &theirs) } else { (&theirs, &ours) };
    Ok(Outcome::submit(build::settle(work.state.id(), renter, owner)?)
        .show(RENTAL, Value::code(own.id))
        .show(OWNERS_PARTS, Value::number(parts)))
}

fn parts_of(values: &Values, own: &OwnRental) -> Result<u32, Stop> {
    let parts = values.number("parts", (0, MAX_PARTS), 0)?;
    if parts > own.terms.parts {
        return Err(Stop::at("parts", say!("the deposit has {} parts", "보증금은 {}몫입니다", own.terms.parts)));
    }
    Ok(parts)
}

/// Pays out what the wallet is owed of a deposit.
pub(super) fn withdraw(values: &Values, work: &mut Work<'_>) -> Result<Outcome, Stop> {
    let sides = own_sides(values, work)?;
    let rental = stored(work, rental_id(values)?)?;
    if !matches!(rental.stage(work.now), Stage::Settled { .. }) {
        return Err(Stop::at(
            "rental",
            words(
                "its deposit is not divided yet: your rentals show when it is",
                "보증금이 아직 나뉘지 않았습니다. 나뉘는 때는 대여 목록에 나옵니다",
            ),
        ));
    }
    let owed = sides.iter().find_map(|(keys, own)| Some((keys, own, own.due(rental, work.now)?)));
    let Some((keys, own, (parts, value))) = owed else {
        let is_paid = sides.iter().any(|(_, own)| rental.is_paid(own.party));
        let message = if is_paid {
            words("you have withdrawn already", "이미 꺼냈습니다")
        } else {
            words("you are owed nothing of its deposit", "이 보증금에서 받을 것이 없습니다")
        };
        return Err(Stop::at("rental", message));
    };
    let (asset, to) = (own.terms.asset, work.recipient(values, "to")?);
    let transfer = work.holder.prepare_entry(&work.moment(), asset, to, value, Blinding::Random, &mut OsRng)?;
    let with = build::withdraw(keys, work.state.id(), (own, own.party), parts, transfer, &mut OsRng)?;
    Ok(Outcome::submit(work.prove(with.transaction, with.proofs)?)
        .show(RENTAL, Value::code(own.id))
        .show(words("As", "자격"), party_name(own.party))
        .show(words("Withdrawn", "찾은 금액"), work.amount_and_name(&asset, value.0)))
}
