//! The layout of a record, from `docs/protocol.md` (sections 4.3, 6.1, 6.2, 6.5, 6.6, 6.7, 8.1) and `docs/record.md`.

use super::{Kind, Node};

/// Reads a record's bytes from left to right.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

type Field = (&'static str, Node);

impl<'a> Reader<'a> {
    pub(super) const fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn end(&self) {
        assert!(self.rest.is_empty(), "{} bytes behind the layout", self.rest.len());
    }

    fn take(&mut self, count: usize) -> Vec<u8> {
        let (taken, rest) = self.rest.split_at_checked(count).expect("the layout asks for more bytes than there are");
        self.rest = rest;
        taken.to_vec()
    }

    fn length(&mut self) -> usize {
        let bytes = self.take(4).try_into().expect("four bytes");
        let length = u32::from_le_bytes(bytes) as usize;
        assert!(length <= self.rest.len(), "the layout reads a length of {length} with {} bytes left", self.rest.len());
        length
    }

    fn leaf(&mut self, kind: Kind, count: usize) -> Node {
        Node::Leaf(kind, self.take(count))
    }

    fn opaque(&mut self, count: usize) -> Node {
        self.leaf(Kind::Opaque, count)
    }

    fn number(&mut self, count: usize) -> Node {
        self.leaf(Kind::Number, count)
    }

    fn element(&mut self) -> Node {
        self.leaf(Kind::Element, 32)
    }

    fn text(&mut self) -> Node {
        let length = self.length();
        self.leaf(Kind::Text, length)
    }

    fn list(&mut self, mut item: impl FnMut(&mut Self) -> Node) -> Node {
        let count = self.length();
        Node::List((0..count).map(|_| item(self)).collect())
    }

    /// A byte string that holds something encoded.
    fn nested(&mut self, content: impl FnOnce(&mut Reader<'_>) -> Node) -> Node {
        let length = self.length();
        let bytes = self.take(length);
        let mut reader = Reader::new(&bytes);
        let node = content(&mut reader);
        reader.end();
        Node::Nested(Box::new(node))
    }

    fn optional(&mut self, content: impl FnOnce(&mut Self) -> Node) -> Node {
        let there = self.take(1);
        let mut fields: Vec<Field> = vec![("there", Node::Leaf(Kind::Choice, there.clone()))];
        if there == [1] {
            fields.push(("value", content(self)));
        }
        Node::Struct(fields)
    }

    pub(super) fn record(&mut self) -> Node {
        Node::Struct(vec![
            ("ledger_name", self.text()),
            ("ledger_key", self.opaque(32)),
            ("verifying_keys", self.list(|r| r.nested(|r| r.key_file()))),
            ("entries", self.list(Self::entry)),
            ("checkpoint", self.text()),
        ])
    }

    fn key_file(&mut self) -> Node {
        let mut fields = vec![
            ("magic", self.opaque(8)),
            ("version", self.number(1)),
            ("origin", self.leaf(Kind::Choice, 1)),
            ("shape", self.leaf(Kind::Choice, 1)),
            ("alpha", self.opaque(48)),
            ("beta", self.opaque(96)),
            ("gamma", self.opaque(96)),
            ("delta", self.opaque(96)),
        ];
        let inputs = self.rest.len() / 48;
        fields.push(("inputs", Node::Struct((0..inputs).map(|_| ("input", self.opaque(48))).collect())));
        Node::Struct(fields)
    }

    fn entry(&mut self) -> Node {
        let time = self.number(8);
        let effects = Node::Struct(vec![
            ("version", self.number(1)),
            ("ledger", self.opaque(32)),
            ("transfers", self.list(Self::transfer)),
            ("actions", self.list(Self::action)),
        ]);
        let authorizations = self.list(|r| Node::Struct(vec![("proof", r.opaque(192)), ("signature", r.opaque(64))]));
        let ballot = matches!(&effects, Node::Struct(fields)
            if matches!(&fields[2].1, Node::List(transfers) if !transfers.is_empty()));
        let proofs = self.list(|r| {
            r.nested(|r| if ballot { r.cast_proof() } else { Node::Struct(vec![("signature", r.opaque(64))]) })
        });
        Node::Struct(vec![
            ("time", time),
            ("effects", effects),
            ("authorizations", authorizations),
            ("action_proofs", proofs),
        ])
    }

    fn transfer(&mut self) -> Node {
        let (pool, key, shape) = (self.opaque(32), self.opaque(32), self.take(1));
        let statement = match shape.as_slice() {
            [0] => self.transfer_statement(),
            [1] => self.cast_statement(),
            _ => panic!("shape {shape:?}"),
        };
        let contract = self.optional(|r| r.opaque(81));
        Node::Struct(vec![
            ("pool", pool),
            ("key", key),
            ("shape", Node::Leaf(Kind::Choice, shape)),
            ("statement", statement),
            ("contract", contract),
        ])
    }

    fn transfer_statement(&mut self) -> Node {
        Node::Struct(vec![
            ("anchor", self.number(32)),
            ("nullifier", self.number(32)),
            ("nullifier_1", self.number(32)),
            ("commitment", self.number(32)),
            ("commitment_1", self.number(32)),
            ("rk", self.leaf(Kind::Point, 32)),
            ("value_commitment", self.leaf(Kind::Point, 32)),
            ("asset", self.number(32)),
            ("contract_revealed", self.number(32)),
            ("start", self.number(8)),
            ("end", self.number(8)),
            ("mode", self.leaf(Kind::Choice, 1)),
            ("reveal", self.leaf(Kind::Choice, 1)),
            ("level", self.leaf(Kind::Choice, 1)),
            (
                "ciphertexts",
                self.list(|r| Node::Struct(vec![("epk", r.element()), ("enc", r.opaque(790)), ("out", r.opaque(124))])),
            ),
        ])
    }

    fn cast_statement(&mut self) -> Node {
        Node::Struct(vec![
            ("anchor", self.number(32)),
            ("nullifier", self.number(32)),
            ("rk", self.leaf(Kind::Point, 32)),
            ("asset", self.number(32)),
            ("contract_revealed", self.number(32)),
            ("weight", self.number(8)),
            ("level", self.leaf(Kind::Choice, 1)),
            ("start", self.number(8)),
            ("end", self.number(8)),
        ])
    }

    fn action(&mut self) -> Node {
        Node::Struct(vec![("application", self.opaque(8)), ("body", self.nested(|r| r.body()))])
    }

    fn body(&mut self) -> Node {
        let variant = self.take(1);
        let mut fields = vec![("variant", Node::Leaf(Kind::Choice, variant.clone()))];
        fields.extend(match variant.as_slice() {
            [0] => vec![
                ("manifest", self.manifest()),
                ("ceremony", self.ceremony()),
                ("canaries", self.list(|r| r.decryption(Self::element))),
                ("roll", self.roll()),
            ],
            [1] => vec![
                ("election", self.opaque(32)),
                ("revision", self.number(4)),
                ("questions", self.list(|r| r.list(Self::ciphertext))),
                ("weight", self.optional(Self::element)),
                ("rankings", self.list(Self::sealed_ranking)),
            ],
            [2] => vec![
                ("election", self.opaque(32)),
                ("entries", self.number(8)),
                ("root", self.opaque(32)),
                ("counted", self.number(8)),
            ],
            [3] => vec![
                ("election", self.opaque(32)),
                ("partials", self.list(|r| r.decryption(|r| r.list(Self::element)))),
                ("totals", self.list(|r| r.list(|r| r.number(8)))),
                ("rankings", self.list(Self::ranked_result)),
            ],
            _ => panic!("action {variant:?}"),
        });
        Node::Struct(fields)
    }

    fn manifest(&mut self) -> Node {
        Node::Struct(vec![
            ("version", self.number(1)),
            ("ledger", self.opaque(32)),
            ("registration", self.opaque(32)),
            ("title", self.text()),
            ("questions", self.list(Self::question)),
            ("opens", self.number(8)),
            ("closes", self.number(8)),
            ("authority", self.opaque(32)),
            ("ceremony", self.opaque(32)),
            ("key", self.element()),
            ("roll", self.opaque(32)),
            ("delegation", self.leaf(Kind::Choice, 1)),
            ("revoting", self.leaf(Kind::Choice, 1)),
            ("weights", self.leaf(Kind::Choice, 1)),
            ("ballot_proofs", self.leaf(Kind::Choice, 1)),
            ("smallest_group", self.number(8)),
            ("epoch_seconds", self.number(4)),
        ])
    }

    fn question(&mut self) -> Node {
        Node::Struct(vec![
            ("title", self.text()),
            ("options", self.list(|r| Node::Struct(vec![("id", r.text()), ("name", r.text())]))),
            ("kind", self.question_kind()),
        ])
    }

    fn question_kind(&mut self) -> Node {
        let variant = self.take(1);
        let mut fields = vec![("variant", Node::Leaf(Kind::Choice, variant.clone()))];
        fields.extend(match variant.as_slice() {
            [0] => vec![("min", self.number(2)), ("max", self.number(2))],
            [1] => vec![("most", self.number(2)), ("blank", self.leaf(Kind::Choice, 1))],
            [2] => vec![("most", self.number(2)), ("min", self.number(4)), ("max", self.number(4))],
            [3] => vec![("min", self.number(2)), ("max", self.number(2))],
            _ => panic!("kind of question {variant:?}"),
        });
        Node::Struct(fields)
    }

    fn ceremony(&mut self) -> Node {
        Node::Struct(vec![
            ("title", self.text()),
            ("threshold", self.number(2)),
            (
                "cards",
                self.list(|r| {
                    Node::Struct(vec![
                        ("name", r.text()),
                        ("key", r.opaque(32)),
                        ("recipient", r.opaque(32)),
                        ("signature", r.opaque(64)),
                    ])
                }),
            ),
            ("nonce", self.opaque(32)),
            ("commitments", self.list(|r| r.signed(|r| r.opaque(32)))),
            ("packages", self.list(|r| r.signed(Self::package))),
            ("confirmations", self.list(|r| r.signed(|r| r.opaque(32)))),
            ("acknowledgements", self.list(|r| r.signed(|r| r.opaque(32)))),
        ])
    }

    fn signed(&mut self, payload: impl FnOnce(&mut Self) -> Node) -> Node {
        Node::Struct(vec![("trustee", self.number(2)), ("payload", payload(self)), ("signature", self.opaque(64))])
    }

    fn package(&mut self) -> Node {
        Node::Struct(vec![("commitments", self.list(Self::element)), ("r", self.element()), ("z", self.number(32))])
    }

    /// A canary or a partial decryption.
    fn decryption(&mut self, shares: impl FnOnce(&mut Self) -> Node) -> Node {
        Node::Struct(vec![
            ("trustee", self.number(2)),
            ("shares", shares(self)),
            ("r_b", self.element()),
            ("r_c", self.element()),
            ("z", self.number(32)),
        ])
    }

    fn roll(&mut self) -> Node {
        let variant = self.take(1);
        let mut fields = vec![("variant", Node::Leaf(Kind::Choice, variant.clone()))];
        fields.extend(match variant.as_slice() {
            [0] => {
                let entry = |r: &mut Self| Node::Struct(vec![("owner", r.number(32)), ("weight", r.number(8))]);
                vec![("voters", self.list(entry))]
            }
            [1] => vec![
                ("distributor", self.number(32)),
                ("total", self.number(8)),
                ("voters", self.list(|r| r.number(32))),
            ],
            _ => panic!("roll {variant:?}"),
        });
        Node::Struct(fields)
    }

    fn ciphertext(&mut self) -> Node {
        Node::Struct(vec![("c1", self.element()), ("c2", self.element())])
    }

    fn sealed_ranking(&mut self) -> Node {
        Node::Struct(vec![("c1", self.element()), ("sealed", self.list(|r| r.number(1)))])
    }

    fn ranked_result(&mut self) -> Node {
        let round = |r: &mut Self| {
            Node::Struct(vec![
                ("votes", r.list(|r| r.number(8))),
                ("exhausted", r.number(8)),
                ("eliminated", r.optional(|r| r.number(1))),
            ])
        };
        Node::Struct(vec![
            ("rankings", self.list(|r| r.optional(|r| r.list(|r| r.number(1))))),
            ("rounds", self.list(round)),
            ("winner", self.optional(|r| r.number(1))),
        ])
    }

    fn cast_proof(&mut self) -> Node {
        let kind = self.take(1);
        let proof = match kind.as_slice() {
            [0] => self.compressed_proof(),
            [1] => self.disjunctive_proof(),
            _ => panic!("kind of proof {kind:?}"),
        };
        let ranking = |r: &mut Self| Node::Struct(vec![("R", r.element()), ("z", r.number(32))]);
        Node::Struct(vec![
            ("kind", Node::Leaf(Kind::Choice, kind)),
            ("ballot", proof),
            ("bridge", self.optional(|r| r.opaque(159))),
            ("rankings", self.list(ranking)),
        ])
    }

    fn compressed_proof(&mut self) -> Node {
        let mut fields: Vec<Field> =
            ["V", "W", "A1", "A2", "T1", "T0"].into_iter().map(|name| (name, self.element())).collect();
        fields.push(("K", self.optional(Self::element)));
        fields.push(("z", self.list(|r| r.number(32))));
        fields.extend(["z_t", "z_r", "z_tau"].map(|name| (name, self.number(32))));
        fields.push(("z_w", self.optional(|r| r.opaque(64))));
        Node::Struct(fields)
    }

    fn disjunctive_proof(&mut self) -> Node {
        let elements = |r: &mut Self, names: &[&'static str]| {
            Node::Struct(names.iter().map(|name| (*name, r.element())).collect())
        };
        Node::Struct(vec![
            ("unit", self.optional(|r| elements(r, &["E1", "E2", "K1", "K2", "K"]))),
            ("branches", self.list(|r| elements(r, &["P", "Q"]))),
            ("e", self.list(|r| r.number(32))),
            ("z", self.list(|r| r.number(32))),
            (
                "weight",
                self.optional(|r| Node::Struct(["z_rho", "z_w", "z_s"].map(|name| (name, r.number(32))).to_vec())),
            ),
        ])
    }
}
