// Routes of a small web service: typed parameters, middleware, and a client made from the same types.

import { createHash, randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

type Names<Path extends string> = Path extends `${infer _}:${infer Name}/${infer Rest}`
  ? Name | Names<`/${Rest}`>
  : Path extends `${infer _}:${infer Name}`
    ? Name
    : never;

export type Params<Path extends string> = { readonly [K in Names<Path>]: string };

export interface Context<Path extends string = string> {
  readonly id: string;
  readonly params: Params<Path>;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  state: Map<symbol, unknown>;
}

export interface Reply<Body = unknown> {
  status: number;
  body?: Body;
  headers?: Record<string, string>;
}

export type Handler<Path extends string, Body> = (context: Context<Path>) => Promise<Reply<Body>> | Reply<Body>;
export type Middleware = (context: Context, next: () => Promise<Reply>) => Promise<Reply>;

export class HttpError extends Error {
  constructor(
    readonly status: number,
    message: string,
    public readonly details: readonly string[] = [],
  ) {
    super(message);
    this.name = new.target.name;
  }

  static notFound(what: string): HttpError {
    return new HttpError(404, `${what} was not found`);
  }
}

interface Route {
  method: Method;
  pattern: RegExp;
  names: string[];
  handler: Handler<any, unknown>;
}

const escape = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

function compile(path: string): { pattern: RegExp; names: string[] } {
  const names: string[] = [];
  const source = path
    .split("/")
    .map((part) => {
      if (!part.startsWith(":")) return escape(part);
      names.push(part.slice(1));
      return "([^/]+)";
    })
    .join("/");
  return { pattern: new RegExp(`^${source}/?$`, "u"), names };
}

export class Router {
  #routes: Route[] = [];
  #middleware: Middleware[] = [];
  private static readonly limit = 1_000 as const;

  use(...middleware: Middleware[]): this {
    this.#middleware.push(...middleware);
    return this;
  }

  route<const Path extends string, Body>(method: Method, path: Path, handler: Handler<Path, Body>): this {
    if (this.#routes.length >= Router.limit) {
      throw new RangeError(`more than ${Router.limit} routes`);
    }
    this.#routes.push({ method, handler, ...compile(path) });
    return this;
  }

  get = <const P extends string, B>(path: P, handler: Handler<P, B>) => this.route("GET", path, handler);
  post = <const P extends string, B>(path: P, handler: Handler<P, B>) => this.route("POST", path, handler);

  find(method: string, path: string): [Route, Record<string, string>] | undefined {
    for (const route of this.#routes) {
      const match = route.method === method ? route.pattern.exec(path) : null;
      if (match === null) continue;
      const params: Record<string, string> = {};
      route.names.forEach((name, index) => {
        params[name] = decodeURIComponent(match[index + 1] ?? "");
      });
      return [route, params];
    }
    return undefined;
  }

  async handle(method: string, url: URL, headers: Context["headers"]): Promise<Reply> {
    const found = this.find(method, url.pathname);
    if (!found) throw HttpError.notFound(`${method} ${url.pathname}`);
    const [route, params] = found;
    const context: Context<any> = {
      id: randomUUID(),
      params,
      query: url.searchParams,
      headers,
      state: new Map(),
    };
    const run = this.#middleware.reduceRight<() => Promise<Reply>>(
      (next, middleware) => () => middleware(context, next),
      async () => route.handler(context),
    );
    return await run();
  }

  listener(base = "http://localhost") {
    return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const url = new URL(request.url ?? "/", base);
      let reply: Reply;
      try {
        reply = await this.handle(request.method ?? "GET", url, request.headers as Context["headers"]);
      } catch (error: unknown) {
        reply = toReply(error);
      } finally {
        response.setHeader("x-served-by", "router");
      }
      const text = reply.body === undefined ? "" : JSON.stringify(reply.body, null, 2);
      response.writeHead(reply.status, { "content-type": "application/json", ...reply.headers });
      response.end(text);
    };
  }
}

function toReply(error: unknown): Reply<{ error: string; details?: readonly string[] }> {
  if (error instanceof HttpError) {
    const { status, message, details } = error;
    return { status, body: { error: message, ...(details.length > 0 && { details }) } };
  }
  switch (typeof error) {
    case "string":
      return { status: 400, body: { error } };
    case "object":
      if (error && "code" in error) return { status: 503, body: { error: String(error.code) } };
    // falls through
    default:
      return { status: 500, body: { error: "unexpected" } };
  }
}

export const etag: Middleware = async (context, next) => {
  const reply = await next();
  const hash = createHash("sha256").update(JSON.stringify(reply.body ?? null)).digest("hex");
  const tag = `"${hash.slice(0, 16)}"`;
  if (context.headers["if-none-match"] === tag) return { status: 304 };
  return { ...reply, headers: { ...reply.headers, etag: tag } };
};

export function timed(log: (line: string) => void = console.log): Middleware {
  return async ({ id }, next) => {
    const start = performance.now();
    try {
      return await next();
    } finally {
      log(`${id} took ${(performance.now() - start).toFixed(1)} ms`);
    }
  };
}

declare module "node:http" {
  interface IncomingMessage {
    user?: { name: string; roles: Set<"admin" | "guest"> };
  }
}

enum Shelf {
  Fiction = 1 << 0,
  Science = 1 << 1,
  All = Fiction | Science,
}

namespace Books {
  export type Book = { isbn: string; title: string; shelf: Shelf; pages?: number };
  const known = new Map<string, Book>();

  export function* on(shelf: Shelf): Generator<Book, void, undefined> {
    for (const [, book] of known) if ((book.shelf & shelf) !== 0) yield book;
  }

  export const put = (book: Book): boolean => !known.has(book.isbn) && !!known.set(book.isbn, book);
}

export default new Router()
  .use(timed(), etag)
  .get("/books/:isbn/pages/:page", ({ params: { isbn, page } }) => {
    const book = [...Books.on(Shelf.All)].find((candidate) => candidate.isbn === isbn);
    if (!book) throw HttpError.notFound(`book ${isbn}`);
    return { status: Number(page) <= (book.pages ?? Infinity) ? 200 : 416, body: book satisfies Books.Book };
  })
  .post("/books", (context) => ({
    status: Books.put({ isbn: context.query.get("isbn")!, title: "", shelf: Shelf.Fiction }) ? 201 : 409,
  }));
