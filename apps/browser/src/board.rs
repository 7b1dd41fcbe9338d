//! The board: what parties exchange before an election is on the ledger, and invitations.

use std::collections::BTreeMap;

use js_sys::Uint8Array;
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use tabella_protocol::{
    board::{
        BoardMessage, BoardOpening, Invitation, InvitationId, Invitations, MessageKind, Registration,
        RegistrationsQuery, Role, Signed, Token, Trustees,
        invitation::{Registered, RegistrationError},
    },
    ceremony::TrusteeCard,
    domain::FORMAT_VERSION,
    election::RegistrationId,
    keys::AddressKind,
    transaction::LedgerId,
};
use tabella_verifier::files::{decode, encode};
use wasm_bindgen::{
    JsCast as _,
    prelude::{JsValue, wasm_bindgen},
};

use crate::{
    authority::Authority,
    bridge::{bytes_to_js, files, frames, from_js, hash, object, time, to_js},
    error::{Code, Coded, EngineError},
    keys::address,
    trustee::Trustee,
};

fn role(name: &str) -> Result<Role, EngineError> {
    let found = [Role::Voter, Role::Trustee].into_iter().find(|role| role.name() == name);
    found.ok_or_else(|| EngineError::new(Code::Argument, "a role is voter or trustee"))
}

fn kind(name: &str) -> Result<MessageKind, EngineError> {
    let found = MessageKind::ALL.into_iter().find(|kind| kind.name() == name);
    found.ok_or_else(|| EngineError::new(Code::Argument, format!("\"{name}\" is no kind of a board's messages")))
}

fn token(text: &str) -> Result<Token, EngineError> {
    let mut bytes = [0; 16];
    let read = hex::decode_to_slice(text, &mut bytes);
    read.map_err(|_| EngineError::new(Code::Argument, "an invitation's token is 32 hexadecimal digits"))?;
    Ok(Token::new(bytes))
}

fn board(text: &str) -> Result<RegistrationId, EngineError> {
    Ok(RegistrationId(hash(text, "a board's id")?))
}

fn ledger(text: &str) -> Result<LedgerId, EngineError> {
    Ok(LedgerId(hash(text, "a ledger id")?))
}

/// A message to be signed.
fn message(
    place: (&str, &str),
    kind_name: &str,
    author: [u8; 32],
    number: u32,
    body: Vec<u8>,
) -> Result<BoardMessage, EngineError> {
    let (ledger, board) = (ledger(place.0)?, board(place.1)?);
    Ok(BoardMessage { version: FORMAT_VERSION, ledger, board, kind: kind(kind_name)?, author, number, body })
}

fn bytes(value: &impl borsh::BorshSerialize) -> Result<Vec<u8>, EngineError> {
    borsh::to_vec(value).code(Code::Internal)
}

/// Reads and checks a message of a board.
///
/// # Errors
/// If it is none, of another board, or not signed by its author.
#[wasm_bindgen(js_name = readBoardMessage)]
pub fn read_board_message(signed: &[u8], ledger_id: &str, board_id: &str) -> Result<JsValue, EngineError> {
    let signed: Signed<BoardMessage> = borsh::from_slice(signed).code(Code::File)?;
    let said = &signed.statement;
    if said.version != FORMAT_VERSION {
        return Err(EngineError::new(Code::File, "the message is of another version"));
    }
    if said.ledger != ledger(ledger_id)? || said.board != board(board_id)? {
        return Err(EngineError::new(Code::Mismatch, "the message is of another board"));
    }
    signed.verify().code(Code::Refused)?;
    Ok(object(&[
        ("kind", said.kind.name().into()),
        ("author", hex::encode(said.author).into()),
        ("number", said.number.into()),
        ("body", bytes_to_js(&said.body)),
    ]))
}

/// What somebody who was invited sends to the node.
///
/// # Errors
/// If the content is neither a voting address nor a card.
#[wasm_bindgen]
pub fn register(board_id: &str, role_name: &str, token_text: &str, content: &JsValue) -> Result<Vec<u8>, EngineError> {
    let invitation = Invitation { board: board(board_id)?, role: role(role_name)?, token: token(token_text)? };
    let wrong = || EngineError::new(Code::Argument, "a voter registers an address, and a trustee a card");
    let registration = match invitation.role {
        Role::Voter => {
            let text = content.as_string().ok_or_else(wrong)?;
            invitation.register_voter(&address(&text, AddressKind::Election)?)
        }
        Role::Trustee => {
            let file = content.dyn_ref::<Uint8Array>().ok_or_else(wrong)?.to_vec();
            let card: TrusteeCard = decode(&file).code(Code::File)?;
            invitation.register_trustee(&card)
        }
    };
    bytes(&registration)
}

/// Id of an invitation on its board.
///
/// # Errors
/// If role or token are none.
#[wasm_bindgen(js_name = invitationId)]
pub fn invitation_id(role_name: &str, token_text: &str) -> Result<String, EngineError> {
    Ok(token(token_text)?.claim(role(role_name)?).id().to_string())
}

