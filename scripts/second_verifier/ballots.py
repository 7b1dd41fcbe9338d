"""Ballots, and both kinds of their proofs. Spec § 6.5."""

from groups import BASE, BLINDING, IDENTITY, L, add, decode, equal, hash_to_ristretto, sum_of
from transcript import Transcript

COMPRESSED, DISJUNCTIVE = range(2)
MOST_BRANCHES = 4_096


def read_ballot(reader):
    """Questions, each a list of (c1, c2), and C' if the weight is hidden."""
    questions = reader.many(lambda: reader.many(lambda: (reader.element(), reader.element())))
    return questions, reader.element() if reader.flag() else None


def read_ballot_proof(reader):
    """Its kind, and what it says by name."""
    kind = reader.number(1)
    assert kind < 2, "kind of a ballot's proof"
    return kind, (read_compressed, read_disjunctive)[kind](reader)


def read_compressed(reader):
    proof = {name: reader.element() for name in ("V", "W", "A1", "A2", "T1", "T0")}
    proof["K"] = reader.optional(reader.element)
    proof["z"] = reader.many(reader.scalar)
    proof.update({name: reader.scalar() for name in ("z_t", "z_r", "z_tau")})
    proof["z_w"] = reader.optional(lambda: (reader.scalar(), reader.scalar()))
    return proof


def read_disjunctive(reader):
    proof = {"unit": reader.optional(lambda: {name: reader.element() for name in ("E1", "E2", "K1", "K2", "K")})}
    proof["PQ"] = reader.many(lambda: (reader.element(), reader.element()))
    proof["e"], proof["z"] = reader.many(reader.scalar), reader.many(reader.scalar)
    proof["weight"] = reader.optional(lambda: {name: reader.scalar() for name in ("z_rho", "z_w", "z_s")})
    assert all(len(proof[name]) <= MOST_BRANCHES for name in ("PQ", "e", "z")), "more branches than a ballot can have"
    return proof


def branches(rules):
    """Of the disjunctions of all questions with points."""
    return sum(options * (most + 1) + greatest - least + 1 for options, most, least, greatest in rules)


def targets(rules, questions):
    """Each a ciphertext, the numbers that it may encrypt, and the rule of that name."""
    found = [
        (tuple(map(decode, ciphertext)), range(most + 1), "Option")
        for (_, most, _, _), question in zip(rules, questions) for ciphertext in question
    ]
    for (_, _, least, greatest), question in zip(rules, questions):
        total = IDENTITY, IDENTITY
        for ciphertext in question:
            total = tuple(add(part, decode(c)) for part, c in zip(total, ciphertext))
        found.append((total, range(least, greatest + 1), "Sum"))
    return found


def ballot_transcript(ledger, digest, election, key, rules, ballot, kind, index):
    questions, commitment = ballot
    hidden = commitment is not None
    label = "weighted-" * hidden + "disjunctive-" * (kind == DISJUNCTIVE) + "ballot"
    transcript = Transcript(f"tabella/v1/{label}", ledger, digest, index)
    transcript.append("election", election)
    transcript.append("key", key)
    if kind == COMPRESSED:
        transcript.append("vector generators", b"tabella/v1/ballot/G")
    if hidden:
        transcript.append("weight", commitment)
    transcript.append_u64("questions", len(rules))
    for number, (rule, question) in enumerate(zip(rules, questions)):
        transcript.append_u64("question", number)
        transcript.append("rule", b"".join(number.to_bytes(size, "little") for number, size in zip(rule, (2, 2, 4, 4))))
        transcript.append("ciphertexts", b"".join(c1 + c2 for c1, c2 in question))
    return transcript


def ballot_challenges(ledger, digest, election, key, rules, ballot, proof, index=0):
    """By name: x and c of a compressed proof, c of a disjunctive one."""
    kind, proof = proof
    transcript = ballot_transcript(ledger, digest, election, key, rules, ballot, kind, index)
    if kind == COMPRESSED:
        transcript.append("V", proof["V"])
        x = transcript.scalar("x")
        for name in ["W", "A1", "A2", "T1", "T0"] + ["K"] * (proof["K"] is not None):
            transcript.append(name, proof[name])
        return {"x": x, "c": transcript.scalar("c")}
    for name, element in (proof["unit"] or {}).items():
        transcript.append(name, element)
    at = 0
    for number, (_, numbers, _) in enumerate(targets(rules, ballot[0])):
        transcript.append_u64("target", number)
        transcript.append("branches", b"".join(p + q for p, q in proof["PQ"][at : at + len(numbers)]))
        at += len(numbers)
    return {"c": transcript.scalar("c")}


def broken_ballot_rule(ledger, digest, election, key, rules, proofs, ballot, proof, index=0):
    """The first rule of § 6.5 that does not hold; None for a valid ballot. A rule is (options, most, min, max), `proofs` the kind
    that the manifest asks for."""
    questions, _ = ballot
    c1s = [c1 for question in questions for c1, _ in question]
    if [len(question) for question in questions] != [rule[0] for rule in rules] or bytes(32) in c1s:
        return "Shape"
    if proof[0] != proofs:
        return "ProofKind"
    challenges = ballot_challenges(ledger, digest, election, key, rules, ballot, proof, index)
    broken = (broken_compressed_rule, broken_disjunctive_rule)[proofs]
    return broken(**challenges, key=key, rules=rules, ballot=ballot, proof=proof[1])


