#!/usr/bin/env bash
# Builds the browser's engine into apps/browser/dist: see apps/browser/engine.d.ts.
#
# usage: scripts/wasm.sh [verify|full|threads]…   (all three if none is named)
set -euo pipefail
cd "$(dirname "$0")/.."

# Must be the version of the library in apps/browser/Cargo.lock.
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

# build PROFILE_FLAGS… with rustup's target if it is there (threads need a standard library of their own, so never then),
# else with Debian's compiler and the source of its standard library.
common_flags="-C target-feature=+simd128"
thread_flags="-C target-feature=+simd128,+atomics,+bulk-memory -C link-arg=--shared-memory -C link-arg=--max-memory=2147483648 -C link-arg=--import-memory -C link-arg=--export=__wasm_init_tls -C link-arg=--export=__tls_size -C link-arg=--export=__tls_align -C link-arg=--export=__tls_base"
build() {
    local kind=$1; shift
    local flags=$common_flags sysroot
    [ "$kind" = threads ] && flags=$thread_flags
    sysroot=$(rustc --print sysroot)
    if [ ! -d "$sysroot/lib/rustlib/$triple" ] && ! debian_compiler; then
        say "no package rustc-web here: fetching rustup's target $triple"
        rustup target add "$triple" >&2
    fi
    if [ "$kind" != threads ] && [ -d "$sysroot/lib/rustlib/$triple" ]; then
        RUSTFLAGS="$flags" CARGO_TARGET_DIR="$target/$kind" nice -n 10 \
            cargo build --release --locked --target "$triple" --manifest-path apps/browser/Cargo.toml "$@"
    else
        scripts/setup.sh wasm
        # The two modules without threads share what they have in common.
        local folder=plain
        [ "$kind" = threads ] && folder=threads
        (cd apps/browser && RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc RUSTC_BOOTSTRAP=1 RUSTFLAGS="$flags" CARGO_TARGET_DIR="$target/$folder" \
            CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=wasm-ld nice -n 10 \
            /usr/bin/cargo build --release --locked -Zbuild-std=std,panic_abort --target "$triple" "$@")
        cp "$target/$folder/$triple/release/tabella_browser.wasm" "$target/$kind.wasm"
        return
    fi
    cp "$target/$kind/$triple/release/tabella_browser.wasm" "$target/$kind.wasm"
}

# finish KIND: JavaScript beside it, and fewer bytes.
finish() {
    local kind=$1 out=apps/browser/dist/$1 made="$target/$1.made"
    if [ -f "$out/tabella_browser.js" ] && sha256sum --check --status "$made" 2>/dev/null; then
        say "$kind: is up to date"
        return
    fi
    rm -rf "$out" "$made"
    mkdir -p "$out"
    "$tools/bin/wasm-bindgen" --target web --no-typescript --out-dir "$out" --out-name tabella_browser "$target/$kind.wasm"
    # The pool's workers import the module by a folder's name, which only bundlers resolve. (Its form for no bundler starts workers
    # from blobs, which the pages' policy forbids.)
    [ "$kind" = threads ] && sed -i "s#import('../../..')#import('../../../tabella_browser.js')#" "$out"/snippets/wasm-bindgen-rayon-*/src/workerHelpers.js
    local features=(--enable-simd --enable-bulk-memory --enable-mutable-globals --enable-sign-ext --enable-nontrapping-float-to-int --enable-multivalue --enable-reference-types)
    [ "$kind" = threads ] && features+=(--enable-threads)
    nice -n 10 "$tools/node_modules/.bin/wasm-opt" -O2 "${features[@]}" -o "$target/$kind.opt.wasm" "$out/tabella_browser_bg.wasm"
    mv "$target/$kind.opt.wasm" "$out/tabella_browser_bg.wasm"
    cp apps/browser/engine.d.ts "$out/tabella_browser.d.ts"
    say "$kind: $(stat -c %s "$out/tabella_browser_bg.wasm") bytes, $(gzip -9c "$out/tabella_browser_bg.wasm" | wc -c) gzipped"
    sha256sum "$target/$kind.wasm" apps/browser/engine.d.ts scripts/wasm.sh >"$made"
}

[ $# -gt 0 ] || set -- verify full threads
for kind in "$@"; do
    case "$kind" in
        verify) build verify --no-default-features ;;
        full) build full ;;
        threads)
            # Their standard library is built from source.
            if ! debian_compiler; then
                say "threads: no package rustc-web here: the pages prove on one thread"
                rm -rf apps/browser/dist/threads
                continue
            fi
            build threads --features threads
            ;;
        *) say "no such module: $kind"; exit 2 ;;
    esac
    finish "$kind"
done
