//! Compiles the C shim against the private headers of the very tree-sitter that Cargo resolved.
//!
//! tree-sitter's build script prints where its public headers lie (`links = "tree-sitter"`); the
//! private ones lie beside them. So the shim and the library always agree about struct layout: a
//! renamed field or a changed prototype is a compile error here, not a memory error later.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

/// Major, minor and patch.
type Release = (u32, u32, u32);

/// How releases of tree-sitter define a subtree: the first release that does so, and a hash of `DEFINITION`.
/// `cargo xtask compat` runs the differential tests with each of these, and with the latest of each minor
/// release.
///
/// Names and sizes do not tell all: 0.27.1 gave a meaning to a bit of a leaf, and 0.26.13 changed a sum, neither
/// of which would break a build. So a release is taken for the one before where its definition is the same, and
/// refused where it is not.
const SUPPORTED: [(Release, u64); 5] = [
    ((0, 25, 10), 0x6191_5722_6b19_941f),
    ((0, 26, 6), 0x5c99_7b95_0bd3_1770),
    ((0, 26, 13), 0x2d3b_76bb_9747_c193),
    ((0, 27, 0), 0x7598_f5c9_c03e_202b),
    ((0, 27, 1), 0x8370_69d7_6d6f_d6e5),
];

/// The files that say what a subtree is, and what its fields follow from.
const DEFINITION: [&str; 2] = ["subtree.h", "subtree.c"];

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
const HEADERS: [&str; 13] = [
    "arena.h",
    "arrive.h",
    "check.h",
    "cst_shim.h",
    "derive.h",
    "flags.h",
    "predict.h",
    "rare.h",
    "record.h",
    "reduce.h",
    "release.h",
    "shape.h",
    "stale.h",
];

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

    let release = version(root)?;
    let definition = definition(&private, release)?;
    // Part of every header: trees of another release are not trusted to mean the same.
    println!("cargo::rustc-env=CST_TREE_SITTER_RELEASE={}", number(release));
    println!("cargo::rustc-check-cfg=cfg(tree_sitter_frees_in_rust)");
    if release < (0, 27, 0) {
        println!("cargo::rustc-cfg=tree_sitter_frees_in_rust");
    }

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
        .define("CST_SUBTREES_OF", &*number(definition).to_string())
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

/// A release as one number.
fn number((major, minor, patch): Release) -> u32 {
    major << 20 | minor << 10 | patch
}

/// The supported release whose definition of a subtree this one has.
fn definition(private: &Path, (major, minor, patch): Release) -> Result<Release, String> {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for name in DEFINITION {
        let path = private.join(name);
        let bytes = fs::read(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
        // FNV-1a: finds what has changed, and need not withstand anyone.
        hash = bytes.iter().fold(hash, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    }
    let known = SUPPORTED.map(|((major, minor, patch), _)| format!("{major}.{minor}.{patch}"));
    let what_to_do = format!(
        "pin one that is with `cargo update -p tree-sitter --precise {}`, or use a newer cst-bytecode",
        known[known.len() - 1]
    );
    if !SUPPORTED.iter().any(|((a, b, _), _)| (*a, *b) == (major, minor)) {
        return Err(format!(
            "tree-sitter {major}.{minor}.{patch} is not known to this release of cst-bytecode (known: {}); {what_to_do}",
            known.join(", ")
        ));
    }
    SUPPORTED.iter().find(|(_, known)| *known == hash).map(|(release, _)| *release).ok_or_else(|| {
        format!(
            "tree-sitter {major}.{minor}.{patch} defines subtrees ({hash:#018x}) as no release does that is known to \
             this release of cst-bytecode (known: {}); {what_to_do}",
            known.join(", ")
        )
    })
}

/// The release of tree-sitter, from its manifest.
fn version(root: &Path) -> Result<Release, String> {
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
