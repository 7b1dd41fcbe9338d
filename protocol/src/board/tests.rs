use rand_chacha::{ChaCha20Rng, rand_core::SeedableRng};

use super::{invitation::Registered, *};
use crate::{
    ceremony::{AgeRecipient, TrusteeName},
    keys::{Account, Diversifier, Seed},
};

const BOARD: RegistrationId = RegistrationId([3; 32]);
const LEDGER: LedgerId = LedgerId([4; 32]);

fn key(byte: u8) -> SigningKey {
    SigningKey::from_bytes(&[byte; 32])
}

fn message(author: &SigningKey) -> BoardMessage {
    BoardMessage {
        version: FORMAT_VERSION,
        ledger: LEDGER,
        board: BOARD,
        kind: MessageKind::Notice,
        author: author.verifying_key().to_bytes(),
        number: 0,
        body: b"the ceremony begins at ten".to_vec(),
    }
}

fn address(account: u8) -> crate::keys::Address {
    Seed::new([account; 32]).account(&Account::Election(BOARD.0)).address(Diversifier::from_index(0))
}

fn invitation(role: Role, byte: u8) -> Invitation {
    Invitation { board: BOARD, role, token: Token::new([byte; 16]) }
}

fn card(name: &str, key: &SigningKey) -> TrusteeCard {
    let name = TrusteeName::new(name).unwrap();
    let public = TrusteeVerifyingKey::from_bytes(&key.verifying_key().to_bytes()).unwrap();
    let recipient = AgeRecipient([9; 32]);
    let signature = SignatureBytes(key.sign(&TrusteeCard::message(&name, &public, &recipient)).to_bytes());
    TrusteeCard::new(name, public, recipient, signature)
}

#[test]
fn signed_message_verifies_and_survives_its_encoding() {
    let signed = Signed::sign(message(&key(1)), &key(1));
    let read: Signed<BoardMessage> = borsh::from_slice(&borsh::to_vec(&signed).unwrap()).unwrap();
    assert_eq!(read, signed);
    assert_eq!(read.verify(), Ok(()));
}

#[test]
fn altered_field_of_a_message_is_refused() {
    let signed = Signed::sign(message(&key(1)), &key(1));
    let alterations: [fn(&mut BoardMessage); 7] = [
        |m| m.version = 2,
        |m| m.ledger = LedgerId([5; 32]),
        |m| m.board = RegistrationId([5; 32]),
        |m| m.kind = MessageKind::Draft,
        |m| m.number = 1,
        |m| m.body.push(b'!'),
        |m| m.author = key(2).verifying_key().to_bytes(),
    ];
    for alter in alterations {
        let mut altered = signed.clone();
        alter(&mut altered.statement);
        assert_eq!(altered.verify(), Err(StatementError::Signature));
    }
}

#[test]
fn signature_of_one_kind_of_statement_is_none_of_another() {
    let opening = BoardOpening::new(LEDGER, BOARD, key(1).verifying_key().to_bytes());
    let signature = Signed::sign(opening.clone(), &key(1)).signature;
    // The same bytes said as another kind of statement have another hash.
    let bytes = borsh::to_vec(&opening).unwrap();
    let as_message = blake2b_256(personal::BOARD, &[&[BoardMessage::USE], &bytes]);
    let signer = TrusteeVerifyingKey::from_bytes(&opening.authority).unwrap();
    assert!(signer.verify(&as_message, &signature).is_err());
}

#[test]
fn author_of_small_order_is_refused() {
    // The identity verifies any message under a careless verifier.
    let mut statement = message(&key(1));
    statement.author = [0; 32];
    statement.author[0] = 1;
    let signed = Signed { statement, signature: SignatureBytes([0; 64]) };
    assert_eq!(signed.verify(), Err(StatementError::Key));
}

