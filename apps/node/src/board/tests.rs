use ed25519_dalek::{Signer as _, SigningKey};
use rand_core::OsRng;
use tabella_protocol::{
    board::{Invitation, Token},
    ceremony::{AgeRecipient, SignatureBytes, TrusteeCard, TrusteeName, TrusteeVerifyingKey},
    keys::{Account, Address, Diversifier, Seed},
};
use tempfile::TempDir;

use super::*;

const BOARD: RegistrationId = RegistrationId([3; 32]);
const LEDGER: LedgerId = LedgerId([4; 32]);

struct Scene {
    folder: TempDir,
    boards: Boards,
    authority: SigningKey,
    now: Timestamp,
}

fn scene() -> Scene {
    scene_with(BoardSettings::default())
}

fn scene_with(limits: BoardSettings) -> Scene {
    let folder = tempfile::tempdir().unwrap();
    let boards = Boards::open(&folder.path().join("node.db"), LEDGER, limits).unwrap();
    let scene =
        Scene { folder, boards, authority: SigningKey::from_bytes(&[1; 32]), now: Timestamp::new(1_000_000).unwrap() };
    scene.boards.open_board(&scene.opening(), scene.now).unwrap();
    scene
}

fn address(person: u8) -> Address {
    Seed::new([person; 32]).account(&Account::Election(BOARD.0)).address(Diversifier::from_index(0))
}

fn trustee(byte: u8) -> (SigningKey, TrusteeCard) {
    let key = SigningKey::from_bytes(&[byte; 32]);
    let name = TrusteeName::new(format!("Trustee {byte}")).unwrap();
    let public = TrusteeVerifyingKey::from_bytes(&key.verifying_key().to_bytes()).unwrap();
    let recipient = AgeRecipient([9; 32]);
    let signature = SignatureBytes(key.sign(&TrusteeCard::message(&name, &public, &recipient)).to_bytes());
    let card = TrusteeCard::new(name, public, recipient, signature);
    (key, card)
}

fn kind_of<T: std::fmt::Debug>(answer: Answer<T>) -> Kind {
    answer.unwrap_err().kind()
}

impl Scene {
    fn opening(&self) -> Signed<BoardOpening> {
        let opening = BoardOpening::new(LEDGER, BOARD, self.authority.verifying_key().to_bytes());
        Signed::sign(opening, &self.authority)
    }

    fn message(&self, author: &SigningKey, kind: MessageKind, number: u32, body: Vec<u8>) -> Vec<u8> {
        let message = BoardMessage {
            version: FORMAT_VERSION,
            ledger: LEDGER,
            board: BOARD,
            kind,
            author: author.verifying_key().to_bytes(),
            number,
            body,
        };
        borsh::to_vec(&Signed::sign(message, author)).unwrap()
    }

    fn post(
        &self,
        author: &SigningKey,
        kind: MessageKind,
        number: u32,
        body: &[u8],
    ) -> Answer<Kept<(u32, MessageKind)>> {
        self.boards.post(BOARD, &self.message(author, kind, number, body.to_vec()), self.now)
    }

    fn invite(&self, number: u32, role: Role) -> Invitation {
        let invitation = Invitation { board: BOARD, role, token: Token::random(&mut OsRng) };
        let invitations = Invitations::new(role, vec![invitation.id()]).unwrap();
        self.post(&self.authority, MessageKind::Invitations, number, &borsh::to_vec(&invitations).unwrap()).unwrap();
        invitation
    }

    fn register(&self, registration: &Registration) -> Answer<Kept<()>> {
        self.boards.register(BOARD, &borsh::to_vec(registration).unwrap(), self.now)
    }

    fn query(&self, key: &SigningKey, after: u32, time: u64) -> Answer<(Vec<Vec<u8>>, u64)> {
        let time = Timestamp::new(time).unwrap();
        let query = RegistrationsQuery { version: FORMAT_VERSION, ledger: LEDGER, board: BOARD, after, time };
        self.boards.registrations(BOARD, &Signed::sign(query, key), self.now)
    }
}

