import type { RedactionReader } from '@plexus/room-view';
import { readEvent } from '@plexus/room-view';
import { decodeErasedEvents } from '@plexus/storage';
import type { RoomLogRow, RoomReader, SearchDocument } from '@plexus/storage';
import { searchDocumentOf } from './search-document.ts';

export interface SearchChanges {
  readonly documents: readonly SearchDocument[];
  readonly removed: readonly { readonly shard: number; readonly eventNid: number }[];
  /** Up to where the log was read. */
  readonly position: number;
}

export interface LogRange {
  readonly shard: number;
  readonly after: number;
  readonly upTo: number;
}

const PAGE = 200;

/** Reads from a shard's log what is to be in the search index, and what not any more. */
export class ReadSearchChanges {
  readonly #rooms: Pick<RoomReader, 'readLog' | 'findEventsById'>;
  readonly #redactions: RedactionReader;

  constructor(rooms: Pick<RoomReader, 'readLog' | 'findEventsById'>, redactions: RedactionReader) {
    this.#rooms = rooms;
    this.#redactions = redactions;
  }

  /** A piece of the range, from its beginning. */
  async execute(range: LogRange): Promise<SearchChanges> {
    const rows = await this.#rooms.readLog({ ...range, limit: PAGE, order: 'ascending' });
    const documents: SearchDocument[] = [];
    const removed: { readonly shard: number; readonly eventNid: number }[] = [];
    for (const row of rows) {
      const document = await this.#documentOf(row);
      if (document !== undefined) documents.push(document);
      removed.push(...(await this.#removedBy(row)));
    }
    return { documents, removed, position: rows.length < PAGE ? range.upTo : (rows.at(-1)?.position ?? range.upTo) };
  }

  /** Of an event that is redacted, nothing is left to be searched. */
  async #documentOf(row: RoomLogRow): Promise<SearchDocument | undefined> {
    if (row.event === undefined) return undefined;
    const { event } = await this.#redactions.show(row, row.event);
    return searchDocumentOf(event, row.event);
  }

  async #removedBy(row: RoomLogRow): Promise<{ readonly shard: number; readonly eventNid: number }[]> {
    const { shard, roomNid, event: stored } = row;
    if (row.kind === 'tombstone') return decodeErasedEvents(row.body).map((eventNid) => ({ shard, eventNid }));
    if (stored === undefined) return [];
    const { type, redacts } = readEvent(stored, row.roomVersion);
    if (type !== 'm.room.redaction' || redacts === undefined) return [];
    const redacted = (await this.#rooms.findEventsById(shard, roomNid, [redacts])).get(redacts);
    if (redacted === undefined) return [];
    const takesEffect = await this.#redactions.takesEffect(row, stored, readEvent(stored, row.roomVersion));
    return takesEffect ? [{ shard, eventNid: redacted.eventNid }] : [];
  }
}
