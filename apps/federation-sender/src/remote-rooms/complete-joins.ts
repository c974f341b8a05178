import type { AnswerReader } from '@plexus/pdu-checks';
import type { RemoteServers } from '@plexus/remote-servers';
import type { PartialJoin, PartialJoinRepository, RoomReader, RoomServerReader } from '@plexus/storage';
import { findAsker } from './find-asker.ts';
import type { FindAskerPorts } from './find-asker.ts';
import { fetchWholeState } from './fetch-whole-state.ts';
import type { StateBefore, TakeVerified } from './fetch-whole-state.ts';
import { HandOverState } from './hand-over-state.ts';
import { importEvents } from './import-room.ts';
import type { ImportPorts } from './import-room.ts';
import { likelyServers } from './likely-servers.ts';

export interface CompleteJoinsPorts extends ImportPorts, FindAskerPorts {
  readonly servers: RemoteServers;
  readonly answers: Pick<AnswerReader, 'readInPieces' | 'expect'>;
  readonly joins: PartialJoinRepository;
  readonly rooms: Pick<RoomReader, 'findRoom' | 'findEventsById'>;
  readonly roomServers: RoomServerReader;
}

/** What became of one attempt. */
export type Completion =
  | { readonly outcome: 'completed' }
  /** Nobody gave the state; tried again later. */
  | { readonly outcome: 'postponed'; readonly because: string }
  /** Nobody here is in the room any more, or it never came. */
  | { readonly outcome: 'given-up'; readonly because: string };

/** So long one attempt has the join to itself; the next one waits twice as long as the one before. */
const FIRST_LEASE_MS = 60_000;
const LONGEST_LEASE_MS = 60 * 60_000;
/** What is not needed any more is forgotten then; a room that somebody here is in stays incomplete until its members are known. */
const MOST_ATTEMPTS = 20;

/**
 * Fetches the state that joins with omitted members lack. What is to be fetched is a row, taken up by whichever process finds it due.
 *
 *     expected ──► due ──► /state ──► verify ──piece by piece──► the room's owner stores it, and takes it in the end ──► row removed
 *                   ▲                   │
 *                   └───── later ◄──────┘ nobody answers
 */
export class CompleteJoins {
  readonly #ports: CompleteJoinsPorts;
  readonly #wake: () => void;

  constructor(ports: CompleteJoinsPorts, wake: () => void) {
    this.#ports = ports;
    this.#wake = wake;
  }

  expect(join: Omit<PartialJoin, 'shard' | 'attempts'>): Promise<void> {
    return this.#ports.joins.storePartialJoin({ ...join, shard: this.#ports.shardOf(join.roomId) });
  }

  /** The room is there: there is something to do. */
  begin(): void {
    this.#wake();
  }

  /** Works on one join that is due; nothing where none is. */
  async runOne(): Promise<Completion | undefined> {
    const join = await this.#ports.joins.claimDue({ firstMs: FIRST_LEASE_MS, longestMs: LONGEST_LEASE_MS });
    if (join === undefined) return undefined;
    const completion = await this.#complete(join);
    if (completion.outcome !== 'postponed') await this.#ports.joins.removePartialJoin(join);
    return completion;
  }

  async #complete(join: PartialJoin): Promise<Completion> {
    const { rooms } = this.#ports;
    const room = await rooms.findRoom(join.roomId);
    const found = room && (await rooms.findEventsById(room.shard, room.roomNid, [join.joinEventId]));
    const joinEvent = found?.get(join.joinEventId);
    if (room === undefined || joinEvent === undefined) return later(join, 'the room has not arrived');
    const { roomServers, hosted } = this.#ports;
    const joined = (await roomServers.readServers(room.shard, room.roomNid))?.joined ?? new Map<string, number>();
    const isNeeded = [...joined.keys()].some((serverName) => hosted.isHosted(serverName));
    const notYet = isNeeded ? postpone : (because: string) => later(join, because);
    const origin = await findAsker(this.#ports, room, { wanted: join.destination, joined });
    const given = await this.#fetchState({ ...join, origin }, likelyServers([join.server], joined, hosted));
    if (given === undefined) return notYet('no server gave the state');
    const { server, parts, handOver } = given;
    const asked = { origin: server, partial: false, serversInRoom: [] };
    const timeline = [{ eventId: joinEvent.eventId, bytes: joinEvent.json }] as const;
    const { roomId, roomVersion, destination } = join;
    const imported =
      (await handOver.finish(timeline[0], asked)) ??
      (await importEvents(this.#ports, {
        roomId,
        parts: { ...parts, timeline },
        command: (importId) => ({
          $case: 'importRoom',
          value: { ...asked, importId, roomVersion, destination, events: [] },
        }),
      }));
    if (imported.outcome === 'ok') return { outcome: 'completed' };
    return notYet(imported.error);
  }

  /** The state that a server gives, handed over as it is verified; nothing where none gives one. */
  async #fetchState(
    { roomId, roomVersion, joinEventId: eventId, origin, destination }: PartialJoin & { readonly origin: string },
    servers: readonly string[],
  ): Promise<GivenState | undefined> {
    for (const server of servers) {
      const pair = { origin, destination: server };
      const handOver = new HandOverState(this.#ports, { roomId, roomVersion, destination });
      const take: TakeVerified = (events) => handOver.give(events);
      const parts = await fetchWholeState(this.#ports, pair, { roomId, roomVersion, eventId }, take);
      if (parts !== undefined && parts.state.length > 0) return { server, parts, handOver };
    }
    return undefined;
  }
}

interface GivenState {
  readonly server: string;
  readonly parts: StateBefore;
  readonly handOver: HandOverState;
}

function postpone(because: string): Completion {
  return { outcome: 'postponed', because };
}

function later({ attempts }: PartialJoin, because: string): Completion {
  return { outcome: attempts < MOST_ATTEMPTS ? 'postponed' : 'given-up', because };
}