#[test]
fn messages_are_kept_in_order_and_survive_a_restart() {
    let scene = scene();
    for number in 0..3u32 {
        let kept = scene.post(&scene.authority, MessageKind::Notice, number, b"hello").unwrap();
        assert_eq!(kept, Kept::New((number + 1, MessageKind::Notice)));
    }
    let Scene { folder, boards, .. } = &scene;
    let before = boards.message(BOARD, 2).unwrap();
    let again = Boards::open(&folder.path().join("node.db"), LEDGER, BoardSettings::default()).unwrap();
    assert_eq!(again.message(BOARD, 2).unwrap(), before);
    assert_eq!(again.messages(BOARD, 1, None, 10).unwrap().len(), 2);
    assert_eq!(again.messages(BOARD, 0, Some(MessageKind::Draft), 10).unwrap().len(), 0);
}

#[test]
fn repeated_request_is_answered_and_a_replayed_or_skipped_number_is_refused() {
    let scene = scene();
    let first = scene.message(&scene.authority, MessageKind::Notice, 0, b"one".to_vec());
    assert_eq!(scene.boards.post(BOARD, &first, scene.now), Ok(Kept::New((1, MessageKind::Notice))));
    assert_eq!(scene.boards.post(BOARD, &first, scene.now), Ok(Kept::Before((1, MessageKind::Notice))));
    for number in [0, 2, u32::MAX] {
        let problem = scene.post(&scene.authority, MessageKind::Notice, number, b"two").unwrap_err();
        assert_eq!((problem.kind(), problem.member("expected").unwrap().as_u64()), (Kind::OutOfOrder, Some(1)));
    }
}

#[test]
fn author_who_is_not_on_the_board_is_refused() {
    let scene = scene();
    let (key, card) = trustee(7);
    assert_eq!(kind_of(scene.post(&key, MessageKind::Notice, 0, b"me too")), Kind::NotAnAuthor);
    let trustees = borsh::to_vec(&Trustees { cards: vec![card] }).unwrap();
    scene.post(&scene.authority, MessageKind::Trustees, 0, &trustees).unwrap();
    scene.post(&key, MessageKind::Commitments, 0, b"file").unwrap();
    // A trustee writes neither the roll nor the manifest, and puts nobody on the board.
    for kind in [
        MessageKind::Manifest,
        MessageKind::Invitations,
        MessageKind::Revocations,
        MessageKind::Trustees,
        MessageKind::Closed,
    ] {
        let body = match kind {
            MessageKind::Trustees => trustees.clone(),
            MessageKind::Invitations | MessageKind::Revocations => {
                borsh::to_vec(&Invitations::new(Role::Voter, Vec::new()).unwrap()).unwrap()
            }
            _ => Vec::new(),
        };
        assert_eq!(kind_of(scene.post(&key, kind, 1, &body)), Kind::NotAnAuthor, "{kind}");
    }
    // Taken off the board, a trustee writes no more; what was written stays.
    let nobody = borsh::to_vec(&Trustees { cards: Vec::new() }).unwrap();
    scene.post(&scene.authority, MessageKind::Trustees, 1, &nobody).unwrap();
    assert_eq!(kind_of(scene.post(&key, MessageKind::Packages, 1, b"file")), Kind::NotAnAuthor);
    assert_eq!(scene.boards.messages(BOARD, 0, None, 10).unwrap().len(), 3);
}

#[test]
fn message_signed_by_another_key_or_for_another_board_is_refused() {
    let scene = scene();
    let bytes = scene.message(&scene.authority, MessageKind::Notice, 0, b"one".to_vec());
    let mut signed: Signed<BoardMessage> = borsh::from_slice(&bytes).unwrap();
    signed.statement.body.push(b'!');
    let altered = borsh::to_vec(&signed).unwrap();
    assert_eq!(kind_of(scene.boards.post(BOARD, &altered, scene.now)), Kind::BadSignature);
    let elsewhere = RegistrationId([8; 32]);
    assert_eq!(kind_of(scene.boards.post(elsewhere, &bytes, scene.now)), Kind::Malformed);
    let mut trailing = bytes.clone();
    trailing.push(0);
    assert_eq!(kind_of(scene.boards.post(BOARD, &trailing, scene.now)), Kind::Malformed);
    let foreign = BoardMessage { ledger: LedgerId([5; 32]), ..signed.statement };
    let foreign = borsh::to_vec(&Signed::sign(foreign, &scene.authority)).unwrap();
    assert_eq!(kind_of(scene.boards.post(BOARD, &foreign, scene.now)), Kind::Malformed);
}

