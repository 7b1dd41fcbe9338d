# Every target first asks scripts/setup.sh for the tools that it needs; what is missing is installed, and said.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# `demo` and `bench` run on the machine that builds them, so they may use all of its instructions: field arithmetic is
# markedly faster with BMI2 and ADX. Such a binary can crash on another processor, hence its own folder. `build` makes
# the portable one. `make demo NATIVE=` gives a portable demo.
NATIVE ?= -C target-cpu=native
native := RUSTFLAGS="$${RUSTFLAGS:-} $(NATIVE)" CARGO_TARGET_DIR="$${CARGO_TARGET_DIR:-target}/native"

.PHONY: locks help demo demo-market demo-crowdfunding build test check fmt clippy doc deny test-held-back test-witnesses test-tampering test-exhaustive bench bench-peers fuzz-smoke vectors pages check-pages wasm test-build test-rust test-pages fuzz-http demo-trade demo-payments demo-streaming demo-access demo-notary demo-remittance demo-energy demo-provenance check-epcis check-iso20022

help: ## List the targets
	@awk 'BEGIN { FS = ":.*## " } /^[a-z0-9-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

# A node serves the pages that it was built with: they come first.
demo: pages ## Build the release with its pages, and run the demonstration
	$(native) cargo run --release --locked -p tabella-cli -- demo

demo-market: ## Build the release and run the demonstration of the marketplace: a song, its holders, sales and royalties
	@scripts/setup.sh build
	$(native) cargo run --release --locked -p tabella-cli -- market demo

demo-crowdfunding: ## A campaign that reaches its goal and one that does not, with hidden pledges and a check by the public
	@scripts/setup.sh build
	$(native) cargo run --release --locked -p tabella-cli -- crowdfunding demo

# What a demonstration on the terminal does not show, it is built without: the pages.
demo-trade: ## A letter of credit, and an invoice that is sold once, with everybody who takes part and some who lie
	@scripts/setup.sh build
	$(native) cargo run --release --locked -p tabella-cli -- trade demo

demo-provenance: ## Register the published table of 53,940 diamonds, sell one, show that it weighs a carat or more, and report it stolen
	@scripts/setup.sh diamonds
	table=$$(scripts/diamonds.sh); $(native) cargo run --release --locked -p tabella-cli -- provenance demo --table "$$table"

demo-remittance: ## Build the release, and send money to Korea: one remittance arrives, one comes back
	@scripts/setup.sh build
	$(native) cargo run --release --locked -p tabella-cli -- remittance demo

demo-access: ## Build the release, and let a charging point for an hour: a lock that opens offline, and some who lie
	@scripts/setup.sh build
	$(native) cargo run --release --locked -p tabella-cli -- access demo

demo-payments: ## Build the release, and pay: requests, many at once, disclosures, viewing keys, a treasury of three custodians
	@scripts/setup.sh build
	$(native) cargo run --release --locked -p tabella-cli -- wallet demo

demo-energy: ## Build the release, and run a street that sells its sun: meters, auctions, totals; draws target/demo-energy.svg
	@scripts/setup.sh build
	rm -f target/demo-energy.svg
	$(native) cargo run --release --locked -p tabella-cli -- energy demo --chart target/demo-energy.svg

demo-streaming: ## Build the release, and pay for a film by the minute
	@scripts/setup.sh build
	$(native) cargo run --release --locked -p tabella-cli -- streaming demo

demo-notary: ## A picture from its stamp to its sale, with certificates, a time-stamp token and those who lie
	@scripts/setup.sh build
	$(native) cargo run --release --locked -p tabella-cli -- notary demo

build: pages ## Build a release binary for any processor of this architecture, with its pages: target/release/tabella
	cargo build --release --locked -p tabella-cli

# Pages that stand in apps/pages/dist are built into the node: they are not touched if nothing changed.
pages: wasm ## Build the pages and verifier.html: apps/pages/dist
	@scripts/setup.sh pages
	@$(MAKE) --no-print-directory apps/pages/.built