/// Whose token it is that something was registered with, the role, and what it was.
type Found<'a> = (&'a str, Role, Result<Registered, RegistrationError>);

/// What was registered with these invitations, which are listed with their tokens by their ids. A frame that is repeated counts once.
///
/// # Errors
/// If the frames are damaged, or two registrations of different content hold for one invitation.
fn registrations<'a>(
    frame_bytes: &[u8],
    invitations: &'a BTreeMap<[u8; 32], (String, Invitation)>,
) -> Result<Vec<Found<'a>>, EngineError> {
    let (mut found, mut held) = (Vec::new(), BTreeMap::new());
    for frame in frames(frame_bytes)? {
        let registration: Registration = borsh::from_slice(frame).code(Code::File)?;
        let id = registration.id().0;
        let Some((text, invitation)) = invitations.get(&id) else { continue };
        let registered = registration.check(invitation);
        if registered.is_ok() {
            match held.insert(id, frame) {
                None => {}
                Some(first) if first == frame => continue,
                // Which of them is the roll's would be the node's choice.
                Some(_) => {
                    let told = "the node shows two registrations with one invitation: do not use it";
                    return Err(EngineError::new(Code::Refused, told));
                }
            }
        }
        found.push((text.as_str(), invitation.role, registered));
    }
    Ok(found)
}

#[derive(Serialize)]
struct InvitationJson {
    token: String,
    id: String,
}

#[derive(Deserialize)]
struct TokenJson {
    role: String,
    token: String,
}

#[wasm_bindgen]
impl Authority {
    /// Opens a board.
    ///
    /// # Errors
    /// If an id is none.
    #[wasm_bindgen(js_name = openBoard)]
    pub fn open_board(&self, ledger_id: &str, board_id: &str) -> Result<Vec<u8>, EngineError> {
        let authority = self.key().verifying_key().to_bytes();
        let opening = BoardOpening::new(ledger(ledger_id)?, board(board_id)?, authority);
        bytes(&Signed::sign(opening, self.key()))
    }

    /// A signed message.
    ///
    /// # Errors
    /// If an id or the kind is none.
    #[wasm_bindgen(js_name = boardMessage)]
    pub fn board_message(
        &self,
        ledger_id: &str,
        board_id: &str,
        kind: &str,
        number: u32,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, EngineError> {
        let author = self.key().verifying_key().to_bytes();
        bytes(&Signed::sign(message((ledger_id, board_id), kind, author, number, body)?, self.key()))
    }

    /// Asks for the registrations.
    ///
    /// # Errors
    /// If an id is none.
    #[wasm_bindgen(js_name = registrationsQuery)]
    pub fn registrations_query(
        &self,
        ledger_id: &str,
        board_id: &str,
        after: u32,
        now: f64,
    ) -> Result<Vec<u8>, EngineError> {
        let (ledger, board, time) = (ledger(ledger_id)?, board(board_id)?, time(now)?);
        let query = RegistrationsQuery { version: FORMAT_VERSION, ledger, board, after, time };
        bytes(&Signed::sign(query, self.key()))
    }

    /// Draws tokens.
    ///
    /// # Errors
    /// If the role is none.
    pub fn invite(&self, role_name: &str, count: u32) -> Result<JsValue, EngineError> {
        let role = role(role_name)?;
        let draw = |_| {
            let token = Token::random(&mut OsRng);
            InvitationJson { token: hex::encode(token.expose()), id: token.claim(role).id().to_string() }
        };
        to_js(&(0..count).map(draw).collect::<Vec<_>>())
    }

    /// Body of the message that lists invitations.
    ///
    /// # Errors
    /// If an id is none, or there are too many.
    #[wasm_bindgen(js_name = invitationsBody)]
    pub fn invitations_body(&self, role_name: &str, ids: Vec<String>) -> Result<Vec<u8>, EngineError> {
        let ids = ids.iter().map(|id| Ok(InvitationId(hash(id, "an invitation's id")?)));
        let ids = ids.collect::<Result<Vec<_>, EngineError>>()?;
        let invitations = Invitations::new(role(role_name)?, ids);
        bytes(
            &invitations
                .ok_or_else(|| EngineError::new(Code::Argument, "there are too many invitations for one list"))?,
        )
    }

    /// Body of the message that names the trustees.
    ///
    /// # Errors
    /// If a file is no card.
    #[wasm_bindgen(js_name = trusteesBody)]
    pub fn trustees_body(&self, cards: Vec<Uint8Array>) -> Result<Vec<u8>, EngineError> {
        let cards = files(&cards).iter().map(|card| decode(card)).collect::<Result<_, _>>().code(Code::File)?;
        bytes(&Trustees { cards })
    }

    /// Checks registrations against the tokens that were drawn; those of other tokens are left out, and those of revoked ones. A
    /// token that was revoked is named once: whoever still has it has an older file.
    ///
    /// # Errors
    /// If the frames or a list of revocations are damaged, a token is none, or two registrations hold for one invitation.
    #[wasm_bindgen(js_name = checkRegistrations)]
    pub fn check_registrations(
        &self,
        frame_bytes: &[u8],
        board_id: &str,
        tokens: &JsValue,
        revocations: Vec<Uint8Array>,
    ) -> Result<Vec<JsValue>, EngineError> {
        let tokens: Vec<TokenJson> = from_js(tokens, "the tokens")?;
        let board = board(board_id)?;
        let mut invitations = BTreeMap::new();
        for TokenJson { role: name, token: text } in tokens {
            let invitation = Invitation { board, role: role(&name)?, token: token(&text)? };
            invitations.insert(invitation.id().0, (text, invitation));
        }
        let mut found = Vec::new();
        for body in files(&revocations) {
            let revoked: Invitations = borsh::from_slice(&body).code(Code::File)?;
            for id in revoked.ids() {
                let Some((text, invitation)) = invitations.remove(&id.0) else { continue };
                let role = invitation.role.name().into();
                found.push(object(&[("token", text.into()), ("role", role), ("revoked", true.into())]));
            }
        }
        for (text, role, registered) in registrations(frame_bytes, &invitations)? {
            let mut fields = vec![("token", JsValue::from(text)), ("role", role.name().into())];
            match registered {
                Ok(Registered::Voter(address)) => {
                    fields.push(("address", address.encode(AddressKind::Election).into()));
                }
                Ok(Registered::Trustee(card)) => {
                    fields.push(("card", bytes_to_js(&encode(card.as_ref()))));
                    fields.push(("name", card.name().to_string().into()));
                }
                Err(error) => fields.push(("refused", error.to_string().into())),
            }
            found.push(object(&fields));
        }
        Ok(found)
    }
}

#[wasm_bindgen]
impl Trustee {
    /// A signed message.
    ///
    /// # Errors
    /// If an id or the kind is none.
    #[wasm_bindgen(js_name = boardMessage)]
    pub fn board_message(
        &self,
        ledger_id: &str,
        board_id: &str,
        kind: &str,
        number: u32,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, EngineError> {
        let author = *self.identity().card().key().as_bytes();
        let message = message((ledger_id, board_id), kind, author, number, body)?;
        bytes(&self.identity().sign_board_message(message))
    }
}

#[cfg(test)]
mod tests {
    use tabella_protocol::keys::{Account, Address, Diversifier, Seed};

