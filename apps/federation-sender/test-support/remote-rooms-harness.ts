import { AnswerReader, PduChecker, VerificationThreads } from '@plexus/pdu-checks';
import { compileServerAcl } from '@plexus/room-dag';
import type { RoomCommandReply, RoomCommandRequest, RoomWriter } from '@plexus/rpc';
import type {
  ClaimTimes,
  PartialJoin,
  PartialJoinRepository,
  StagedEvent,
  StagedEventWriter,
  StagedImport,
} from '@plexus/storage';
import { FakeHostedServers, RemoteHomeserver, ScriptedServers } from '@plexus/testing';
import type { FindAskerPorts } from '../src/remote-rooms/find-asker.ts';

export const HOSTED = 'one.example';
export const ALSO_HOSTED = 'two.example';
export const ALICE = `@alice:${HOSTED}`;

/** What is staged, by the ids of imports. */
export class FakeStagedEvents implements StagedEventWriter {
  readonly staged = new Map<string, StagedEvent[]>();

  async stageEvents({ importId }: StagedImport, events: readonly StagedEvent[]): Promise<void> {
    this.staged.set(importId, [...(this.staged.get(importId) ?? []), ...events]);
  }

  async removeStaged({ importId }: StagedImport): Promise<void> {
    this.staged.delete(importId);
  }

  async removeForgotten(): Promise<number> {
    return 0;
  }
}

/** A command, and what was staged for it when it came. */
export interface GotCommand {
  readonly request: RoomCommandRequest;
  readonly staged: readonly StagedEvent[];
}

/** The owner of all rooms: takes everything, unless a test has it say something else. */
export class FakeRoomOwner implements RoomWriter {
  readonly got: GotCommand[] = [];
  reply: ((request: RoomCommandRequest) => RoomCommandReply) | undefined;
  readonly #staged: FakeStagedEvents;

  constructor(staged: FakeStagedEvents) {
    this.#staged = staged;
  }

  async execute(request: RoomCommandRequest): Promise<RoomCommandReply> {
    const staged = this.#staged.staged.get(importIdOf(request)) ?? [];
    this.got.push({ request, staged });
    if (this.reply !== undefined) return this.reply(request);
    const eventIds = staged.filter(({ part }) => part === 'timeline').map(({ eventId }) => eventId);
    return { $case: 'stored', value: { eventIds, position: 1 } };
  }

  get last(): GotCommand | undefined {
    return this.got.at(-1);
  }

  /** Ids of what was staged for the last command, by what for. */
  stagedLast(part: StagedEvent['part']): string[] {
    return (this.last?.staged ?? []).filter((event) => event.part === part).map(({ eventId }) => eventId);
  }
}

export class FakePartialJoins implements PartialJoinRepository {
  joins: PartialJoin[] = [];
  claimed: ClaimTimes[] = [];

  async storePartialJoin(join: Omit<PartialJoin, 'attempts'>): Promise<void> {
    this.joins = [...this.joins.filter(({ roomId }) => roomId !== join.roomId), { ...join, attempts: 0 }];
  }

  /** All are due, always. */
  async claimDue(times: ClaimTimes): Promise<PartialJoin | undefined> {
    this.claimed.push(times);
    const [first, ...rest] = this.joins;
    if (first === undefined) return undefined;
    const claimed = { ...first, attempts: first.attempts + 1 };
    this.joins = [...rest, claimed];
    return claimed;
  }

  async removePartialJoin({ joinEventId }: Pick<PartialJoin, 'joinEventId'>): Promise<void> {
    this.joins = this.joins.filter((join) => join.joinEventId !== joinEventId);
  }
}

export interface RemoteRoomsHarness {
  readonly far: RemoteHomeserver;
  readonly further: RemoteHomeserver;
  readonly servers: ScriptedServers;
  readonly hosted: FakeHostedServers;
  readonly keys: FakeHostedServers;
  readonly keyRing: ScriptedServers;
  readonly checker: PduChecker;
  readonly answers: AnswerReader;
  /** No state is stored here. */
  readonly states: { list(): Promise<undefined> };
  /** Rooms deny these. */
  readonly denied: Set<string>;
  readonly acls: FindAskerPorts['acls'];
  readonly staged: FakeStagedEvents;
  readonly writer: FakeRoomOwner;
  readonly joins: FakePartialJoins;
  readonly clock: { now(): number };
  readonly random: { bytes(length: number): Uint8Array; fraction(): number };
  readonly shardOf: (roomId: string) => number;
  stop(): Promise<void>;
}

/** Two scripted servers that are asked without a network, and what rooms of theirs take here, in memory. */
export async function openRemoteRooms(): Promise<RemoteRoomsHarness> {
  const [far, further] = [await RemoteHomeserver.start(), await RemoteHomeserver.start()];
  const servers = new ScriptedServers([far, further]);
  const hosted = new FakeHostedServers([HOSTED, ALSO_HOSTED]);
  const threads = new VerificationThreads(1);
  const staged = new FakeStagedEvents();
  const clock = { now: () => Date.now(), delay: () => Promise.resolve() };
  const denied = new Set<string>();
  let bytes = 0;
  return {
    far,
    further,
    servers,
    hosted,
    keys: hosted,
    keyRing: servers,
    checker: new PduChecker({ keys: servers, threads, clock }),
    answers: new AnswerReader({ keys: servers, clock, atOnce: 1 }),
    states: { list: async () => undefined },
    denied,
    acls: { find: async () => compileServerAcl({ allow: ['*'], deny: [...denied] }) },
    staged,
    writer: new FakeRoomOwner(staged),
    joins: new FakePartialJoins(),
    clock,
    random: { bytes: (length) => Buffer.alloc(length, ++bytes), fraction: () => 0 },
    shardOf: () => 3,
    async stop() {
      await Promise.all([far.stop(), further.stop(), threads.stop()]);
    },
  };
}

function importIdOf({ command }: RoomCommandRequest): string {
  return command?.$case === 'importRoom' || command?.$case === 'storeHistory' ? command.value.importId : '';
}