#[test]
fn oversize_and_too_many_messages_are_refused() {
    let scene = scene();
    let large = vec![0; MessageKind::Notice.max_body_bytes() + 1];
    assert_eq!(kind_of(scene.post(&scene.authority, MessageKind::Notice, 0, &large)), Kind::TooLarge);
    let (key, card) = trustee(7);
    let trustees = borsh::to_vec(&Trustees { cards: vec![card] }).unwrap();
    scene.post(&scene.authority, MessageKind::Trustees, 0, &trustees).unwrap();
    for number in 0..MAX_TRUSTEE_MESSAGES {
        scene.post(&key, MessageKind::Notice, number, b"again").unwrap();
    }
    assert_eq!(kind_of(scene.post(&key, MessageKind::Notice, MAX_TRUSTEE_MESSAGES, b"again")), Kind::BoardFull);
    // The others still write.
    scene.post(&scene.authority, MessageKind::Notice, 1, b"enough").unwrap();
}

#[test]
fn bytes_of_all_boards_are_bounded() {
    let scene = scene_with(BoardSettings { mebibytes: 1, ..BoardSettings::default() });
    let body = vec![0; 700 << 10];
    scene.post(&scene.authority, MessageKind::Draft, 0, &body).unwrap();
    assert_eq!(kind_of(scene.post(&scene.authority, MessageKind::Draft, 1, &body)), Kind::BoardFull);
}

#[test]
fn boards_are_read_in_pages_of_which_none_is_skipped_or_doubled() {
    let scene = scene();
    // Opened in the same second, and after the clock was set back.
    let ids: Vec<RegistrationId> = (10..15).map(|byte| RegistrationId([byte; 32])).collect();
    for (id, second) in ids.iter().zip([1_000_000, 1_000_000, 999_000, 1_000_000, 1_000_001]) {
        let opening = BoardOpening::new(LEDGER, *id, scene.authority.verifying_key().to_bytes());
        let now = Timestamp::new(second).unwrap();
        scene.boards.open_board(&Signed::sign(opening, &scene.authority), now).unwrap();
    }
    let all: Vec<String> = scene.boards.list(None, 100).unwrap().into_iter().map(|row| row.board).collect();
    assert_eq!(all.len(), 6);
    let (mut read, mut after) = (Vec::new(), None);
    loop {
        let page = scene.boards.list(after, 2).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.board.parse().unwrap());
        read.extend(page.into_iter().map(|row| row.board));
    }
    assert_eq!(read, all);
    assert!(scene.boards.list(Some(RegistrationId([0xee; 32])), 2).unwrap().is_empty());
}

#[test]
fn board_is_opened_once_by_whom_the_node_serves() {
    let other = SigningKey::from_bytes(&[2; 32]);
    let scene = scene();
    assert_eq!(scene.boards.open_board(&scene.opening(), scene.now), Ok(Kept::Before(BOARD)));
    let stolen = BoardOpening::new(LEDGER, BOARD, other.verifying_key().to_bytes());
    let stolen = Signed::sign(stolen, &other);
    assert_eq!(kind_of(scene.boards.open_board(&stolen, scene.now)), Kind::BoardExists);
    let forged = Signed { signature: stolen.signature, ..scene.opening() };
    assert_eq!(kind_of(scene.boards.open_board(&forged, scene.now)), Kind::BadSignature);

    let authorities = vec![hex::encode(scene.authority.verifying_key().to_bytes())];
    let scene = scene_with(BoardSettings { authorities, boards: 1, ..BoardSettings::default() });
    let opening = BoardOpening::new(LEDGER, RegistrationId([8; 32]), other.verifying_key().to_bytes());
    assert_eq!(kind_of(scene.boards.open_board(&Signed::sign(opening, &other), scene.now)), Kind::NotAllowed);
    let opening = BoardOpening::new(LEDGER, RegistrationId([8; 32]), scene.authority.verifying_key().to_bytes());
    let second = Signed::sign(opening, &scene.authority);
    assert_eq!(kind_of(scene.boards.open_board(&second, scene.now)), Kind::BoardFull);
}

