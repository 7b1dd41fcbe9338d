#!/usr/bin/env bash
# Installs what a make target needs and this machine lacks, and says so. Nothing is installed twice.
#
# usage: scripts/setup.sh build|test|check|fuzz
set -euo pipefail
cd "$(dirname "$0")/.."

# Pinned, so that everybody's tests and checks are the same. Any version that is already installed is used as it is.
nextest_version=0.9.143
deny_version=0.20.2
fuzz_version=0.13.1

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }

# A C compiler and linker: for the linker of every Rust program, and for the SQLite that is built from source.
install_compiler() {
    command -v cc >/dev/null && return
    command -v apt-get >/dev/null ||
        fail "there is no C compiler (cc). Install one (Fedora: dnf install gcc; macOS: xcode-select --install), then run make again."
    local sudo=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || fail "there is no C compiler (cc). As root: apt-get install build-essential"
        sudo=(sudo)
    fi
    say "there is no C compiler: installing the Debian package build-essential"
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends build-essential
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

# cargo_tool NAME VERSION: installs a cargo subcommand from crates.io.
cargo_tool() {
    "cargo-$1" --version >/dev/null 2>&1 && return
    [ -x "${CARGO_HOME:-$HOME/.cargo}/bin/cargo-$1" ] && return
    say "installing cargo-$1 $2 (this takes some minutes, once)"
    cargo install --locked "cargo-$1@$2" >&2
}

install_compiler
install_rust
case "${1:-}" in
    build) ;;
    test) cargo_tool nextest "$nextest_version" ;;
    check) cargo_tool deny "$deny_version" ;;
    fuzz)
        cargo_tool fuzz "$fuzz_version"
        if ! rustup run nightly rustc --version >/dev/null 2>&1; then
            say "installing a nightly toolchain, which fuzzing needs"
            rustup toolchain install nightly --profile minimal >&2
        fi
        ;;
    *) fail "usage: scripts/setup.sh build|test|check|fuzz" ;;
esac
