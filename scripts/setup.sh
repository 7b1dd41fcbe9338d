#!/usr/bin/env bash
# Installs what a make target needs and this machine lacks, and says so. Nothing is installed twice.
#
# usage: scripts/setup.sh build|test|check|fuzz|fuzz-http|iso20022|epcis|pairings|diamonds|peers|pages|browser|wasm
set -euo pipefail
cd "$(dirname "$0")/.."

# Pinned, so that everybody's tests and checks are the same. Any version that is already installed is used as it is.
nextest_version=0.9.143
deny_version=0.20.2
fuzz_version=0.13.2

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# debian_package COMMAND PACKAGE PURPOSE: installs a package if its command is missing.
debian_package() {
    command -v "$1" >/dev/null || install_package "$@"
}

# debian_file PATH PACKAGE PURPOSE: installs a package if its file is missing.
debian_file() {
    [ -e "$1" ] || install_package "$@"
}

install_package() {
    command -v apt-get >/dev/null || fail "$1 is missing, $3: install it (on Debian it is in $2), then run make again."
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "$1 is missing, $3. As root: apt-get install $2"
        sudo=(sudo)
    fi
    say "$1 is missing, $3: installing the Debian package $2"
    # Two targets may ask at once, and apt lets only one at a time.
    local folder=${XDG_CACHE_HOME:-$HOME/.cache}/tabella
    mkdir -p "$folder"
    (
        flock 9
        "${sudo[@]}" apt-get update -qq
        "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$2"
    ) 9>"$folder/setup.lock"
}

# The toolchain that rust-toolchain.toml names.
install_rust() {
    # A shell opened before rustup was installed does not have its folder in PATH.
    if ! command -v cargo >/dev/null && [ -f "${CARGO_HOME:-$HOME/.cargo}/env" ]; then
        fail "cargo is not in PATH. Run: . \"${CARGO_HOME:-$HOME/.cargo}/env\"   and then make again."
    fi
    if ! command -v cargo >/dev/null && ! command -v rustup >/dev/null; then
        fail "Rust is not installed. See https://rustup.rs (Debian 13, Ubuntu 24.04: apt-get install rustup), then run make again."
    fi
    if ! cargo --version >/dev/null 2>&1; then
        say "installing the Rust toolchain that rust-toolchain.toml names"
        rustup toolchain install >&2
    fi
}

# cargo_tool NAME VERSION: installs a cargo subcommand from the Rust package registry.
cargo_tool() {
    "cargo-$1" --version >/dev/null 2>&1 && return
    [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo-$1" ] && return
    say "installing cargo-$1 $2 (this takes some minutes, once)"
    # They wait for other programs, mostly: optimising them would take longer than it saves.
    CARGO_PROFILE_DEV_DEBUG=none cargo install --locked --debug "cargo-$1@$2" >&2
}

# node_packages FOLDER: installs what the folder's package-lock.json names, and runs no scripts of it.
node_packages() {
    [ "$1/node_modules/.package-lock.json" -nt "$1/package-lock.json" ] && return
    say "installing the packages that $1/package-lock.json names"
    npm ci --prefix "$1" --ignore-scripts --no-audit --no-fund >&2
}

# build-essential brings the C library's headers too, which the SQLite that is built from source needs.
debian_package cc build-essential "the compiler and linker for C"
install_rust
case "${1:-}" in
    build) ;;
    test)
        cargo_tool nextest "$nextest_version"
        debian_package openssl openssl "to check time-stamp tokens with"
        ;;
    check)
        debian_package python3 python3 "for the second implementation of the hashes"
        cargo_tool deny "$deny_version"
        ;;
    fuzz)
        debian_package python3 python3 "to write the seeds of the fuzz targets"
        cargo_tool fuzz "$fuzz_version"
        ;;
    peers)
        debian_package python3 python3 "to run the comparison"
        debian_package belenios-tool belenios-tool "a peer: elections that are verified"
        debian_package node nodejs "for Semaphore, a peer"
        debian_package npm npm "for Semaphore, a peer"
        node_packages benches/peers/semaphore
        ;;
    pages)
        debian_package node nodejs "to build the pages"
        debian_package npm npm "to build the pages"
        node_packages apps/pages
        ;;
    browser)
        debian_package chromium chromium "to test the pages"
        ;;
    fuzz-http|iso20022|epcis|pairings)
        debian_package python3 python3 "to run schemathesis, to read schemas of bank messages, to hash EPCIS events, and to verify proofs"
        python3 -c 'import ensurepip' 2>/dev/null || install_package ensurepip python3-venv "to install tools in a folder of their own"
        ;;
    diamonds)
        debian_package python3 python3 "to fetch the table of diamonds from a Python package"
        python3 -m pip --version >/dev/null 2>&1 || install_package pip python3-pip "to fetch the table of diamonds from a Python package"
        ;;
    wasm)
        # Where rustup cannot give the target wasm32-unknown-unknown: Debian's compiler, with the source of its standard library.
        debian_package node nodejs "to test what runs in a browser"
        debian_package npm npm "for the tools of WebAssembly"
        debian_file /usr/bin/rustc rustc-web "the compiler for browsers"
        debian_file /usr/bin/cargo cargo-web "the compiler for browsers"
        debian_file /usr/lib/rustlib/src/rust/library rust-web-src "the standard library's source, which is built for browsers"
        debian_package wasm-ld lld "to link for browsers"
        ;;
    *) fail "usage: scripts/setup.sh build|test|check|fuzz|fuzz-http|iso20022|epcis|pairings|diamonds|peers|pages|browser|wasm" ;;
esac
