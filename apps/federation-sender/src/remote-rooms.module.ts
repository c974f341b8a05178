import { AnswerReader, AskPolicyServer, PduChecker, VerificationThreads } from '@plexus/pdu-checks';
import type { OutboundHttp, RemoteServers } from '@plexus/remote-servers';
import { findServerAcl, RedactionReader, RoomState, ServerVisibilityReader, StateReader } from '@plexus/room-view';
import { setUpTopics } from '@plexus/service-adapters';
import type { Resources } from '@plexus/service-adapters';
import type { Shell } from '@plexus/service-shell';
import { roomShardOf } from '@plexus/storage';
import type { RoomRecord } from '@plexus/storage';
import {
  PostgresParkedPdus,
  PostgresPartialJoins,
  PostgresRedactedCopies,
  PostgresRoomGaps,
  PostgresRoomReader,
  PostgresStagedEvents,
} from '@plexus/storage-postgres';
import { ROOM_GAPS } from '@plexus/topics';
import { composeRemoteRooms } from './compose-remote-rooms.ts';
import type { RemoteRoomPorts } from './compose-remote-rooms.ts';
import { GapConsumer } from './in/gap-consumer.ts';
import { RemoteRoomsEndpoint } from './in/remote-rooms-endpoint.ts';
import type { ContentOutcome, FetchContents } from './remote-rooms/fetch-contents.ts';
import { PduSink } from './remote-rooms/pdu-sink.ts';
import { RunCompletions } from './remote-rooms/run-completions.ts';
import type { SenderTelemetry } from './telemetry.ts';

const GROUP = 'federation-sender-gaps';
const GAPS = { atOnce: 16, mostWaiting: 1_000 };
const VERIFYING_THREADS = 2;
/** Each takes memory for a large room's whole state. */
const LONG_ANSWERS_AT_ONCE = 2;

export interface RemoteRoomSurroundings {
  readonly servers: RemoteServers;
  readonly http: OutboundHttp;
  readonly telemetry: SenderTelemetry;
}

/** Rooms of other servers, over the deployment's adapters: what is asked, and what runs in the background. */
export function startRemoteRooms(
  shell: Shell,
  resources: Resources,
  { servers, http, telemetry }: RemoteRoomSurroundings,
): { readonly endpoint: RemoteRoomsEndpoint; readonly contents: FetchContents } {
  const { ports, threads, answers } = openPorts(shell, resources, { servers, http, telemetry });
  const { rooms, fillGap, completion, contents } = composeRemoteRooms(ports, () => completions.wake());
  const completions = new RunCompletions({
    joins: completion,
    staged: ports.staged,
    clock: shell.clock,
    completed: (outcome) => telemetry.joinCompleted(outcome),
    failed: (error) => telemetry.completionFailed(error),
  });
  const gaps = new GapConsumer(fillGap, {
    ...GAPS,
    filled: (gap, outcome) => telemetry.gapFilled(gap, outcome),
    failed: (error) => telemetry.gapFailed(error),
  });
  const stopping = new AbortController();
  const running = [
    completions.runUntil(stopping.signal),
    consumeGaps(shell, resources, { gaps, telemetry, signal: stopping.signal }),
  ];
  shell.shutdown.onStop('rooms of other servers', async () => {
    stopping.abort();
    await gaps.stop();
    await Promise.all(running);
    await Promise.all([threads.stop(), answers.stop()]);
  });
  return { endpoint: new RemoteRoomsEndpoint(rooms), contents };
}

/** Takes part in the group of those who fill gaps, as soon as the topic is there. */
async function consumeGaps(
  { clock, shutdown }: Shell,
  { topics, deployment }: Resources,
  {
    gaps,
    telemetry,
    signal,
  }: { readonly gaps: GapConsumer; readonly telemetry: SenderTelemetry; readonly signal: AbortSignal },
): Promise<void> {
  const setups = [{ topic: ROOM_GAPS, partitions: deployment.roomShards }];
  await setUpTopics(topics, setups, { clock, signal, failed: (error) => telemetry.gapFailed(error) });
  if (signal.aborted) return;
  const consumer = topics.joinGroup({
    topic: ROOM_GAPS,
    group: GROUP,
    address: '',
    currentOwners: async () => new Map(),
    assigned: () => {},
    revoked: () => {},
    startOffset: async () => 'latest',
    handler: gaps,
    isRelaxed: true,
  });
  shutdown.onStop('room gaps', () => consumer.stop());
}

function openPorts(
  { clock, random }: Shell,
  resources: Resources,
  { telemetry, ...outside }: RemoteRoomSurroundings,
): { readonly ports: RemoteRoomPorts; readonly threads: VerificationThreads; readonly answers: AnswerReader } {
  const { databases, deployment, hostedServers, keyRing, topics } = resources;
  const threads = new VerificationThreads(VERIFYING_THREADS);
  const answers = new AnswerReader({ keys: keyRing, clock, atOnce: LONG_ANSWERS_AT_ONCE });
  const rooms = new PostgresRoomReader(databases.rooms, deployment.roomShards);
  const gaps = new PostgresRoomGaps(databases.rooms);
  const states = new StateReader(rooms, resources.stateNodes);
  const roomState = new RoomState(rooms, states, new RedactionReader(rooms, states));
  const ports = {
    ...outside,
    hosted: hostedServers,
    keys: hostedServers,
    keyRing,
    checker: new PduChecker({ keys: keyRing, threads, clock }),
    answers,
    policy: new AskPolicyServer({ ...outside, clock }),
    rooms,
    states,
    copies: new PostgresRedactedCopies(databases.rooms),
    visibility: new ServerVisibilityReader(rooms, states),
    attended: (outcome: ContentOutcome) => telemetry.contentAttended(outcome),
    acls: { find: (room: RoomRecord) => findServerAcl(roomState, room) },
    parked: new PostgresParkedPdus(databases.rooms),
    roomServers: gaps,
    extremities: gaps,
    staged: new PostgresStagedEvents(databases.rooms),
    joins: new PostgresPartialJoins(databases.rooms),
    writer: resources.roomWriter,
    sink: new PduSink(topics.producer, clock),
    shardOf: (roomId: string) => roomShardOf(roomId, deployment.roomShards),
    clock,
    random,
  };
  return { ports, threads, answers };
}
