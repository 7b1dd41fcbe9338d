#!/usr/bin/env bash
# Builds the browser's engine into apps/browser/dist: see apps/browser/engine.d.ts. And a peer of its prover: see benches/peers/wasm.
#
# usage: scripts/wasm.sh [verify|full|threads|peers]…   (the first three if none is named)
set -euo pipefail
cd "$(dirname "$0")/.."

# Must be the version of the library in apps/browser/Cargo.lock; benches/peers/wasm/Cargo.lock has the same.
bindgen_version=$(awk '/^name = "wasm-bindgen"$/ { getline; gsub(/[^0-9.]/, ""); print }' apps/browser/Cargo.lock)
binaryen_version=132.0.0
target=${CARGO_TARGET_DIR:-$PWD/target}/wasm
# Of every checkout: they are pinned, and building them takes longer than building the engine.
tools=${XDG_CACHE_HOME:-$HOME/.cache}/tabella/wasm-tools
triple=wasm32-unknown-unknown

say() { printf 'wasm: %s\n' "$*" >&2; }

# The generator of the JavaScript beside the WebAssembly, at exactly the library's version.
if ! "$tools/bin/wasm-bindgen" --version 2>/dev/null | grep -qF " $bindgen_version"; then
    say "installing wasm-bindgen-cli $bindgen_version (this takes some minutes, once)"
    # Registries may lack a version that its lock file names; any that fits will do for a tool.
    cargo install --locked --quiet --root "$tools" "wasm-bindgen-cli@$bindgen_version" 2>/dev/null \
        || cargo install --quiet --root "$tools" "wasm-bindgen-cli@$bindgen_version"
fi
if [ ! -x "$tools/node_modules/.bin/wasm-opt" ]; then
    say "installing binaryen $binaryen_version"
    npm install --prefix "$tools" --ignore-scripts --no-audit --no-fund --silent "binaryen@$binaryen_version"
fi

# Whether Debian's compiler for browsers is here or can be had. Other distributions have no such package.
debian_compiler() {
    [ -d /usr/lib/rustlib/src/rust/library ] || grep -qx 'ID=debian' /etc/os-release
}

# What a module is made of and where it goes.
describe() {
    crate=apps/browser name=tabella_browser out=apps/browser/dist/$1 types=apps/browser/engine.d.ts threaded=
    case "$1" in
        threads) threaded=1 ;;
        peers) crate=benches/peers/wasm name=tabella_peers_wasm out=benches/peers/wasm/dist types='' threaded=1 ;;
    esac
}

# build KIND FLAGS… with rustup's target if it is there (threads need a standard library of their own, so never then),
# else with Debian's compiler and the source of its standard library.
common_flags="-C target-feature=+simd128"
thread_flags="-C target-feature=+simd128,+atomics,+bulk-memory -C link-arg=--shared-memory -C link-arg=--max-memory=2147483648 -C link-arg=--import-memory -C link-arg=--export=__wasm_init_tls -C link-arg=--export=__tls_size -C link-arg=--export=__tls_align -C link-arg=--export=__tls_base"
build() {
    local kind=$1; shift
    local flags=$common_flags sysroot
    [ -n "$threaded" ] && flags=$thread_flags
    sysroot=$(rustc --print sysroot)
    if [ ! -d "$sysroot/lib/rustlib/$triple" ] && ! debian_compiler; then
        say "no package rustc-web here: fetching rustup's target $triple"
        rustup target add "$triple" >&2
    fi
    if [ -z "$threaded" ] && [ -d "$sysroot/lib/rustlib/$triple" ]; then
        RUSTFLAGS="$flags" CARGO_TARGET_DIR="$target/$kind" nice -n 10 \
            cargo build --release --locked --target "$triple" --manifest-path "$crate/Cargo.toml" "$@"
    else
        scripts/setup.sh wasm
        # The two modules without threads share what they have in common, and so do those with threads.
        local folder=plain
        [ -n "$threaded" ] && folder=threads
        (cd "$crate" && RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1 RUSTFLAGS="$flags" CARGO_TARGET_DIR="$target/$folder" \
            CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld nice -n 10 \
            /usr/bin/cargo build --release --locked -Zbuild-std=std,panic_abort --target "$triple" "$@")
        cp "$target/$folder/$triple/release/$name.wasm" "$target/$kind.wasm"
        return
    fi
    cp "$target/$kind/$triple/release/$name.wasm" "$target/$kind.wasm"
}

