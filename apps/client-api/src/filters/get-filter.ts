import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { FilterReader } from '@plexus/storage';
import { requireOwnFilters } from './store-filter.ts';

/** Reads a filter (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3useruseridfilterfilterid). */
export class GetFilter {
  readonly #filters: FilterReader;

  constructor(filters: FilterReader) {
    this.#filters = filters;
  }

  /** Throws 404 for a filter that was never stored. */
  async execute(requester: Requester, userId: string, filterId: string): Promise<JsonObject> {
    requireOwnFilters(requester, userId);
    const isNumber = /^[0-9]{1,15}$/.test(filterId);
    const text = isNumber ? await this.#filters.findFilter(userId, Number(filterId)) : undefined;
    if (text === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'No such filter');
    return JSON.parse(text) as JsonObject;
  }
}
