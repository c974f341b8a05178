import type { NamedCache } from '@plexus/cache';
import { filterDefinition } from '@plexus/matrix-api';
import { MatrixError, parseJson } from '@plexus/matrix-base';
import type { FilterReader } from '@plexus/storage';
import { compileFilter } from './sync-filter.ts';
import type { SyncFilter } from './sync-filter.ts';

const NO_FILTER = compileFilter({});

/** Finds the filter that a request names, or has in itself (https://spec.matrix.org/v1.19/client-server-api/#filtering). */
export class FindFilter {
  readonly #filters: FilterReader;
  readonly #cache: NamedCache<string>;

  constructor(filters: FilterReader, cache: NamedCache<string>) {
    this.#filters = filters;
    this.#cache = cache;
  }

  /** Throws `M_INVALID_PARAM` for what is no filter, and for one that was never stored. */
  async execute(userId: string, filter: string | undefined): Promise<SyncFilter> {
    if (filter === undefined) return NO_FILTER;
    if (filter.startsWith('{')) return parseFilter(filter);
    const stored = /^[0-9]{1,15}$/.test(filter) ? await this.#find(userId, Number(filter)) : undefined;
    if (stored === undefined) throw new MatrixError('M_INVALID_PARAM', 400, 'No such filter');
    return parseFilter(stored);
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