#[test]
fn voter_registers_once() {
    let scene = scene();
    let invitation = scene.invite(0, Role::Voter);
    let registration = invitation.register_voter(&address(1));
    assert_eq!(scene.register(&registration), Ok(Kept::New(())));
    assert_eq!(scene.register(&registration), Ok(Kept::Before(())));
    assert_eq!(kind_of(scene.register(&invitation.register_voter(&address(2)))), Kind::InvitationUsed);
    assert!(serde_json::to_string(&scene.boards.invitation(BOARD, invitation.id()).unwrap()).unwrap().contains("true"));
}

#[test]
fn revoked_invitation_registers_nobody_and_a_new_one_takes_its_place() {
    let scene = scene();
    let (lost, kept) = (scene.invite(0, Role::Voter), scene.invite(1, Role::Voter));
    let by_a_lost_key = lost.register_voter(&address(1));
    assert_eq!(scene.register(&by_a_lost_key), Ok(Kept::New(())));
    let revoked = borsh::to_vec(&Invitations::new(Role::Voter, vec![lost.id()]).unwrap()).unwrap();

    // Somebody else cannot take it away.
    let (stranger, _) = trustee(7);
    assert_eq!(kind_of(scene.post(&stranger, MessageKind::Revocations, 0, &revoked)), Kind::NotAnAuthor);
    assert!(scene.boards.invitation(BOARD, lost.id()).is_ok());

    scene.post(&scene.authority, MessageKind::Revocations, 2, &revoked).unwrap();
    assert_eq!(kind_of(scene.boards.invitation(BOARD, lost.id())), Kind::NotFound);
    assert_eq!(kind_of(scene.register(&by_a_lost_key)), Kind::UnknownInvitation);
    assert_eq!(kind_of(scene.register(&lost.register_voter(&address(2)))), Kind::UnknownInvitation);
    let fresh = scene.invite(3, Role::Voter);
    assert_eq!(scene.register(&fresh.register_voter(&address(2))), Ok(Kept::New(())));
    assert_eq!(scene.register(&kept.register_voter(&address(3))), Ok(Kept::New(())));
    // Listed once more it stays revoked, and only good ones are counted.
    let again = Invitations::new(Role::Voter, vec![lost.id()]).unwrap();
    scene.post(&scene.authority, MessageKind::Invitations, 4, &borsh::to_vec(&again).unwrap()).unwrap();
    assert_eq!(kind_of(scene.register(&by_a_lost_key)), Kind::UnknownInvitation);
    let view = serde_json::to_value(scene.boards.board(BOARD).unwrap()).unwrap();
    assert_eq!(view["invitations"]["voter"], serde_json::json!({"invited": 2, "registered": 2}));
}

#[test]
fn file_of_boards_of_the_first_version_is_read_on() {
    let scene = scene();
    let invitation = scene.invite(0, Role::Voter);
    let path = scene.folder.path().join("node.db");
    rusqlite::Connection::open(&path)
        .unwrap()
        .execute_batch("DROP TABLE revocations; PRAGMA user_version = 1")
        .unwrap();
    let again = Boards::open(&path, LEDGER, BoardSettings::default()).unwrap();
    assert!(again.invitation(BOARD, invitation.id()).is_ok());
    let registration = borsh::to_vec(&invitation.register_voter(&address(1))).unwrap();
    assert_eq!(again.register(BOARD, &registration, scene.now), Ok(Kept::New(())));
    // It is of the second version now.
    assert!(Boards::open(&path, LEDGER, BoardSettings::default()).is_ok());
}

