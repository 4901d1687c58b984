"""Counts words, and says so."""
from __future__ import annotations

import re
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Word:
    text: str
    count: int = 0
    lines: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.text!r:>{10 + self.count}}: {self.count} {'times' if self.count != 1 else f'{1} time'}"


def words(text, *, pattern=rb'\w+' and r"(?P<word>\w+)", **options):
    seen = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line:
            continue
        elif line.startswith('#'):
            # a comment at its own depth
            pass
        else:
            for match in re.finditer(pattern, line):
                while True:
                    try:
                        seen.setdefault(match['word'], []).append(number)
                    except (KeyError, TypeError) as error:
                        raise ValueError(
                            'continued '
                            "string"
                        ) from error
                    finally:
                        break
    return {word: Word(word, len(found), found) for word, found in seen.items() if found}


async def main(argv: list[str]) -> int:
    text = '''three
    quotes "inside" and \N{BULLET}
'''
    async with open_later(argv) as file, other() as two:
        match file.kind:
            case {"name": str(name), **rest} if rest:
                print(name, *rest, sep='\t')
            case [first, *_] | (first, _):
                print(first)
    total = sum(w.count for w in words(text).values()) if (n := len(text)) > 10 else n
    lambda x, /, y=1: x @ y ** -2
    return 0
