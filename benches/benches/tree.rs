//! The tree of note commitments: appending leaves, and the path of a leaf.
#![expect(missing_docs, reason = "criterion's macros make public functions")]
#![expect(clippy::unwrap_used, reason = "a benchmark")]

use criterion::{BatchSize, BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use tabella_benches::leaves;
use tabella_protocol::tree::{NoteCommitmentTree, Position};

/// Leaves that the tree holds already.
const LEAVES: usize = 10_000;

fn tree(c: &mut Criterion) {
    let mut tree = NoteCommitmentTree::new();
    tree.append(&leaves(LEAVES)).unwrap();
    let mut group = c.benchmark_group("tree");
    group.sample_size(20);
    for count in [1, 64, 1_024] {
        let new = leaves(count);
        group.throughput(Throughput::Elements(count as u64));
        group.bench_function(BenchmarkId::new("append/leaves", count), |b| {
            b.iter_batched(|| tree.clone(), |mut tree| tree.append(&new).unwrap(), BatchSize::LargeInput);
        });
    }
    let position = Position(7_777);
    group.throughput(Throughput::Elements(1));
    group.bench_function("path", |b| b.iter(|| tree.path(position).unwrap()));
    group.bench_function("path_at_an_older_root", |b| b.iter(|| tree.path_at(position, 9_000).unwrap()));
    let (path, leaf) = (tree.path(position).unwrap(), tree.leaf(position).unwrap());
    group.bench_function("root_of_path", |b| b.iter(|| path.root(leaf)));
    group.finish();
}

criterion_group!(benches, tree);
criterion_main!(benches);