apps/pages/.built: $(shell find apps/pages apps/browser/dist -type f -not -path '*/node_modules/*' -not -path 'apps/pages/dist/*' -not -path 'apps/pages/tests/*' -not -name .built 2>/dev/null)
	TABELLA_PAGES_NEED_ENGINE=1 npm run --prefix apps/pages build
	touch $@

check-pages: ## Types, lints and unit tests of the pages
	@scripts/setup.sh pages
	npm run --prefix apps/pages check

wasm: ## Build the browser's engine: apps/browser/dist (at a low priority; takes some minutes the first time)
	@scripts/setup.sh build
	scripts/wasm.sh

test: pages test-rust test-pages ## Run all tests and documentation examples, those of the pages in a browser too

test-build: ## Build the tests of the Rust code
	@scripts/setup.sh test
	cargo nextest run --workspace --locked --no-run

test-rust: ## Run the tests and documentation examples of the Rust code
	@scripts/setup.sh test
	cargo nextest run --workspace --locked
	cargo test --workspace --locked --doc

# The node is the one that `cargo test` builds: nothing is built twice, and no older build is tested in its place. What a test
# needs is here by then, so that none may be left out: TABELLA_TESTS_MUST_RUN makes a failure of it.
tested := $(abspath $(or $(CARGO_TARGET_DIR),target))/debug/tabella
test-pages: export TABELLA = $(tested)
test-pages: export TABELLA_TESTS_MUST_RUN = 1
test-pages: pages check-pages ## Run the tests of the pages: in Chromium, and of their engine in Node.js
	@scripts/setup.sh browser
	cargo test --workspace --locked --no-run
	$(tested) setup dev
	node --test apps/browser/tests/*.test.mjs
	npm run --prefix apps/pages test
	npm run --prefix apps/pages payments
	npm run --prefix apps/pages election

check: locks fmt vectors deny clippy doc ## Formatting, lints, documentation, licences, sources, vectors; warnings are errors

# The crates that stand apart have lockfiles of their own, which a new dependency leaves behind.
locks:
	@for manifest in Cargo.toml apps/browser/Cargo.toml fuzz/Cargo.toml benches/peers/rust/Cargo.toml benches/peers/wasm/Cargo.toml; do \
	    cargo metadata --locked --format-version 1 --manifest-path "$$manifest" >/dev/null || exit 1; \
	done

fmt:
	@scripts/setup.sh check
	cargo fmt --all --check

clippy:
	cargo clippy --workspace --all-targets --locked -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --locked

deny:
	@scripts/setup.sh check
	cargo deny --locked check licenses bans sources

# With the whole workspace, as `make test` builds it: nothing is built twice.
test-witnesses: ## Every witness of both circuits altered, in every mode and way of spending
	@scripts/setup.sh test
	TABELLA_EXHAUSTIVE=1 cargo nextest run --workspace --locked -E 'package(tabella-circuits) and test(no_witness_of)'

# The tests of `arithmetic`, and those beside arkworks' prover, take every backend in turn; these are of what is built upon it:
# proofs, Poseidon, trees of notes, wallets that follow them, and whole records. With the whole workspace, as above.
held_back := (package(tabella-prover) and test(groth16) and not test(stock)) \
    or (package(tabella-prover) and (test(wallet::tests) or test(proved_payment_and_cast_verify))) \
    or (package(tabella-verifier) and (test(groth16) or test(signature))) \
    or (package(tabella-protocol) and (test(poseidon) or test(tree::) or test(jubjub))) \
    or (package(tabella-tests) and (binary(vectors) or binary(record_vector)))
test-held-back: ## What computes with vectors, without AVX-512 and without any vector instructions
	@scripts/setup.sh test
	for backend in avx2 portable; do \
	    TABELLA_ARITHMETIC=$$backend cargo nextest run --workspace --locked -E '$(held_back)'; \
	done

# Every byte of the file altered, whatever it means, is left to test-exhaustive.
test-tampering: ## Every field of every part of three election records altered in every way, by three forgers
	@scripts/setup.sh test
	TABELLA_EXHAUSTIVE=1 cargo nextest run --workspace --locked --profile exhaustive \
	    -E 'package(tabella-tests) and binary(record_tampering) and test(every_field_of)'

test-exhaustive: ## Also the tests that take hours: every witness altered, every field and byte of a record tampered with
	@scripts/setup.sh test
	TABELLA_EXHAUSTIVE=1 cargo nextest run --workspace --locked --profile exhaustive

bench: ## Run the benchmarks
	@scripts/setup.sh build
	$(native) cargo bench --locked -p tabella-benches

bench-peers: ## Compare with the peers, side by side (some minutes; builds them first, which takes longer)
	@scripts/setup.sh build
	@for needed in peers pages browser; do scripts/setup.sh $$needed || exit 1; done
	$(native) cargo build --release --locked -p tabella-cli
	RUSTFLAGS="$${RUSTFLAGS:-} $(NATIVE)" CARGO_TARGET_DIR=target/peers \
	    cargo build --release --locked --manifest-path benches/peers/rust/Cargo.toml
	scripts/wasm.sh peers
	benches/peers/compare.py
	benches/peers/figure.py --measure

# A record whose Groth16 proofs were not checked is not accepted: the second verifier ends with code 2 then.
vectors: ## Compute the test vectors and verify the committed records with the second implementation
	@scripts/setup.sh check
	@scripts/setup.sh pairings
	python3 scripts/vectors/poseidon.py --check
	python3 scripts/vectors/crowdfunding.py --check
	python3 scripts/vectors/trade.py --check
	python3 scripts/vectors/market.py --check
	python3 scripts/vectors/notary.py --check
	python3 scripts/vectors/access.py --check
	python3 scripts/vectors/streaming.py --check
	python3 scripts/vectors/energy.py --check
	python3 scripts/vectors/remittance.py --check
	python3 scripts/vectors/custody.py --check
	python3 scripts/vectors/provenance.py --check
	@python=$$(scripts/pairings.sh); \
	echo "scripts/second_verifier/vectors.py --check"; \
	"$$python" scripts/second_verifier/vectors.py --check; \
	for record in tests/vectors/*.tabella; do \
	    echo "scripts/second_verifier $$record"; \
	    "$$python" scripts/second_verifier "$$record"; \
	done; \
	echo "scripts/second_verifier/refusals.py tests/vectors/weighted.tabella"; \
	"$$python" scripts/second_verifier/refusals.py tests/vectors/weighted.tabella

check-epcis: ## Have the hashes of EPCIS events computed by a program that is not ours
	@scripts/setup.sh epcis
	scripts/epcis.sh

check-iso20022: ## Have the bank messages of remittances validated by schemas that are not ours
	@scripts/setup.sh iso20022
	scripts/iso20022.sh

# What is fuzzed is safe code, so coverage is wanted and no sanitizer; the flags of coverage need RUSTC_BOOTSTRAP, not nightly.
FUZZ_SECONDS ?= 10
fuzz-http: ## Fuzz nodes over HTTP by their OpenAPI description: on an empty ledger, and on one with a finished election
	@scripts/setup.sh fuzz-http
	cargo test --workspace --locked --no-run
	scripts/http_fuzz.sh "$${CARGO_TARGET_DIR:-target}/debug/tabella"

fuzz-smoke: ## Run each fuzz target for FUZZ_SECONDS (10), from the test vectors
	@scripts/setup.sh fuzz
	scripts/fuzz_seeds.py
	for target in $$(cargo fuzz list); do \
	    mkdir -p "fuzz/corpus/$$target"; \
	    RUSTC_BOOTSTRAP=1 cargo fuzz run --sanitizer none "$$target" -- -max_total_time=$(FUZZ_SECONDS) -max_len=65536; \
	done
