#!/usr/bin/env node
'use strict';

import defaultThing, { named as renamed } from './module.js';

const pattern = /^[a-z/\]]+(?<year>\d{4})$/giu;
const ratio = 10 / 2 / 5;

export default class Shape extends Base {
  static #count = 0;
  #name = null;

  constructor({ name = 'none', ...rest } = {}) {
    super(rest);
    this.#name = name ?? `shape ${Shape.#count++} of ${`nested ${1 + 2}`}`;
  }

  get name() { return this.#name; }
  async *items() { yield* this.children; for await (const c of later()) yield c }
}

label: for (let i = 0, n = 10; i < n; i += 1) {
  if (i % 2) continue label
  else if (i > 5) break
  switch (i) { case 0: default: console.log(i) }
}

const f = async (a, b = 2, ...c) => ({ a, [b]: c, 'quoted-key': 0x1f, get d() { return 1n } });
const element = <List items={[1, 2]} {...props}>text &amp; more {f(1)}<br /></List>;

try { f?.(1)?.a?.[0] } catch { delete f.a } finally { void 0 }
// automatic semicolons
let x = 1
let y = x
++x
export { x as "a string", y }
