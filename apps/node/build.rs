//! Embeds the pages that stand built in `apps/pages/dist`. Without them the node serves its interface, and a page that says
//! how to build them.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() {
    let here = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let pages = here.join("../pages");
    let dist = pages.join("dist");
    // A folder that does not exist would make cargo run this each time; the one above it tells when it appears.
    for watched in [&dist, &pages, &here.join("..")] {
        if watched.exists() {
            println!("cargo::rerun-if-changed={}", watched.display());
            break;
        }
    }
    let mut files = Vec::new();
    if dist.is_dir() {
        collect(&dist, &dist, &mut files);
    }
    files.sort();
    let mut code = String::from("pub(super) const FILES: &[(&str, &[u8])] = &[\n");
    for (name, path) in files {
        writeln!(code, "    ({name:?}, include_bytes!({path:?})),").expect("writing to memory");
    }
    code.push_str("];\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it")).join("pages.rs");
    fs::write(out, code).expect("the folder of build scripts is writable");
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("a folder that was just listed") {
        let path = entry.expect("a folder that was just listed").path();
        if path.is_dir() {
            collect(root, &path, files);
        } else {
            let name = path.strip_prefix(root).expect("it lies below").to_string_lossy().replace('\\', "/");
            let path = path.canonicalize().expect("it exists").to_string_lossy().into_owned();
            files.push((name, path));
        }
    }
}
