import type { NamedCache } from '@plexus/cache';
import { filterDefinition } from '@plexus/matrix-api';
import { MatrixError, parseJson } from '@plexus/matrix-base';
import type { FilterReader } from '@plexus/storage';
import { compileFilter } from './sync-filter.ts';
import type { SyncFilter } from './sync-filter.ts';

const NO_FILTER = compileFilter({});
/** So many filters are kept ready to be applied, if they are not longer than so many characters: most clients of a kind have the same one. */
const MAX_COMPILED = 1_000;
const MAX_LENGTH = 4_096;

/** Finds the filter that a request names, or has in itself (https://spec.matrix.org/v1.19/client-server-api/#filtering). */
export class FindFilter {
  readonly #filters: FilterReader;
  readonly #cache: NamedCache<string>;
  readonly #compiled = new Map<string, SyncFilter>();

  constructor(filters: FilterReader, cache: NamedCache<string>) {
    this.#filters = filters;
    this.#cache = cache;
  }

  /** Throws `M_INVALID_PARAM` for what is no filter, and for one that was never stored. */
  async execute(userId: string, filter: string | undefined): Promise<SyncFilter> {
    if (filter === undefined) return NO_FILTER;
    if (filter.startsWith('{')) return this.#compile(filter);
    const stored = /^[0-9]{1,15}$/.test(filter) ? await this.#find(userId, Number(filter)) : undefined;
    if (stored === undefined) throw new MatrixError('M_INVALID_PARAM', 400, 'No such filter');
    return this.#compile(stored);
  }

  #compile(text: string): SyncFilter {
    const known = this.#compiled.get(text);
    if (known !== undefined) return known;
    const compiled = parseFilter(text);
    if (text.length > MAX_LENGTH) return compiled;
    if (this.#compiled.size >= MAX_COMPILED) this.#compiled.clear();
    this.#compiled.set(text, compiled);
    return compiled;
  }

  async #find(userId: string, filterId: number): Promise<string | undefined> {
    return await this.#cache.get(`${filterId} ${userId}`, () => this.#filters.findFilter(userId, filterId));
  }
}

function parseFilter(text: string): SyncFilter {
  const parsed = parseJson(text);
  if (parsed.outcome === 'reject') throw new MatrixError('M_INVALID_PARAM', 400, '"filter" is not JSON');
  const checked = filterDefinition.check(parsed.value);
  if (checked.outcome === 'ok') return compileFilter(checked.value);
  throw new MatrixError('M_INVALID_PARAM', 400, `"filter": ${checked.because}`);
}
