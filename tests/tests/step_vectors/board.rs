use ed25519_dalek::SigningKey;
use serde_json::{Value, json};
use tabella_protocol::{
    board::{BoardMessage, BoardOpening, Invitation, MessageKind, RegistrationsQuery, Role, Signed, Statement, Token},
    domain::FORMAT_VERSION,
    election::RegistrationId,
    keys::{Account, Diversifier, Seed},
    note::Timestamp,
    transaction::LedgerId,
};

use crate::{array, borshed, hexed, step};

const LEDGER: LedgerId = LedgerId([1; 32]);
const BOARD: RegistrationId = RegistrationId([8; 32]);

fn signed<T: Statement>(what: &str, statement: T, key: &SigningKey) -> Value {
    let (encoded, message) = (borshed(&statement), hexed(Signed::message(&statement)));
    let signed = Signed::sign(statement, key);
    signed.verify_by(&key.verifying_key().to_bytes()).unwrap();
    json!({ "what": what, "statement": encoded, "message": message, "signature": hexed(signed.signature.0) })
}

#[test]
fn board_agrees_with_the_second_implementation() {
    let pinned = step("board");
    let token = Token::new(array(&pinned["token"]));
    let roles = [Role::Voter, Role::Trustee];
    let invitations: Vec<Value> = roles
        .into_iter()
        .map(|role| {
            let claim = token.claim(role);
            json!({ "role": role.name(), "claim": claim.to_string(), "id": claim.id().to_string() })
        })
        .collect();
    let address = Seed::new([0; 32]).account(&Account::Election([0; 32])).address(Diversifier::from_index(0));
    let invitation = Invitation { board: BOARD, role: Role::Voter, token };
    let registration = invitation.register_voter(&address);
    registration.check(&invitation).unwrap();

    let key = SigningKey::from_bytes(&array(&pinned["secret key"]));
    let author = key.verifying_key().to_bytes();
    let message = BoardMessage {
        version: FORMAT_VERSION,
        ledger: LEDGER,
        board: BOARD,
        kind: MessageKind::Notice,
        author,
        number: 3,
        body: b"note".to_vec(),
    };
    let time = Timestamp::new(1_800_000_000).unwrap();
    let query = RegistrationsQuery { version: FORMAT_VERSION, ledger: LEDGER, board: BOARD, after: 4, time };
    let found = json!({
        "token": hexed([5; 16]), "board": BOARD.to_string(), "invitations": invitations,
        "registration": {
            "address": "at d = 0 of the account election 00… of the seed of 32 zeros", "borsh": borshed(&registration),
        },
        "secret key": hexed([9; 32]), "author": hexed(author),
        "signed": [
            signed("opening", BoardOpening::new(LEDGER, BOARD, author), &key),
            signed("message", message, &key),
            signed("query", query, &key),
        ],
    });
    assert_eq!(found, pinned);
}
