// node --conditions=plexus-source tests/load/join-answer.ts [--members 20000]
// What the answer to a join takes of the main thread of federation-sender at once: the longest stretches of processor time within one turn, while it is
// read, verified and staged. What else runs on the machine does not count.
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SigningKey } from '@plexus/matrix-base';
import { AnswerReader, PduChecker } from '@plexus/pdu-checks';
import { authTypesForEvent, buildRoomEvent, findRoomVersion } from '@plexus/room-dag';
import type { BuiltRoomEvent, RoomVersionRules, ProtoEvent } from '@plexus/room-dag';
import { readJoinAnswer } from '../../apps/federation-sender/src/remote-rooms/read-join-answer.ts';
import { stageEvents } from '../../apps/federation-sender/src/remote-rooms/stage-events.ts';

const { values: options } = parseArgs({ options: { members: { type: 'string', default: '20000' } } });
const SERVERS = 200;
const ROOM = '!large:s0.example';
const CREATOR = '@creator:s0.example';
const NOW = Date.now();
const key = new SigningKey('ed25519:k', Buffer.alloc(32, 7));

const rules = findRoomVersion('11');
if (rules === undefined) throw new Error('the version is known');
const { state, join } = makeRoom(rules, Number(options.members));
const answer = Buffer.from(
  `{"origin":"s0.example","members_omitted":false,"auth_chain":[],"state":[${state.map(({ bytes }) => bytes.toString()).join(',')}]}`,
);
const keys = {
  findKeys: async (_server: string, keyIds: readonly string[]) => {
    return new Map(keyIds.map((keyId) => [keyId, { keyId, publicKey: key.publicKey, validUntil: NOW + 86_400_000 }]));
  },
};
const clock = { now: () => NOW };
const answers = new AnswerReader({ keys, clock, atOnce: 1 });
const checker = new PduChecker({ keys, clock, threads: { verify: async () => [] } });

let staged = 0;
const stretches = await watchTurns(async () => {
  const room = await readJoinAnswer({ answers, checker }, new Uint8Array(answer), {
    roomId: ROOM,
    rules,
    join,
    authorisingUser: undefined,
  });
  if (room.outcome !== 'ok') throw new Error(room.because);
  const writer = {
    stageEvents: async (_place: unknown, events: readonly unknown[]) => {
      staged += events.length;
      await setImmediate();
    },
  };
  await stageEvents(writer, { shard: 0, importId: 'x' }, { ...room, timeline: [room.join] });
});
await answers.stop();
if (staged !== state.length + 1) throw new Error(`${staged} events were staged of ${state.length}`);
const longest = stretches.toSorted((a, b) => b - a).slice(0, 5);
process.stdout.write(
  `${options.members} members, ${Math.round(answer.length / 2 ** 20)} MiB, ${stretches.length} turns\n`,
);
process.stdout.write(`longest stretches: ${longest.map((ms) => ms.toFixed(1)).join(', ')} ms\n`);

/** Milliseconds of the thread's processor time in each turn of the event loop while something is done. */
async function watchTurns(work: () => Promise<void>): Promise<number[]> {
  const turns: number[] = [];
  const ended = new AbortController();
  const done = work().finally(() => ended.abort());
  while (!ended.signal.aborted) {
    const before = process.threadCpuUsage();
    await setImmediate();
    const { user, system } = process.threadCpuUsage(before);
    turns.push((user + system) / 1_000);
  }
  await done;
  return turns;
}

/** A public room with so many members of some servers, and one more who joins. */
function makeRoom(of: RoomVersionRules, members: number): { state: BuiltRoomEvent[]; join: BuiltRoomEvent } {
  const made = new Map<string, BuiltRoomEvent>();
  let depth = 0;
  const add = (event: Pick<ProtoEvent, 'type' | 'sender' | 'content'>, stateKey: string): BuiltRoomEvent => {
    depth += 1;
    const cited = authTypesForEvent({ ...event, stateKey, rules: of }).flatMap((auth) => {
      return made.get(`${auth.type} ${auth.stateKey}`)?.event.eventId ?? [];
    });
    const built = buildRoomEvent(
      { ...event, stateKey, roomId: ROOM, prevEvents: [], authEvents: cited, depth, originServerTs: NOW - 1_000 },
      of,
      [{ serverName: event.sender.slice(event.sender.indexOf(':') + 1), key }],
    );
    if (built.outcome !== 'ok') throw new Error(built.because);
    made.set(`${event.type} ${stateKey}`, built);
    return built;
  };
  const member = (userId: string): BuiltRoomEvent =>
    add({ type: 'm.room.member', sender: userId, content: { membership: 'join', displayname: userId } }, userId);
  add({ type: 'm.room.create', sender: CREATOR, content: { room_version: '11' } }, '');
  member(CREATOR);
  add({ type: 'm.room.power_levels', sender: CREATOR, content: { users: { [CREATOR]: 100 } } }, '');
  add({ type: 'm.room.join_rules', sender: CREATOR, content: { join_rule: 'public' } }, '');
  for (let at = 0; at < members; at += 1) member(`@user${at}:s${at % SERVERS}.example`);
  const state = [...made.values()];
  return { state, join: member('@last:s1.example') };
}
