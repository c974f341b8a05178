import { CanonicalJsonError, encodeCanonicalJson, MatrixError } from '@plexus/matrix-base';
import type { JsonValue } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import { MAX_FILTERS } from '@plexus/storage';
import type { FilterRepository } from '@plexus/storage';

/** Larger definitions are refused. */
const MAX_BYTES = 65_536;

/** Keeps a filter (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv3useruseridfilter). */
export class StoreFilter {
  readonly #filters: FilterRepository;

  constructor(filters: FilterRepository) {
    this.#filters = filters;
  }

  /** Returns the filter's id. The caller has checked the definition's shape. */
  async execute(requester: Requester, userId: string, definition: JsonValue): Promise<string> {
    requireOwnFilters(requester, userId);
    const text = encodeDefinition(definition);
    if (Buffer.byteLength(text) > MAX_BYTES) throw new MatrixError('M_TOO_LARGE', 413, 'The filter is too large');
    const filterId = await this.#filters.storeFilter(userId, text);
    if (filterId === undefined) throw new MatrixError('M_TOO_LARGE', 413, `A user has at most ${MAX_FILTERS} filters`);
    return String(filterId);
  }
}

/** @NOTE A number such as `1e400` is JSON, and none that can be stored. */
function encodeDefinition(definition: JsonValue): string {
  try {
    return encodeCanonicalJson(definition, 'any');
  } catch (error) {
    if (error instanceof CanonicalJsonError) throw new MatrixError('M_BAD_JSON', 400, error.message);
    throw error;
  }
}

export function requireOwnFilters(requester: Requester, userId: string): void {
  if (requester.userId !== userId) throw new MatrixError('M_FORBIDDEN', 403, 'Cannot use filters of other users');
}