# A digest of what the modules are built of: every file of the crates, this script, the compilers. The modules of a crate take each
# other's place in the target folder, so that asking cargo again would link each anew, for minutes.
inputs() {
    {
        find arithmetic circuits prover protocol verifier ledger apps benches/peers/wasm Cargo.toml rust-toolchain.toml scripts/wasm.sh \
            \( -name node_modules -o -name dist -o -name target -o -path apps/pages \) -prune -o -type f -print0 \
            | sort -z | xargs -0 sha256sum
        rustc --version
        /usr/bin/rustc --version 2>/dev/null || true
        printf '%s\n' "${RUSTFLAGS:-}"
    } | sha256sum
}

# finish KIND: JavaScript beside it, and fewer bytes.
finish() {
    local kind=$1 made="$target/$1.made"
    if [ -f "$out/$name.js" ] && sha256sum --check --status "$made" 2>/dev/null; then
        say "$kind: is up to date"
        return
    fi
    rm -rf "$out" "$made"
    mkdir -p "$out"
    "$tools/bin/wasm-bindgen" --target web --no-typescript --out-dir "$out" --out-name "$name" "$target/$kind.wasm"
    # The pool's workers import the module by a folder's name, which only bundlers resolve. (Its form for no bundler starts workers
    # from blobs, which the pages' policy forbids.)
    [ -n "$threaded" ] && sed -i "s#import('../../..')#import('../../../$name.js')#" "$out"/snippets/wasm-bindgen-rayon-*/src/workerHelpers.js
    local features=(--enable-simd --enable-bulk-memory --enable-mutable-globals --enable-sign-ext --enable-nontrapping-float-to-int --enable-multivalue --enable-reference-types)
    [ -n "$threaded" ] && features+=(--enable-threads)
    nice -n 10 "$tools/node_modules/.bin/wasm-opt" -O2 "${features[@]}" -o "$target/$kind.opt.wasm" "$out/${name}_bg.wasm"
    mv "$target/$kind.opt.wasm" "$out/${name}_bg.wasm"
    [ -z "$types" ] || cp "$types" "$out/$name.d.ts"
    say "$kind: $(stat -c %s "$out/${name}_bg.wasm") bytes, $(gzip -9c "$out/${name}_bg.wasm" | wc -c) gzipped"
    sha256sum "$target/$kind.wasm" ${types:+"$types"} scripts/wasm.sh >"$made"
}

# One after the other: the two without threads share what they are built of.
make_modules() {
    local kind
    for kind in "$@"; do
        describe "$kind"
        # Threads need a standard library that is built from source.
        if [ -n "$threaded" ] && ! debian_compiler; then
            say "$kind: no package rustc-web here, and no threads without it"
            rm -rf "$out"
            continue
        fi
        local wanted
        wanted=$(inputs)
        if [ -f "$target/$kind.wasm" ] && [ "$(cat "$target/$kind.inputs" 2>/dev/null)" = "$wanted" ]; then
            finish "$kind"
            continue
        fi
        rm -f "$target/$kind.inputs"
        case "$kind" in
            verify) build verify --no-default-features ;;
            full | peers) build "$kind" ;;
            threads) build threads --features threads ;;
            *) say "no such module: $kind"; exit 2 ;;
        esac
        printf '%s\n' "$wanted" >"$target/$kind.inputs"
        finish "$kind"
    done
}

if [ $# -gt 0 ]; then
    make_modules "$@"
    exit
fi
# Each is linked on one core, for minutes: the one with threads is built beside the others.
make_modules verify full &
plain=$!
make_modules threads &
threads=$!
failed=0
wait "$plain" || failed=1
wait "$threads" || failed=1
exit "$failed"
