//! Unique things: a work that is registered and changes hands, a stone that is certified, stopped as stolen, and sold.

use tabella_desk::Values;
use tabella_notary::{
    desk::NotaryDesk,
    rules::{Notary, WorkId},
};
use tabella_protocol::{keys::AddressKind, note::AssetId};
use tabella_provenance::desk::ProvenanceDesk;
use tabella_stage::testing::{file, shown};

use crate::{
    town::{Town, Turn, document},
    world::CROWN,
};

const PICTURE: &[u8] = include_bytes!("../../../../apps/notary/client/tests/pictures/clouds.png");
const STONE: &str = "inscription: GIA 1\nlaboratory: GIA\ncertificate: 1\ncarat: 1.2\ncut: Ideal\n\
                     length: 6.41\nwidth: 6.43\nheight: 3.97";

fn bytes(text: &str) -> [u8; 32] {
    hex::decode(text).unwrap().try_into().unwrap()
}

/// A picture is stamped and registered, and its note goes to somebody else, who proves that she owns it. It is not registered twice.
pub(super) async fn picture(town: &Town, turn: &Turn) {
    let [ada, bo, publisher] = town.cast();
    let done = |who, form: &str, values: &Values| town.done(who, &NotaryDesk, form, values);
    let mine = Values::new().with_file("file", document(PICTURE));
    let stamp = done(ada, "stamp", &mine.clone().with("author", "yes")).files.remove(0);
    let stamped = town.now();
    turn.at(stamped + 1, stamped + 1_000_000).await;
    let register = mine.with_file("stamp", stamp).with("title", "Clouds");
    let work = WorkId(bytes(&shown(&done(ada, "register", &register), "Work")));
    turn.any().await;
    town.refused(ada, &NotaryDesk, "register", &register);
    let asset = town.world(|world| world.state.application::<Notary>().unwrap().work(&work).unwrap().asset);
    town.world(|world| world.send(ada, vec![(bo, asset, 1)]));
    turn.any().await;
    let ask = Values::new().with("work", work).with("claim", "ownership").with("verifier", "Publisher");
    let challenge = done(publisher, "ask", &ask).files.remove(0);
    let prove = Values::new().with_file("challenge", challenge).with("verifier", "Publisher");
    town.refused(ada, &NotaryDesk, "prove-ownership", &prove);
    done(bo, "prove-ownership", &prove);
}

/// A stone is certified and its note is made; it is reported, given free again, and sold for money.
pub(super) async fn stone(town: &Town, turn: &Turn) {
    let [registrar, laboratory, ada, bo] = town.cast();
    let done = |who, form: &str, values: &Values| town.done(who, &ProvenanceDesk, form, values);
    let key = |who, role: &str| shown(&done(who, "keys", &Values::new()), role);
    let founded = done(registrar, "found", &Values::new().with("name", "Diamonds of the world"));
    let registry = shown(&founded, "Registry");
    let of = Values::new().with("registry", &registry);
    let authorise = of.clone().with("issuer", key(laboratory, "As issuer")).with("name", "Antwerp");
    done(registrar, "authorise", &authorise);
    turn.any().await;
    let register = of.with_file("marks", founded.files[0].clone()).with("kind", "diamond");
    let register = register.with("attributes", STONE).with("holder", key(ada, "As holder"));
    let thing = shown(&done(laboratory, "register", &register), "Thing");
    turn.any().await;
    let claim = done(ada, "claim", &Values::new().with("things", &thing)).files.remove(0);
    let claim = Values::new().with_file("claim", claim);
    let digest = shown(&done(laboratory, "review-claim", &claim), "Digest");
    done(laboratory, "grant", &claim.with("digest", digest));
    turn.any().await;

    let act = Values::new().with("thing", &thing);
    let to = town.world(|world| world.people[ada].address(0).encode(AddressKind::Payment));
    let buy = act.clone().with("asset", town.asset(CROWN)).with("to", to).with("price", "90.00");
    done(laboratory, "report", &act);
    turn.any().await;
    town.refused(bo, &ProvenanceDesk, "buy", &buy);
    done(registrar, "lift", &act);
    turn.any().await;
    let offered = done(bo, "buy", &buy);
    let [offer, copy] = offered.files.as_slice() else { panic!("{:?}", offered.files) };
    let sell = act.clone().with("asset", town.asset(CROWN)).with_file("offer", offer.clone()).with("at-least", "90");
    let answer = file(&done(ada, "sell", &sell), "");
    done(bo, "complete", &Values::new().with_file("copy", copy.clone()).with_file("answer", answer));
    let asset = AssetId::from_bytes(&bytes(&thing)).unwrap();
    turn.any().await;
    town.world(|world| world.send(bo, vec![(ada, asset, 1)]));
}
