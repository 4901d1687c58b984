//! What generated files are made of, by language: a few phrases, something wide, something deep.

/// The phrases of one language. `{N}` stands for a name, `{I}` for a number.
pub(crate) struct Phrases {
    /// As `cst_cache::Grammars` names it.
    pub(crate) language: &'static str,
    pub(crate) extension: &'static str,
    /// Before and after all phrases.
    pub(crate) frame: [&'static str; 2],
    /// Before and after what makes a text like no other.
    pub(crate) mark: [&'static str; 2],
    pub(crate) phrases: &'static [&'static str],
    /// One node with any number of children: what comes before, each child, what comes after.
    pub(crate) wide: [&'static str; 3],
    /// Any number of levels: before all, into a level, the innermost, out of a level, after all.
    pub(crate) deep: [&'static str; 5],
}

/// All languages.
pub(crate) const LANGUAGES: &[Phrases] = &[
    Phrases {
        language: "rust",
        extension: "rs",
        frame: ["//! Text.\nuse std::fmt;\n\n", ""],
        mark: ["// ", "\n"],
        phrases: &[
            "pub fn {N}(text: &str, other: u32) -> usize {\n    let value = text.len() * {I};\n    if value > {I} { value } else { other as usize }\n}\n",
            "/// Number {I}.\n#[derive(Debug)]\nstruct {N}<'a, T> { field: &'a T, bytes: [u8; {I}] }\n",
            "impl<T: Clone> fmt::Display for {N}<T> {\n    fn fmt(&self, f: &mut F) -> R { match self.0 { 0..={I} => Ok(()), _ => write!(f, \"{{}}\", {I}) } }\n}\n",
            "const {N}: &str = r#\"raw \"{I}\" text\"#; // {N}\n",
        ],
        wide: ["const WIDE: &[u32] = &[", "{I}, ", "];\n"],
        deep: ["fn deep() { let x = ", "(", "1", ")", "; }\n"],
    },
    Phrases {
        language: "python",
        extension: "py",
        frame: ["import os\n\n", ""],
        mark: ["# ", "\n"],
        phrases: &[
            "def {N}(argument, *rest, other={I}):\n    if argument > {I}:\n        return [argument, other]\n    return {I}\n",
            "class {N}(object):\n    \"\"\"Text {I}.\"\"\"\n\n    def f(self):\n        for x in (y for y in self if y):\n            yield f\"{x!r:>{{I}}}\"\n",
            "with open('{N}') as file: print(file.read()[{I}:], sep='')\n",
        ],
        wide: ["wide = [", "{I}, ", "]\n"],
        deep: ["deep = ", "[", "1", "]", "\n"],
    },
    Phrases {
        language: "javascript",
        extension: "js",
        frame: ["'use strict';\n", ""],
        mark: ["// ", "\n"],
        phrases: &[
            "const {N} = async (a, ...b) => `x${a + b[{I}]}y`;\n",
            "export class {N} extends B { #p = /re+{I}/g; get x() { return this.#p ?? {I}; } }\n",
            "function {N}({ a, b = {I} }) {\n  for (const x of a) { if (x) continue; else return -{I} }\n}\n",
        ],
        wide: ["const wide = [", "{I}, ", "];\n"],
        deep: ["const deep = ", "[", "1", "]", ";\n"],
    },
    Phrases {
        language: "typescript",
        extension: "ts",
        frame: ["import { a } from './a';\n", ""],
        mark: ["// ", "\n"],
        phrases: &[
            "interface {N}<T> { readonly x?: T[]; f(n: {I} | 'a'): void }\n",
            "function {N}<T extends P<number>>(p: T): asserts p is T { let x = <any>p; }\n",
            "enum {N} { A = {I}, B = A << 2 }\ntype {N}T = { [K in keyof {N}]?: K };\n",
        ],
        wide: ["const wide: number[] = [", "{I}, ", "];\n"],
        deep: ["type Deep = ", "Array<[", "1", "]>", ";\n"],
    },
    Phrases {
        language: "tsx",
        extension: "tsx",
        frame: ["", ""],
        mark: ["// ", "\n"],
        phrases: &[
            "const {N} = (p: { n: number }) => <div className=\"a{I}\">{p.n}<br/>text {I}</div>;\n",
            "export default function {N}() { return <><A.B x={{I}} {...y}/> text</>; }\n",
        ],
        wide: ["const wide = <p>", "<b>{I}</b>", "</p>;\n"],
        deep: ["const deep = ", "<a>", "text", "</a>", ";\n"],
    },
    Phrases {
        language: "go",
        extension: "go",
        frame: ["package main\n\nimport \"fmt\"\n\n", ""],
        mark: ["// ", "\n"],
        phrases: &[
            "func {N}(a []int) (int, error) {\n\tfor i, v := range a {\n\t\tfmt.Println(i, v, {I})\n\t}\n\treturn {I}, nil\n}\n",
            "type {N} struct {\n\tx, y int `json:\"x{I}\"`\n\tm map[string]chan<- int\n}\n",
        ],
        wide: ["var wide = []int{", "{I}, ", "}\n"],
        deep: ["var deep = ", "(", "1", ")", "\n"],
    },
    Phrases {
        language: "c",
        extension: "c",
        frame: ["#include <stdio.h>\n", ""],
        mark: ["/* ", " */\n"],
        phrases: &[
            "static int {N}(const char *s, ...) {\n  return s ? s[{I}] : {I}u;\n}\n",
            "#define {N}(x) ((x) + {I})\n#ifdef {N}\nstruct {N}_s { int x : 3; union { float f; } u; };\n#endif\n",
            "typedef void (*{N})(int, char *[{I}]); /* {I} */\n",
        ],
        wide: ["int wide[] = {", "{I}, ", "};\n"],
        deep: ["int deep = ", "(", "1", ")", ";\n"],
    },
    Phrases {
        language: "cpp",
        extension: "cpp",
        frame: ["#include <vector>\n", ""],
        mark: ["// ", "\n"],
        phrases: &[
            "template <typename T> struct {N} : public B<T> {\n  auto f() const noexcept -> int { return R\"x(raw {I})x\"[0]; }\n};\n",
            "namespace {N} { constexpr int x = [](auto a) { return a + {I}; }(1); }\n",
        ],
        wide: ["int wide[] = {", "{I}, ", "};\n"],
        deep: ["int deep = ", "(", "1", ")", ";\n"],
    },
    Phrases {
        language: "java",
        extension: "java",
        frame: ["package a.b;\n\n", ""],
        mark: ["// ", "\n"],
        phrases: &[
            "@A({I})\npublic record {N}(int x) implements I {\n  int y() { return switch (x) { case {I} -> 2; default -> 3; }; }\n}\n",
            "class {N}<T extends B> { String s = \"text {I}\"; int[] f(T... t) throws E { return new int[{I}]; } }\n",
        ],
        wide: ["class Wide { int[] x = {", "{I}, ", "}; }\n"],
        deep: ["class Deep { int x = ", "(", "1", ")", "; }\n"],
    },
    Phrases {
        language: "json",
        extension: "json",
        frame: ["[\n", "null]\n"],
        mark: ["\"", "\",\n"],
        phrases: &["{\"{N}\": [{I}, {I}.5e3, \"text {I}\", null, true]},\n", "\"{N} \\u00e9 {I}\",\n"],
        wide: ["[", "{I}, ", "0],\n"],
        deep: ["", "[", "1", "]", ",\n"],
    },
    Phrases {
        language: "bash",
        extension: "sh",
        frame: ["#!/bin/bash\n", ""],
        mark: ["# ", "\n"],
        phrases: &[
            "{N}() {\n  for i in \"$@\"; do echo \"${i%.*}\" | grep -v x{I}; done\n}\n",
            "cat <<EOF\nhere $(date +{I})\nEOF\n",
            "if [[ -f {N} && $x -gt {I} ]]; then case $y in a|b) : ;; esac fi\n",
        ],
        wide: ["wide=(", "{I} ", ")\n"],
        deep: ["", "{ ", "true;", " };", "\n"],
    },
    Phrases {
        language: "html",
        extension: "html",
        frame: ["<!DOCTYPE html>\n<html><body>\n", "</body></html>\n"],
        mark: ["<!-- ", " -->\n"],
        phrases: &[
            "<p class=a{I}>text<p>more<script>let {N} = 1 < {I};</script>\n",
            "<ul id=\"{N}\"><li>a<li>b &amp; {I}<br></ul><!-- {I} -->\n",
        ],
        wide: ["<p>", "<b>{I}</b>", "</p>\n"],
        deep: ["", "<div>", "text", "</div>", "\n"],
    },
    Phrases {
        language: "css",
        extension: "css",
        frame: ["", ""],
        mark: ["/* ", " */\n"],
        phrases: &[
            "@media (min-width: {I}px) { a > b:hover, #{N}::after { color: rgba(1, 2, {I}, .5) !important; } }\n",
            ".{N} { margin: calc({I}% - 2em) auto; }\n",
        ],
        wide: ["a { src: ", "u{I}, ", "v; }\n"],
        deep: ["", "a { ", "b: c;", " }", "\n"],
    },
    Phrases {
        language: "ruby",
        extension: "rb",
        frame: ["module M\n", "end\n"],
        mark: ["# ", "\n"],
        phrases: &[
            "def {N}(a, *b, c: {I}, &d)\n  puts <<~TEXT if a =~ /x#{b}/\n    here #{c} {I}\n  TEXT\nend\n",
            "class {N} < B\n  attr_reader :x, %w(a b{I})\n  X = { a: {I}, 'b' => :c }\nend\n",
        ],
        wide: ["wide = [", "{I}, ", "0]\n"],
        deep: ["deep = ", "[", "1", "]", "\n"],
    },
];
