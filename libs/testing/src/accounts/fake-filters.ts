import { MAX_FILTERS } from '@plexus/storage';
import type { FilterRepository } from '@plexus/storage';

/** Filters of users in memory. */
export class FakeFilters implements FilterRepository {
  readonly #filters = new Map<string, string[]>();

  async findFilter(userId: string, filterId: number): Promise<string | undefined> {
    return this.#filters.get(userId)?.[filterId];
  }

  async storeFilter(userId: string, definition: string): Promise<number | undefined> {
    const filters = this.#filters.get(userId) ?? [];
    this.#filters.set(userId, filters);
    const known = filters.indexOf(definition);
    if (known !== -1) return known;
    return filters.length < MAX_FILTERS ? filters.push(definition) - 1 : undefined;
  }
}
