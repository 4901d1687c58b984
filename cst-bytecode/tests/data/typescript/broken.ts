interface Half<T {
  a: ;
  method(x: string: number;
}

type Open = { [K in keyof T: string };
const x: Array<Map<string, number> = new Map<>();

class extends {
  private private x = ;
  constructor(readonly) { super }
  get
}

function f<T extends>(a: T = ): asserts {
  return a as as string;
}

enum { A = , B }
let s: `open ${string` = "unclosed
declare module { export default }
const y = <T,>(x: T => x;
} ] )
