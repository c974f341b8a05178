import type { ProxiedRequest } from '../../../scripts/cluster/reverse-proxy.ts';

/** How the requests of all clients ended, by what was asked for. */
export class RequestTally {
  readonly failures: string[] = [];
  readonly #kinds = new Map<string, { count: number; slowestMs: number }>();

  add({ method, path, status, milliseconds }: ProxiedRequest): void {
    const kind = kindOf(method, path);
    const known = this.#kinds.get(kind) ?? { count: 0, slowestMs: 0 };
    this.#kinds.set(kind, { count: known.count + 1, slowestMs: Math.max(known.slowestMs, milliseconds) });
    if (status >= 500 || status === 429) this.failures.push(`${method} ${path}: ${status}`);
  }

  get count(): number {
    return [...this.#kinds.values()].reduce((sum, { count }) => sum + count, 0);
  }

  /** One line for each kind, the most frequent first. */
  lines(): string[] {
    return [...this.#kinds]
      .toSorted(([, one], [, other]) => other.count - one.count)
      .map(([kind, { count, slowestMs }]) => `${kind}: ${count}, the slowest ${Math.round(slowestMs)} ms`);
  }
}

/** The path without what differs between requests of a kind. */
function kindOf(method: string, path: string): string {
  const [route = ''] = path.split('?');
  const kept = route
    .split('/')
    .map((part) => (/^[!@#$%]|^[\w.-]*\d[\w.-]*$/.test(part) && !/^v\d$/.test(part) ? '…' : part));
  return `${method} ${kept.join('/')}`;
}
