//! The wallet's bytes, for an encrypted file: version, viewing key, address counters, pools, history. Strict borsh.

use std::io;

use borsh::{BorshDeserialize, BorshSerialize};
use tabella_protocol::{
    field,
    jubjub::{self, JubjubScalar},
    keys::{FullViewingKey, NullifierKey, OwnerCommitment},
    note::{AssetId, Contract, Escrow, Lock, Note, NoteCommitmentTrapdoor, NoteValue, Timestamp},
    note_encryption::Memo,
    secret::Secret,
    transaction::PoolId,
    tree::Position,
};

use super::{
    AddressBook, HistoryEntry, HistoryEvent, LogPoint, Ownership, PoolView, ReceivedNote, Reservation, Wallet,
};

const VERSION: u8 = 1;

fn invalid(what: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

impl BorshSerialize for Wallet {
    fn serialize<W: io::Write>(&self, writer: &mut W) -> io::Result<()> {
        VERSION.serialize(writer)?;
        writer.write_all(self.key.to_bytes().as_slice())?;
        (self.addresses.next_external, self.addresses.next_internal).serialize(writer)?;
        length(self.pools.len())?.serialize(writer)?;
        for (pool, view) in &self.pools {
            (*pool, view.next, view.last, length(view.notes.len())?).serialize(writer)?;
            for note in view.notes.values() {
                write_received(note, writer)?;
            }
        }
        length(self.history.len())?.serialize(writer)?;
        for entry in &self.history {
            (entry.at, entry.pool, entry.event, entry.asset, entry.value).serialize(writer)?;
            writer.write_all(entry.memo.as_bytes())?;
        }
        Ok(())
    }
}

impl BorshDeserialize for Wallet {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        if u8::deserialize_reader(reader)? != VERSION {
            return Err(invalid("not a wallet of this version"));
        }
        let key = FullViewingKey::from_bytes(&BorshDeserialize::deserialize_reader(reader)?)
            .ok_or_else(|| invalid("not a full viewing key"))?;
        let (external, internal) = BorshDeserialize::deserialize_reader(reader)?;
        let addresses =
            AddressBook::new(external, internal).ok_or_else(|| invalid("more addresses than a wallet has"))?;
        let mut wallet = Self { addresses, ..Self::new(key) };
        for _ in 0..u32::deserialize_reader(reader)? {
            let (pool, next, last, notes) = <(PoolId, u64, Option<LogPoint>, u32)>::deserialize_reader(reader)?;
            if wallet.pools.insert(pool, PoolView { next, last, ..PoolView::default() }).is_some() {
                return Err(invalid("a pool appears twice"));
            }
            let mut last = None;
            for _ in 0..notes {
                let note = read_received(&wallet.key, pool, reader)?;
                if last.is_some_and(|last| last >= note.position) {
                    return Err(invalid("notes are not in the order of their positions"));
                }
                last = Some(note.position);
                if let (Some(until), None) = (note.reserved_until, note.spent) {
                    let nullifiers = vec![note.nullifier];
                    wallet.reservations.push(Reservation { pool, nullifiers, until });
                }
                wallet.insert(note);
            }
        }
        for _ in 0..u32::deserialize_reader(reader)? {
            let (at, pool, event, asset, value) =
                <(LogPoint, PoolId, HistoryEvent, AssetId, NoteValue)>::deserialize_reader(reader)?;
            wallet.history.push(HistoryEntry { at, pool, event, asset, value, memo: read_memo(reader)? });
        }
        Ok(wallet)
    }
}

fn length(length: usize) -> io::Result<u32> {
    u32::try_from(length).map_err(|_| invalid("more than 2^32 entries"))
}

fn write_received(note: &ReceivedNote, writer: &mut impl io::Write) -> io::Result<()> {
    (note.position, note.received, note.ownership).serialize(writer)?;
    write_note(&note.note, writer)?;
    writer.write_all(note.memo.as_bytes())?;
    note.blinding.as_ref().map(|r| jubjub::scalar_to_bytes(r.expose())).serialize(writer)?;
    (note.spent, note.reserved_until).serialize(writer)
}

fn read_received(key: &FullViewingKey, pool: PoolId, reader: &mut impl io::Read) -> io::Result<ReceivedNote> {
    let (position, received, ownership) = <(Position, LogPoint, Ownership)>::deserialize_reader(reader)?;
    let note = read_note(reader)?;
    let memo = read_memo(reader)?;
    let blinding = match Option::<[u8; 32]>::deserialize_reader(reader)? {
        Some(bytes) => Some(Secret::<JubjubScalar>::new(
            jubjub::scalar_from_bytes(&bytes).ok_or_else(|| invalid("not a scalar of Jubjub"))?,
        )),
        None => None,
    };
    let (spent, reserved_until) = <(Option<LogPoint>, Option<Timestamp>)>::deserialize_reader(reader)?;
    let note = ReceivedNote::new(key, (pool, position, received), note, ownership, memo, blinding)
        .ok_or_else(|| invalid("a note that is not the wallet's"))?;
    Ok(ReceivedNote { spent, reserved_until, ..note })
}

fn write_note(note: &Note, writer: &mut impl io::Write) -> io::Result<()> {
    (note.asset, note.value).serialize(writer)?;
    match &note.lock {
        Lock::Plain(owner) => (0u8, *owner).serialize(writer)?,
        Lock::Escrow(escrow) => {
            (1u8, escrow.contract, escrow.refund).serialize(writer)?;
            writer.write_all(&field::to_bytes(&escrow.nullifier_key.element()))?;
        }
    }
    writer.write_all(&field::to_bytes(&note.rcm.element()))
}

fn read_note(reader: &mut impl io::Read) -> io::Result<Note> {
    let (asset, value) = <(AssetId, NoteValue)>::deserialize_reader(reader)?;
    let lock = match u8::deserialize_reader(reader)? {
        0 => Lock::Plain(OwnerCommitment::deserialize_reader(reader)?),
        1 => Lock::Escrow(Escrow {
            contract: Contract::deserialize_reader(reader)?,
            refund: OwnerCommitment::deserialize_reader(reader)?,
            nullifier_key: NullifierKey::new(read_field(reader)?),
        }),
        _ => return Err(invalid("not a kind of lock")),
    };
    Ok(Note { asset, value, lock, rcm: NoteCommitmentTrapdoor::new(read_field(reader)?) })
}

fn read_field(reader: &mut impl io::Read) -> io::Result<ark_bls12_381::Fr> {
    field::from_bytes(&BorshDeserialize::deserialize_reader(reader)?).ok_or_else(|| invalid("not a field element"))
}

fn read_memo(reader: &mut impl io::Read) -> io::Result<Memo> {
    Ok(Memo::from_bytes(BorshDeserialize::deserialize_reader(reader)?))
}
