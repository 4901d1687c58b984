//! Small sources in every bundled language, half of them with syntax errors.

/// Language, file name, text.
pub type Sample = (&'static str, &'static str, &'static str);

/// One sound and one broken source per language.
pub const SAMPLES: [Sample; 28] = [
    ("rust", "sound.rs", RUST),
    ("rust", "broken.rs", "fn f( { let x = ; } struct }\nimpl X { fn g(&self) -> { 1 + } \n"),
    ("python", "sound.py", PYTHON),
    ("python", "broken.py", "def f(:\n    return (1,\n\nclass :\n  x = [1, 2\n"),
    (
        "javascript",
        "sound.js",
        "const f = async (a, ...b) => `x${a + b[0]}y`;\nexport default class A extends B { #p = /re+/g; }\n",
    ),
    ("javascript", "broken.js", "function ( { return } } let = 3; `unclosed ${x\n"),
    (
        "typescript",
        "sound.ts",
        "interface P<T> { readonly x?: T[]; }\nfunction f<T extends P<number>>(p: T): asserts p is T { }\n",
    ),
    ("typescript", "broken.ts", "type X = { a: ; b?: | }\nenum { A = , B }\n"),
    ("tsx", "sound.tsx", "const App = (p: { n: number }) => <div className=\"a\">{p.n}<br/>text</div>;\n"),
    ("tsx", "broken.tsx", "const A = () => <div><span>{x</div>;\n"),
    (
        "go",
        "sound.go",
        "package main\n\nimport \"fmt\"\n\nfunc main() {\n\tfor i, v := range []int{1, 2} {\n\t\tfmt.Println(i, v)\n\t}\n}\n",
    ),
    ("go", "broken.go", "package\nfunc f( { return \n}\ntype S struct { x }\n"),
    (
        "c",
        "sound.c",
        "#include <stdio.h>\n#define M(x) ((x) + 1)\nstatic int f(const char *s, ...) {\n  return s ? M(1) : 0;\n}\n",
    ),
    ("c", "broken.h", "#ifdef A\nint f(int a, {\n#else\nstruct S { int x }\n"),
    (
        "cpp",
        "sound.cpp",
        "template <typename T> struct S : public B<T> {\n  auto f() const noexcept -> int { return R\"x(raw)x\"[0]; }\n};\n",
    ),
    ("cpp", "broken.hpp", "class { public: operator }; template < void f( ;\n"),
    (
        "java",
        "sound.java",
        "package a.b;\n\n@A(1)\npublic record R(int x) implements I {\n  int y() { return switch (x) { case 1 -> 2; default -> 3; }; }\n}\n",
    ),
    ("java", "broken.java", "class A { void f( { int = 3; } @ }\n"),
    ("json", "sound.json", "{\"a\": [1, 2.5e3, null, true], \"b\\n\": {\"c\": \"\\u00e9\"}}\n"),
    ("json", "broken.json", "{\"a\": [1, 2, \"b\": }\n"),
    (
        "bash",
        "sound.sh",
        "#!/bin/bash\nf() {\n  for i in \"$@\"; do echo \"${i%.*}\" | grep -v x; done\n}\ncat <<EOF\nhere $(date)\nEOF\n",
    ),
    ("bash", "broken.sh", "if [ -f x ; then\n  echo \"unclosed\ndone\n"),
    (
        "html",
        "sound.html",
        "<!DOCTYPE html>\n<html><body class=a><p>text<p>more<script>let x = 1 < 2;</script></body></html>\n",
    ),
    ("html", "broken.html", "<div><p></div></span><a href=\"x>text\n"),
    (
        "css",
        "sound.css",
        "@media (min-width: 10px) { a > b:hover, #c::after { color: rgba(1, 2, 3, .5) !important; } }\n",
    ),
    ("css", "broken.css", "a { color: ; } } b { @x\n"),
    (
        "ruby",
        "sound.rb",
        "module M\n  def f(a, *b, c: 1, &d)\n    puts <<~TEXT if a =~ /x#{b}/\n      here #{c}\n    TEXT\n  end\nend\n",
    ),
    ("ruby", "broken.rb", "def f(\n  x = [1, %w(a b\nend end\nclass < B\n"),
];

const RUST: &str = "\
//! Documentation.
use std::fmt;

/// A shape.
#[derive(Debug)]
pub enum Shape<'a, T: fmt::Debug> {
    Round { radius: f64 },
    Named(&'a str, T),
}

impl<T: fmt::Debug> Shape<'_, T> {
    pub fn area(&self) -> Option<f64> {
        match self {
            Self::Round { radius } if *radius > 0.0 => Some(radius * radius * 3.14),
            Self::Named(r#\"raw \"string\"\"#, _) | Self::Named(..) => None,
            _ => panic!(\"{self:?}\"),
        }
    }
}
";

const PYTHON: &str = "\
import os

class A(object):
    \"\"\"Text.\"\"\"

    def f(self, *args, k=None):
        for x in (y for y in args if y):
            if x:
                print(f\"{x!r:>{k}}\")
            else:
                return lambda z: z + 1
        with open(os.path.join('a', 'b')) as file:
            yield file
";

/// The sound source of a language.
pub fn sound(language: &str) -> &'static str {
    SAMPLES.iter().find(|sample| sample.0 == language).map_or("", |sample| sample.2)
}

/// A source of about this many lines, with no line like another.
pub fn long(language: &str, lines: usize) -> String {
    let mut text = String::new();
    for i in 0..lines {
        text += &match language {
            "python" => format!("def function_{i}(argument, other={i}):\n"),
            "json" => {
                format!("{}{{\"key_{i}\": [{i}, {i}.5, \"text {i}\"]}}\n", if i == 0 { '[' } else { ',' })
            }
            "c" => format!("static int function_{i}(const char *text) {{ return text[{i}] + {i}; }}\n"),
            _ => format!("pub fn function_{i}(argument: &str) -> usize {{ argument.len() * {i} + {i} }}\n"),
        };
        if language == "python" {
            text += &format!("    return [argument, other, {i}]\n");
        }
    }
    if language == "json" {
        text += "]\n";
    }
    text
}
