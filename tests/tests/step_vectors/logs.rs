use ed25519_dalek::SigningKey;
use serde_json::Value;
use tabella_ledger::signer::CheckpointSigner;
use tabella_protocol::note::Timestamp;
use tabella_verifier::log::{
    BlockStamp, Checkpoint, CompactTree, ConsistencyProof, Height, InclusionProof, LogHash, Origin, SignedCheckpoint,
};

use crate::{array, hexed, step, unhex};

fn hash(value: &Value) -> LogHash {
    LogHash::new(array(value))
}

fn number(value: &Value, name: &str) -> u64 {
    value[name].as_u64().unwrap()
}

fn path(value: &Value) -> Vec<LogHash> {
    value["path"].as_array().unwrap().iter().map(hash).collect()
}

/// The path with one hash altered, each in turn.
fn altered(path: &[LogHash]) -> Vec<Vec<LogHash>> {
    let alter = |i: usize| {
        let mut path = path.to_vec();
        path[i] = LogHash::of_leaf(path[i].as_bytes());
        path
    };
    (0..path.len()).map(alter).collect()
}

#[test]
fn trees_of_logs_agree_with_the_second_implementation() {
    let pinned = step("log");
    let leaves: Vec<Vec<u8>> = pinned["leaves"].as_array().unwrap().iter().map(unhex).collect();
    let hashes: Vec<LogHash> = leaves.iter().map(|leaf| LogHash::of_leaf(leaf)).collect();
    let roots = &pinned["roots of the first 0 to 7"];
    let mut tree = CompactTree::new();
    assert_eq!(hexed(tree.root().as_bytes()), roots[0]);
    for (index, leaf) in leaves.iter().enumerate() {
        tree.append(leaf).unwrap();
        assert_eq!(hexed(hashes[index].as_bytes()), pinned["leaf hashes"][index]);
        assert_eq!(hexed(tree.root().as_bytes()), roots[index + 1]);
    }
    let node = LogHash::of_children(hashes[0], hashes[1]);
    assert_eq!(hexed(node.as_bytes()), pinned["node of the first two"]);
}

#[test]
fn proofs_of_logs_by_the_second_implementation_are_accepted_and_no_others() {
    let pinned = step("log");
    let root = |size: u64| hash(&pinned["roots of the first 0 to 7"][usize::try_from(size).unwrap()]);
    let inclusions = pinned["inclusion"].as_array().unwrap();
    for proof in inclusions {
        let (leaf, size, path) = (number(proof, "leaf"), number(proof, "size"), path(proof));
        let leaf_hash = hash(&pinned["leaf hashes"][usize::try_from(leaf).unwrap()]);
        let verify = |path| InclusionProof::new(leaf, size, path).verify_root(leaf_hash, root(size));
        assert_eq!(verify(path.clone()), Ok(()), "{proof}");
        assert!(altered(&path).into_iter().all(|path| verify(path).is_err()), "{proof}");
        assert!(verify([path.as_slice(), &[leaf_hash]].concat()).is_err(), "{proof}");
    }
    let consistencies = pinned["consistency"].as_array().unwrap();
    for proof in consistencies {
        let (older, newer, path) = (number(proof, "older"), number(proof, "newer"), path(proof));
        let verify = |path| ConsistencyProof::new(older, newer, path).verify_roots(root(older), root(newer));
        assert_eq!(verify(path.clone()), Ok(()), "{proof}");
        assert!(altered(&path).into_iter().all(|path| verify(path).is_err()), "{proof}");
    }
    assert_eq!((inclusions.len(), consistencies.len()), (28, 21));
}

#[test]
fn checkpoint_is_signed_as_by_the_second_implementation() {
    let pinned = step("log");
    let given = &pinned["checkpoint"];
    let name = Origin::new(given["name"].as_str().unwrap()).unwrap();
    let signer = CheckpointSigner::new(name.clone(), SigningKey::from_bytes(&array(&given["secret key"])));
    let time = Timestamp::new(number(given, "time")).unwrap();
    let stamp = BlockStamp { height: Height::new(number(given, "height")), time };
    let root = hash(&pinned["roots of the first 0 to 7"][7]);
    let signed = signer.sign(Checkpoint::new(name.clone(), 7, root).with_stamp(stamp)).to_bytes();
    assert_eq!(String::from_utf8(signed.clone()).unwrap(), given["signed"]);
    let read = SignedCheckpoint::from_bytes(&signed).unwrap();
    assert_eq!(signer.verifier().verify(&read, &name).unwrap().root(), root);
}
