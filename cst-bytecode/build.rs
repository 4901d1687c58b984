//! Compiles the C shim against the private headers of the very tree-sitter that Cargo resolved.
//!
//! tree-sitter's build script prints where its public headers lie (`links = "tree-sitter"`); the
//! private ones lie beside them. So the shim and the library always agree about struct layout: a
//! renamed field or a changed prototype is a compile error here, not a memory error later.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// Minor releases of tree-sitter that the differential tests have passed with.
const SUPPORTED: [(u32, u32); 1] = [(0, 27)];

const SOURCES: [&str; 10] = [
    "arena.c",
    "build.c",
    "compare.c",
    "language.c",
    "memory.c",
    "names.c",
    "shape.c",
    "states.c",
    "walk.c",
    "weigh.c",
];
const HEADERS: [&str; 6] = ["arena.h", "cst_shim.h", "derive.h", "flags.h", "predict.h", "shape.h"];

fn main() {
    if let Err(message) = build() {
        println!("cargo::error={message}");
        process::exit(1);
    }
}

fn build() -> Result<(), String> {
    let include = env::var_os("DEP_TREE_SITTER_INCLUDE").map(PathBuf::from).ok_or(
        "tree-sitter did not say where its headers are; use the tree-sitter crate as published, not a system library",
    )?;
    let root = include.parent().ok_or("tree-sitter's header folder has no parent")?;
    let private = root.join("src");
    if !private.join("subtree.h").is_file() {
        return Err(format!("tree-sitter's private headers are not in {}", private.display()));
    }

    let (major, minor, patch) = version(root)?;
    if !SUPPORTED.contains(&(major, minor)) {
        return Err(format!(
            "tree-sitter {major}.{minor}.{patch} is not known to this release of cst-bytecode (known: {SUPPORTED:?}); \
             pin one that is with `cargo update -p tree-sitter --precise`, or use a newer cst-bytecode"
        ));
    }
    // Part of every header: trees of another release are not trusted to mean the same.
    println!("cargo::rustc-env=CST_TREE_SITTER_RELEASE={}", major << 20 | minor << 10 | patch);

    let shim = Path::new("csrc");
    for name in SOURCES.iter().chain(&HEADERS) {
        println!("cargo::rerun-if-changed=csrc/{name}");
    }
    println!("cargo::rerun-if-env-changed=CST_DENY_WARNINGS");
    let mut build = cc::Build::new();
    build
        .std("c11")
        .include(shim)
        .include(&private)
        .include(&include)
        .files(SOURCES.iter().map(|name| shim.join(name)))
        .warnings(true)
        .extra_warnings(true)
        // tree-sitter's own headers compare and leave parameters unused freely.
        .flag_if_supported("-Wno-unused-parameter")
        .flag_if_supported("-Wno-sign-compare")
        .force_frame_pointer(false)
        // In every profile: a debug build handles trees by the million too.
        .opt_level(3)
        .flag_if_supported("-fvisibility=hidden")
        .warnings_into_errors(env::var_os("CST_DENY_WARNINGS").is_some());
    // Where the feature is on: the header of the mimalloc that Cargo resolved.
    if let Some(mimalloc) = env::var_os("DEP_MIMALLOC_INCLUDE_DIR") {
        build.include(mimalloc).define("CST_MIMALLOC", None);
    }
    if env::var_os("CARGO_CFG_FUZZING").is_some() {
        // The fuzzer sees which ways the shim takes: clang's flag, and what there is of it with gcc. On
        // the shim alone, since a fuzzer that sees those of the grammars follows them instead.
        build
            .flag_if_supported("-fsanitize=fuzzer-no-link")
            .flag_if_supported("-fsanitize-coverage=trace-cmp");
    }
    build.compile("cst-shim");
    Ok(())
}

/// The release of tree-sitter, from its manifest.
fn version(root: &Path) -> Result<(u32, u32, u32), String> {
    let manifest = root.join("Cargo.toml");
    let text =
        fs::read_to_string(&manifest).map_err(|e| format!("cannot read {}: {e}", manifest.display()))?;
    let version = text
        .lines()
        .skip_while(|line| line.trim() != "[package]")
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .ok_or_else(|| format!("no version in {}", manifest.display()))?;
    let release = version.split(['-', '+']).next().unwrap_or(version);
    let mut numbers = release.split('.').map(str::parse);
    match (numbers.next(), numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch))) => Ok((major, minor, patch)),
        _ => Err(format!("cannot read the version {version:?} in {}", manifest.display())),
    }
}