#[test]
fn whoever_has_no_token_cannot_register_though_the_ids_are_public() {
    let scene = scene();
    let invitation = scene.invite(0, Role::Voter);
    // A stranger with a token of his own.
    let own = Invitation { token: Token::random(&mut OsRng), ..invitation.clone() };
    assert_eq!(kind_of(scene.register(&own.register_voter(&address(2)))), Kind::UnknownInvitation);
    // A stranger who takes the id from the board for a claim.
    let content = borsh::to_vec(&address(2)).unwrap();
    let claim = tabella_protocol::board::Claim(invitation.id().0);
    let forged = Registration::from_parts(BOARD, Role::Voter, claim, content, [0; 32]);
    assert_eq!(kind_of(scene.register(&forged)), Kind::UnknownInvitation);
    // A voter who would be a trustee.
    let (_, card) = trustee(7);
    let climbing = Invitation { role: Role::Trustee, ..invitation };
    assert_eq!(kind_of(scene.register(&climbing.register_trustee(&card))), Kind::UnknownInvitation);
}

#[test]
fn wrong_mac_passes_the_node_and_is_refused_by_the_authority() {
    let scene = scene();
    let invitation = scene.invite(0, Role::Voter);
    let honest = invitation.register_voter(&address(1));
    let content = borsh::to_vec(&address(2)).unwrap();
    let substituted = Registration::from_parts(BOARD, Role::Voter, honest.claim, content, honest.mac);
    assert_eq!(scene.register(&substituted), Ok(Kept::New(())));
    let (page, size) = scene.query(&scene.authority, 0, scene.now.seconds()).unwrap();
    assert_eq!((page.len(), size), (1, 1));
    let read: Registration = borsh::from_slice(&page[0]).unwrap();
    assert_eq!(read.check(&invitation), Err(tabella_protocol::board::RegistrationError::Mac));
}

#[test]
fn registrations_are_told_to_the_authority_alone_and_only_at_the_moment() {
    let scene = scene();
    let invitation = scene.invite(0, Role::Voter);
    scene.register(&invitation.register_voter(&address(1))).unwrap();
    let now = scene.now.seconds();
    assert_eq!(kind_of(scene.query(&SigningKey::from_bytes(&[2; 32]), 0, now)), Kind::BadSignature);
    assert_eq!(kind_of(scene.query(&scene.authority, 0, now - QUERY_TOLERANCE - 1)), Kind::StaleQuery);
    assert_eq!(kind_of(scene.query(&scene.authority, 0, now + QUERY_TOLERANCE + 1)), Kind::StaleQuery);
    assert_eq!(scene.query(&scene.authority, 1, now).unwrap(), (Vec::new(), 1));
}

#[test]
fn nobody_registers_after_the_manifest() {
    let scene = scene();
    let (early, late) = (scene.invite(0, Role::Voter), scene.invite(1, Role::Voter));
    let registration = early.register_voter(&address(1));
    scene.register(&registration).unwrap();
    scene.post(&scene.authority, MessageKind::Manifest, 2, b"manifest").unwrap();
    assert_eq!(kind_of(scene.register(&late.register_voter(&address(2)))), Kind::RegistrationClosed);
    assert_eq!(scene.register(&registration), Ok(Kept::Before(())));
}

#[test]
fn content_that_the_authority_could_not_use_is_refused() {
    let scene = scene();
    let invitation = scene.invite(0, Role::Voter);
    let honest = invitation.register_voter(&address(1));
    let empty = Registration::from_parts(BOARD, Role::Voter, honest.claim, Vec::new(), honest.mac);
    assert_eq!(kind_of(scene.register(&empty)), Kind::Malformed);
    assert_eq!(kind_of(scene.post(&scene.authority, MessageKind::Trustees, 1, b"no cards")), Kind::Malformed);
    assert_eq!(kind_of(scene.boards.board(RegistrationId([9; 32]))), Kind::NotFound);
}

#[test]
fn board_of_another_ledger_is_not_opened() {
    let scene = scene();
    let path = scene.folder.path().join("node.db");
    let error = Boards::open(&path, LedgerId([5; 32]), BoardSettings::default()).unwrap_err().to_string();
    assert!(error.contains("another ledger"), "{error}");
}
