import type { RoomEventsCriteria } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { SEARCH_KEYS } from '@plexus/storage';
import type { SearchReader } from '@plexus/storage';
import type { ClientEvent } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';
import type { ShowEvents } from '../reading/show-events.ts';
import type { FindHits, FoundEvent } from './find-hits.ts';
import type { FoundContext, ReadHitContext } from './read-hit-context.ts';
import { groupHits } from './group-hits.ts';
import type { SearchGroups } from './group-hits.ts';
import { decodeSearchPlace, encodeSearchPlace } from './search-token.ts';
import type { SearchPlace } from './search-token.ts';

export interface SearchResult {
  readonly rank: number;
  readonly result: ClientEvent;
  readonly context?: FoundContext;
}

export interface RoomEventsResult {
  readonly count: number;
  readonly highlights: readonly string[];
  readonly results: readonly SearchResult[];
  readonly groups?: SearchGroups;
  readonly state?: Readonly<Record<string, readonly ClientEvent[]>>;
  readonly next_batch?: string;
}

export interface SearchMessagesPorts {
  readonly findHits: FindHits;
  readonly contexts: ReadHitContext;
  readonly showEvents: ShowEvents;
  readonly search: Pick<SearchReader, 'findHighlights'>;
}

export interface SearchOptions {
  readonly enabled: boolean;
  readonly language: string;
}

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 100;

/** Searches what was said in the rooms that a user is or was in (https://spec.matrix.org/v1.19/client-server-api/#server-side-search). */
export class SearchMessages {
  readonly #ports: SearchMessagesPorts;
  readonly #options: SearchOptions;

  constructor(ports: SearchMessagesPorts, options: SearchOptions) {
    this.#ports = ports;
    this.#options = options;
  }

  async execute(
    requester: Requester,
    criteria: RoomEventsCriteria,
    nextBatch: string | undefined,
  ): Promise<RoomEventsResult> {
    if (!this.#options.enabled) throw new MatrixError('M_UNKNOWN', 400, 'Search is disabled on this server');
    const term = criteria.search_term.replaceAll('\0', ' ');
    const { filter = {}, order_by: order = 'rank', keys = SEARCH_KEYS } = criteria;
    const place = nextBatch === undefined ? undefined : requirePlace(nextBatch);
    const limit = Math.min(filter.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
    const { userId } = requester;
    const { found, next, count } = await this.#ports.findHits.execute({
      userId,
      term,
      keys,
      order,
      filter,
      limit,
      place,
    });
    const grouped = (criteria.groupings?.group_by ?? []).flatMap(({ key }) => key ?? []);
    return {
      count,
      highlights: await this.#findHighlights(found, term),
      results: await this.#toResults(requester, found, criteria),
      ...(grouped.length > 0 && { groups: groupHits(found, grouped, { hasMore: next !== undefined }) }),
      ...(criteria.include_state === true && { state: await this.#ports.contexts.readStates(found) }),
      ...(next !== undefined && { next_batch: encodeSearchPlace({ after: next, group: place?.group }) }),
    };
  }

  async #toResults(
    requester: Requester,
    found: readonly FoundEvent[],
    criteria: RoomEventsCriteria,
  ): Promise<SearchResult[]> {
    const events = await this.#format(requester, found);
    const results: SearchResult[] = [];
    for (const hit of found) {
      const result = events.get(hit);
      if (result === undefined) continue;
      const wanted = criteria.event_context;
      const context = wanted && (await this.#ports.contexts.execute(requester, hit, wanted));
      results.push({ rank: hit.hit.rank, result, ...(context !== undefined && { context }) });
    }
    return results;
  }

  /** Room by room, so that what belongs to them is read at once. */
  async #format(requester: Requester, found: readonly FoundEvent[]): Promise<Map<FoundEvent, ClientEvent>> {
    const formatted = new Map<FoundEvent, ClientEvent>();
    for (const [access, ofRoom] of Map.groupBy(found, (hit) => hit.access)) {
      const events = await this.#ports.showEvents.format(
        requester,
        access,
        ofRoom.map(({ event }) => event),
      );
      for (const [index, hit] of ofRoom.entries()) {
        const event = events[index];
        if (event !== undefined) formatted.set(hit, event);
      }
    }
    return formatted;
  }

  async #findHighlights(found: readonly FoundEvent[], term: string): Promise<string[]> {
    const texts = found.flatMap(({ event }) => {
      const { body, name, topic } = event.shown.event.content;
      return [body, name, topic].filter((text) => typeof text === 'string').map((text) => text.replaceAll('\0', ' '));
    });
    return await this.#ports.search.findHighlights(texts, term, this.#options.language);
  }
}

function requirePlace(text: string): SearchPlace {
  const place = decodeSearchPlace(text);
  if (place === undefined) throw new MatrixError('M_INVALID_PARAM', 400, 'Invalid token "next_batch"');
  return place;
}
