//! How many notes of others a wallet looks at in a second.
#![expect(missing_docs, reason = "criterion's macros make public functions")]
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use tabella_protocol::{
    note::NoteValue,
    note_encryption::{Memo, NoteSeed, OutputNote},
    tree::Position,
};
use tabella_prover::wallet::{
    LogContent, LogOutput, Scanner,
    testing::{asset, person, wallet},
};

const OUTPUTS: u32 = 1_024;

fn scan(c: &mut Criterion) {
    let (sender, receiver) = (person(2), wallet(3));
    let output = |position| {
        let seed = NoteSeed::random(&mut rand::rngs::OsRng);
        let note = OutputNote::plain(receiver.address(0), asset(), NoteValue(1), Memo::empty(), &seed).unwrap();
        let ciphertext = note.encrypt(sender.full_viewing_key().outgoing(), None);
        let content = LogContent::Encrypted { commitment: note.commitment(), ciphertext };
        LogOutput { position: Position(position), content }
    };
    let outputs: Vec<LogOutput> = (0..OUTPUTS).map(output).collect();
    let outputs: Vec<&LogOutput> = outputs.iter().collect();
    let mut group = c.benchmark_group("wallet");
    group.throughput(Throughput::Elements(u64::from(OUTPUTS))).sample_size(20);
    let stranger = person(1);
    let key = stranger.full_viewing_key();
    for (name, scanner) in [("incoming", Scanner::incoming(key.incoming())), ("full", Scanner::full(key))] {
        group.bench_function(format!("scan/{name}"), |b| b.iter(|| assert!(scanner.scan(&outputs).is_empty())));
    }
    group.finish();
}

criterion_group!(benches, scan);
criterion_main!(benches);
