/** A text that somebody waits for, or that came before anybody did. */
interface Expected {
  readonly atMs: Map<string, number>;
  readonly wanted: number;
  resolve(atMs: readonly number[]): void;
}

/** So many bodies are kept for whoever waits a moment too late. */
const KEPT = 4_096;

/** When texts came to servers. Who waits, waits for one text at a time. */
export class Arrivals {
  #expected: { readonly text: string; readonly expected: Expected } | undefined;
  readonly #recent: { readonly server: string; readonly body: string; readonly atMs: number }[] = [];

  add(server: string, body: string): void {
    const arrived = { server, body, atMs: performance.timeOrigin + performance.now() };
    this.#recent.push(arrived);
    if (this.#recent.length > 2 * KEPT) this.#recent.splice(0, KEPT);
    this.#note(arrived);
  }

  /** When the text came to each of the first so many servers, in milliseconds since the epoch. */
  wait(text: string, servers: number): Promise<readonly number[]> {
    const { promise, resolve } = Promise.withResolvers<readonly number[]>();
    this.#expected = { text, expected: { atMs: new Map(), wanted: servers, resolve } };
    for (const arrived of this.#recent) this.#note(arrived);
    return promise;
  }

  #note({ server, body, atMs }: { readonly server: string; readonly body: string; readonly atMs: number }): void {
    if (this.#expected === undefined) return;
    const { text, expected } = this.#expected;
    if (expected.atMs.has(server) || !body.includes(text)) return;
    expected.atMs.set(server, atMs);
    if (expected.atMs.size < expected.wanted) return;
    this.#expected = undefined;
    expected.resolve([...expected.atMs.values()]);
  }
}