#[test]
fn body_longer_than_any_is_refused_before_it_is_read() {
    let mut bytes = borsh::to_vec(&message(&key(1))).unwrap();
    let length = 1 + 32 + 32 + 1 + 32 + 4;
    bytes[length..length + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let error = borsh::from_slice::<BoardMessage>(&bytes).unwrap_err().to_string();
    assert!(error.contains("at most 33554432 are allowed"), "{error}");
}

#[test]
fn kinds_have_names_numbers_and_limits() {
    for (number, kind) in (0u8..).zip(MessageKind::ALL) {
        assert_eq!(borsh::to_vec(&kind).unwrap(), [number]);
        assert_eq!(kind.name().parse(), Ok(kind));
        assert!(kind.max_body_bytes() <= MAX_BODY_BYTES);
    }
    assert_eq!("gossip".parse::<MessageKind>(), Err(kind::UnknownKind));
}

#[test]
fn invited_voter_and_trustee_are_recognised() {
    let (voter, trustee) = (invitation(Role::Voter, 1), invitation(Role::Trustee, 2));
    let registration = voter.register_voter(&address(1));
    assert_eq!(registration.id(), voter.id());
    assert_eq!(registration.check(&voter), Ok(Registered::Voter(Box::new(address(1)))));
    let registration = trustee.register_trustee(&card("Ada", &key(1)));
    assert_eq!(registration.check(&trustee), Ok(Registered::Trustee(Box::new(card("Ada", &key(1))))));
    let read: Registration = borsh::from_slice(&borsh::to_vec(&registration).unwrap()).unwrap();
    assert_eq!(read, registration);
}

#[test]
fn address_that_a_node_put_in_place_of_the_voters_is_refused() {
    let voter = invitation(Role::Voter, 1);
    let honest = voter.register_voter(&address(1));
    // The node knows everything that was sent, the claim and the MAC, but not the token.
    let content = borsh::to_vec(&address(2)).unwrap();
    let forged = Registration::from_parts(honest.board, honest.role, honest.claim, content, honest.mac);
    assert_eq!(forged.check(&voter), Err(RegistrationError::Mac));
    // Not even with a MAC of its own making, under the claim.
    let mut key = [0; 16];
    key.copy_from_slice(&honest.claim.as_bytes()[..16]);
    let guessed = Invitation { token: Token::new(key), ..voter.clone() }.register_voter(&address(2));
    let forged =
        Registration::from_parts(honest.board, honest.role, honest.claim, guessed.content().to_vec(), guessed.mac);
    assert_eq!(forged.check(&voter), Err(RegistrationError::Mac));
}

#[test]
fn registration_for_another_board_role_or_token_is_refused() {
    let voter = invitation(Role::Voter, 1);
    let registration = voter.register_voter(&address(1));
    let elsewhere = Invitation { board: RegistrationId([8; 32]), ..voter.clone() };
    assert_eq!(registration.check(&elsewhere), Err(RegistrationError::OtherInvitation));
    assert_eq!(elsewhere.register_voter(&address(1)).check(&voter), Err(RegistrationError::OtherInvitation));
    assert_eq!(registration.check(&invitation(Role::Trustee, 1)), Err(RegistrationError::OtherInvitation));
    assert_eq!(registration.check(&invitation(Role::Voter, 2)), Err(RegistrationError::OtherInvitation));
    // Carried to the other board, the MAC is of this one.
    let carried = Registration::from_parts(
        elsewhere.board,
        Role::Voter,
        registration.claim,
        registration.content().to_vec(),
        registration.mac,
    );
    assert_eq!(carried.check(&elsewhere), Err(RegistrationError::Mac));
}

#[test]
fn content_that_is_no_address_or_a_card_that_is_not_signed_is_refused() {
    let voter = invitation(Role::Voter, 1);
    assert_eq!(voter.register(vec![0; 75]).check(&voter), Err(RegistrationError::Address));
    assert_eq!(voter.register(Vec::new()).check(&voter), Err(RegistrationError::Address));
    let trustee = invitation(Role::Trustee, 1);
    let honest = card("Ada", &key(1));
    let stolen =
        TrusteeCard::new(TrusteeName::new("Eve").unwrap(), *honest.key(), *honest.recipient(), SignatureBytes([0; 64]));
    assert_eq!(trustee.register_trustee(&stolen).check(&trustee), Err(RegistrationError::Card));
}

#[test]
fn invitations_in_another_order_or_twice_are_refused() {
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let ids: Vec<_> = (0..4).map(|_| Token::random(&mut rng).claim(Role::Voter).id()).collect();
    let invitations = Invitations::new(Role::Voter, ids).unwrap();
    let bytes = borsh::to_vec(&invitations).unwrap();
    assert_eq!(borsh::from_slice::<Invitations>(&bytes).unwrap(), invitations);
    let reversed: Vec<_> = invitations.ids().iter().rev().copied().collect();
    assert!(borsh::from_slice::<Invitations>(&borsh::to_vec(&(Role::Voter, reversed)).unwrap()).is_err());
    let twice = vec![invitations.ids()[0]; 2];
    assert!(borsh::from_slice::<Invitations>(&borsh::to_vec(&(Role::Voter, twice)).unwrap()).is_err());
}

#[test]
fn token_and_content_are_not_printed() {
    let voter = invitation(Role::Voter, 0xab);
    assert!(!format!("{voter:?}").contains("171"), "{voter:?}");
    let shown = format!("{:?}", voter.register_voter(&address(1)));
    assert!(!shown.contains("mac") && !shown.contains("content"), "{shown}");
}