    use super::*;

    const BOARD: RegistrationId = RegistrationId([3; 32]);

    fn address(byte: u8) -> Address {
        Seed::new([byte; 32]).account(&Account::Election(BOARD.0)).address(Diversifier::from_index(0))
    }

    fn invitation(byte: u8) -> Invitation {
        Invitation { board: BOARD, role: Role::Voter, token: Token::new([byte; 16]) }
    }

    /// The registration of an address, as a frame of the node's answer.
    fn frame(invitation: &Invitation, address: &Address) -> Vec<u8> {
        let body = borsh::to_vec(&invitation.register_voter(address)).expect("writing to memory");
        let length = u32::try_from(body.len()).expect("a short frame");
        [&length.to_le_bytes()[..], &body].concat()
    }

    /// What the frames say of the invitations 1 and 2.
    fn said(frames: &[Vec<u8>]) -> Result<Vec<(String, Result<Registered, RegistrationError>)>, EngineError> {
        let listed = [1, 2].map(|byte| (invitation(byte).id().0, (byte.to_string(), invitation(byte))));
        let listed = BTreeMap::from(listed);
        let found = registrations(&frames.concat(), &listed)?;
        Ok(found.into_iter().map(|(text, _, registered)| (text.to_owned(), registered)).collect())
    }

    #[test]
    fn registrations_are_found_in_their_order_and_those_of_other_invitations_left_out() {
        let frames = [(2, 5), (9, 6), (1, 7)].map(|(from, to)| frame(&invitation(from), &address(to)));
        let expected =
            [("2", 5), ("1", 7)].map(|(text, to)| (text.to_owned(), Ok(Registered::Voter(Box::new(address(to))))));
        assert_eq!(said(&frames).expect("good frames"), expected);
    }

    #[test]
    fn a_second_registration_with_one_invitation_is_refused() {
        let frames = [5, 6].map(|to| frame(&invitation(1), &address(to)));
        let error = said(&frames).expect_err("two addresses with one invitation");
        assert_eq!(error.to_string(), "the node shows two registrations with one invitation: do not use it");
    }

    #[test]
    fn a_repeated_frame_counts_once() {
        let frames = [(1, 5), (2, 6), (1, 5)].map(|(from, to)| frame(&invitation(from), &address(to)));
        assert_eq!(said(&frames).expect("the same twice").len(), 2);
    }

    #[test]
    fn what_does_not_hold_takes_no_voters_place() {
        let honest = frame(&invitation(1), &address(5));
        let mut forged = honest.clone();
        // The MAC stands at the end.
        *forged.last_mut().expect("a frame") ^= 1;
        let found = said(&[forged, honest]).expect("one of them holds");
        let found: Vec<_> = found.into_iter().map(|(_, registered)| registered).collect();
        assert_eq!(found, [Err(RegistrationError::Mac), Ok(Registered::Voter(Box::new(address(5))))]);
    }
}