def holds(terms):
    return equal(sum_of(terms), IDENTITY)


def coefficients(number):
    """Numbers of whose subsets the sums are exactly 0, ..., number."""
    bits = number.bit_length()
    return [1 << i for i in range(bits - 1)] + [number - (1 << (bits - 1)) + 1] if bits else []


GENERATORS = []


def generator(k):
    while len(GENERATORS) < k:
        GENERATORS.append(hash_to_ristretto("tabella/v1/ballot/G", [(len(GENERATORS) + 1).to_bytes(8, "little")]))
    return GENERATORS[k - 1]


def broken_compressed_rule(x, c, key, rules, ballot, proof):
    questions, commitment = ballot
    options = [option for question in questions for option in question]
    slacks = [coefficients(rule[3] - rule[2]) for rule in rules]
    points = [coefficients(rule[1]) for rule in rules for _ in range(rule[0])]
    bits = sum(map(len, points))
    z, hidden = proof["z"], commitment is not None
    if len(z) != bits + sum(map(len, slacks)):
        return "AnswerCount"
    if (proof["K"] is not None) != hidden or (proof["z_w"] is not None) != hidden:
        return "WeightKind"

    z_w, z_s = proof["z_w"] if hidden else (c, 0)
    powers = [pow(x, k, L) for k in range(1, len(z) + 1)]
    answers, said = iter(z), []
    for row in points:
        said.append(sum(a * next(answers) for a in row))
    selected = sum(power * answer for power, answer in zip(powers, said))
    product = sum(power * answer * (z_w - answer) for power, answer in zip(powers, z))
    point = {name: decode(proof[name]) for name in ("V", "W", "A1", "A2", "T1", "T0")}
    weighed = [[(c * power, decode(option[part])) for power, option in zip(powers, options)] for part in (0, 1)]
    entries = [(-answer, generator(k)) for k, answer in enumerate(z, 1)]
    equations = {
        "NotThisStatement": [(1, point["W"]), (c, point["V"]), (-proof["z_t"], BLINDING)] + entries,
        "Randomness": [(1, point["A1"]), (-proof["z_r"], BASE)] + weighed[0],
        "Encryption": [(1, point["A2"]), (-selected, BASE), (-proof["z_r"], decode(key))] + weighed[1],
    }
    if hidden:
        equations["Weight"] = [(1, decode(proof["K"])), (c, decode(commitment)), (-z_w, BASE), (-z_s, BLINDING)]
    for name, terms in equations.items():
        if not holds(terms):
            return name
    option, slack = 0, bits
    for (count, _, _, most), row in zip(rules, slacks):
        total = sum(said[option : option + count]) + sum(a * answer for a, answer in zip(row, z[slack:]))
        if (total - most * z_w) % L:
            return "Sum"
        option, slack = option + count, slack + len(row)
    choice = [(1, point["T0"]), (c, point["T1"]), (-product, BASE), (-proof["z_tau"], BLINDING)]
    return None if holds(choice) else "Choice"


def broken_disjunctive_rule(c, key, rules, ballot, proof):
    questions, commitment = ballot
    claims, hidden, count = targets(rules, questions), commitment is not None, branches(rules)
    if [len(proof[name]) for name in ("PQ", "e", "z")] != [count, count - len(claims), count]:
        return "AnswerCount"
    if (proof["unit"] is not None) != hidden or (proof["weight"] is not None) != hidden:
        return "WeightKind"
    if hidden and proof["unit"]["E1"] == bytes(32):
        return "UnitNotRandomised"

    unit, key = (IDENTITY, BASE), decode(key)
    if hidden:
        point, answer = {name: decode(element) for name, element in proof["unit"].items()}, proof["weight"]
        unit = point["E1"], point["E2"]
        z_rho, z_w, z_s = (-answer[name] for name in ("z_rho", "z_w", "z_s"))
        for name, terms in (
            ("NotThisStatement", [(1, point["K1"]), (c, unit[0]), (z_rho, BASE)]),
            ("Weight", [(1, point["K2"]), (c, unit[1]), (z_w, BASE), (z_rho, key)]),
            ("Weight", [(1, point["K"]), (c, decode(commitment)), (z_w, BASE), (z_s, BLINDING)]),
        ):
            if not holds(terms):
                return name
    nonces, sent, answers, broken = iter(proof["PQ"]), iter(proof["e"]), iter(proof["z"]), []
    for target, numbers, name in claims:
        challenges = [next(sent) for _ in numbers[1:]]
        challenges.append(c - sum(challenges))
        equations = [
            [(1, decode(nonce)), (e, part), (-e * n, of_unit), (-z, base)]
            for n, e, pair, z in zip(numbers, challenges, nonces, answers)
            for nonce, part, of_unit, base in zip(pair, target, unit, (BASE, key))
        ]
        if not all(map(holds, equations)):
            broken.append(name)
    if not broken:
        return None
    return "NotThisStatement" if len(broken) == len(claims) else broken[0]
