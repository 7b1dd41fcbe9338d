//! Whose keys: those of a wallet that a rental, an offer or a form names.

use tabella_access_rules::{
    Rental, Rentals,
    terms::{Party, RentalId},
};
use tabella_desk::{Stop, Values, Words, Work, say, words};
use tabella_protocol::keys::Seed;

use crate::{
    history::{OwnRental, OwnRentals},
    keys::AccessKeys,
};

/// The highest number of keys that a desk looks for.
pub(super) const LAST_NUMBER: u32 = 99;

pub(super) const RENTAL: Words = words("Rental", "대여");
pub(super) const OWNERS_PARTS: Words = words("Parts that the owner keeps", "소유자가 갖는 조각 수");

/// The first of a wallet's sets of keys for which this holds.
pub(super) fn find_keys(seed: &Seed, holds: impl Fn(&AccessKeys) -> bool) -> Option<AccessKeys> {
    (0..=LAST_NUMBER).map(|number| AccessKeys::of_seed(seed, number)).find(holds)
}

/// The rental that a form names.
pub(super) fn rental_id(values: &Values) -> Result<RentalId, Stop> {
    Ok(RentalId(values.bytes32("rental")?))
}

/// A rental on the ledger.
pub(super) fn stored<'w>(work: &'w Work<'_>, id: RentalId) -> Result<&'w Rental, Stop> {
    let rental = work.rules::<Rentals>()?.rental(&id);
    rental.ok_or_else(|| {
        Stop::at("rental", say!("there is no rental {id} on this ledger", "이 원장에 없는 대여입니다: {id}"))
    })
}

/// The rental that a form names, on each side on which the wallet is: on both, if somebody lets to themselves.
pub(super) fn own_sides(values: &Values, work: &Work<'_>) -> Result<Vec<(AccessKeys, OwnRental)>, Stop> {
    let id = rental_id(values)?;
    let terms = stored(work, id)?.terms();
    let mut sides = Vec::new();
    for party in [Party::Renter, Party::Owner] {
        let Some(keys) = find_keys(work.seed, |keys| keys.signer() == *terms.signer(party)) else { continue };
        let own = OwnRentals::of_log(&keys, work.log)?.get(&id).cloned();
        sides.extend(own.map(|own| (keys, own)));
    }
    if sides.is_empty() {
        Err(Stop::at(
            "rental",
            words(
                "this wallet is neither its renter nor its owner",
                "이 지갑은 빌린 사람의 것도 소유자의 것도 아닙니다",
            ),
        ))
    } else {
        Ok(sides)
    }
}

/// The rental that a form names, as one of the two.
pub(super) fn own_as(values: &Values, work: &Work<'_>, party: Party) -> Result<(AccessKeys, OwnRental), Stop> {
    let own = own_sides(values, work)?.into_iter().find(|(_, own)| own.party == party);
    let name = party_name(party).ko;
    own.ok_or_else(|| Stop::at("rental", say!("this wallet is not its {party}", "이 지갑은 {name}이(가) 아닙니다")))
}

/// What somebody is called.
pub(super) const fn party_name(party: Party) -> Words {
    match party {
        Party::Renter => words("renter", "빌린 사람"),
        Party::Owner => words("owner", "소유자"),
    }
}
