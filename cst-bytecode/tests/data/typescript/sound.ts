import type { Reader } from './reader';

type Keys<T> = { readonly [K in keyof T as `get${Capitalize<string & K>}`]?: () => T[K] };
type Unwrap<T> = T extends Promise<infer U> ? U : T extends (infer V)[] ? V : never;

interface Store<T extends object = {}> extends Reader, Iterable<T> {
  readonly size: number;
  get<K extends keyof T>(key: K): T[K] | undefined;
  [index: string]: unknown;
  new (...items: T[]): Store<T>;
}

enum Level { Low = 1, High = Low << 2, Text = 'text'.length }

declare module 'other' { export const value: unique symbol; }

abstract class Cache<T> implements Store<T & object> {
  private static instance?: Cache<any>;
  constructor(protected readonly limit: number, public name = `cache-${limit}`) {}
  abstract evict(): asserts this is Cache<T>;
  @logged({ level: Level.High }) override async load(key: string): Promise<T | null> {
    const found = (await this.read(key)) as unknown as T satisfies object;
    return found! ?? <T>null;
  }
}

function overload(a: string): string;
function overload(a: number, b?: [first: string, ...rest: boolean[]]): number;
function overload(this: void, a: any): any { return a < 3 && a > (2) ? a : typeof a; }

namespace Deep.Er { export let x: (typeof overload)[] = []; }
export = Cache;
