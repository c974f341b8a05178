import { setTimeout } from 'node:timers/promises';
import { textOf } from '../../support/matrix-client.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { openLoadServer } from '../federation/load-server-process.ts';
import { measureCount, measureWhole } from '../measure.ts';
import type { Round } from '../measure.ts';
import type { Scenario, Stage } from './scenario.ts';
import { sendTo } from './sends.ts';

/** The name of every target. */
const SERVER_NAME = 'bench.test';
const SEND = '/_matrix/federation/v1/send/';
const MEMBERS = 10;
const LONGEST_PAUSE_MS = 1_000;
/** Before a join is measured. */
const EARLIER_JOINS = 10;
const EARLIER_MEMBERS = 500;
/** Synapse gets so many times fewer PDUs: it would take minutes for as many. */
const SYNAPSE_SHARE = 10;
/** Of what waits of one room beyond that, Synapse drops all but the newest. */
const SYNAPSE_WAITING_IN_ROOM = 100;

/** PDUs of another server in transactions of 50, one transaction after the other, until the last of each room is seen in `/sync`. */
export function federatedPdus(rooms: number, pdus: number): Scenario {
  return {
    name: `federated PDUs, ${rooms === 1 ? 'one room' : `${rooms} rooms`}`,
    unit: 'PDU',
    async prepare(stage) {
      const server = await openLoadServer();
      const reader = await stage.newUser();
      const roomIds: string[] = [];
      for (let index = 0; index < rooms; index += 1) {
        const { roomId, lastMember } = await server.ask('makeRoom', { members: MEMBERS, servers: 1 });
        await reader.join(roomId, [server.serverName]);
        await untilSees(reader, roomId, lastMember);
        roomIds.push(roomId);
      }
      const forSynapse = Math.min(pdus / SYNAPSE_SHARE, rooms * SYNAPSE_WAITING_IN_ROOM);
      const count = stage.target.name === 'Synapse' ? forSynapse : pdus;
      return async () => {
        const asked = { roomIds, pdus: count, destination: SERVER_NAME, tag: newTag() };
        const { lastEndings } = await server.ask('prepare', asked);
        const since = textOf(await reader.sync(), 'next_batch');
        const baseUrls = [stage.target.baseUrlFor(SEND), stage.target.baseUrlFor(SEND)];
        return measureWhole(stage.target, count, async () => {
          const { latenciesMs } = await server.ask('send', { baseUrls });
          await untilSynced(stage, reader, { since, texts: lastEndings.map((ending) => `${ending}"`) });
          return latenciesMs;
        });
      };
    },
  };
}

/** A user's join to a room of another server that nobody here is in, each time another room: until a message is sent, or all members are there. */
export function federatedJoin(members: number, until: 'a message is sent' | 'the state is complete'): Scenario {
  return {
    name: `join to a room of ${members} elsewhere, until ${until}`,
    unit: 'join',
    async prepare(stage) {
      // A server that has just been started compiles while it joins: both sides have joined some rooms before.
      for (let index = 0; index < EARLIER_JOINS; index += 1) await joinElsewhere(stage, EARLIER_MEMBERS);
      return (round) =>
        joinElsewhere(stage, members, async (user, { roomId, lastMember }) => {
          if (until === 'a message is sent') await sendTo(stage, user, roomId, `${round}-joined`);
          else await untilSees(user, roomId, lastMember);
        });
    },
  };
}

type UntilJoined = (
  user: MatrixClient,
  room: { readonly roomId: string; readonly lastMember: string },
) => Promise<void>;

/** Measures the join of a new user to a new room of another server until something is so. All members are there afterwards. */
async function joinElsewhere(stage: Stage, members: number, until: UntilJoined = async () => {}): Promise<Round> {
  const server = await openLoadServer();
  const room = await server.ask('makeRoom', { members, servers: 1 });
  const { roomId, lastMember } = room;
  const user = await stage.newUser();
  const measured = await measureCount(stage.target, { count: 1, concurrency: 1 }, async () => {
    await user.join(roomId, [server.serverName]);
    await until(user, room);
  });
  await untilSees(user, roomId, lastMember);
  await server.ask('forgetRoom', { roomId });
  return measured;
}

/** Messages to a room of which each member is on another server, until they have come to all servers that are not down. */
export function deliveries(destinations: number, messages: number, { down }: { readonly down: number }): Scenario {
  return {
    name: `deliveries to ${destinations} servers, ${down === 0 ? 'none' : down} down`,
    unit: 'delivery',
    async prepare(stage) {
      const server = await openLoadServer();
      const user = await stage.newUser();
      const { roomId, lastMember, servers } = await server.ask('makeRoom', {
        members: destinations,
        servers: destinations,
      });
      await user.join(roomId, [server.serverName]);
      await untilSees(user, roomId, lastMember);
      await requireMembers(user, roomId, destinations + 1);
      return async () => {
        await server.ask('setDown', { servers: servers.slice(destinations - down) });
        const reached = destinations - down;
        const measured = await measureWhole(stage.target, reached * messages, async () => {
          const latenciesMs: number[] = [];
          for (let index = 0; index < messages; index += 1) {
            const text = newTag();
            const begin = performance.timeOrigin + performance.now();
            await user.send(roomId, text);
            const { atMs } = await server.ask('awaitArrivals', { text: `"${text}"`, servers: reached });
            latenciesMs.push(...atMs.map((at) => at - begin));
          }
          return latenciesMs;
        });
        await server.ask('setDown', { servers: [] });
        return measured;
      };
    },
  };
}

/** Who could not be verified is not there: nobody would ever deliver anything to that server. */
async function requireMembers(user: MatrixClient, roomId: string, count: number): Promise<void> {
  const { joined } = await user.ask('GET', `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/joined_members`);
  const found = Object.keys(joined as object).length;
  if (found !== count) throw new Error(`the room has ${found} members instead of ${count}`);
}

let lastTag = 0;

/** A text that no other message holds, nor any other target's. */
function newTag(): string {
  lastTag += 1;
  return `tag${lastTag}`;
}

/** Resolves when a user sees another one's membership, as all members of a room come at once. */
async function untilSees(user: MatrixClient, roomId: string, member: string): Promise<void> {
  const path = `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/state/m.room.member/${encodeURIComponent(member)}`;
  await untilDone(async () => (await user.call('GET', path)).status === 200);
}

/** Resolves when all of these texts have come in answers to `/sync`. */
async function untilSynced(
  stage: Stage,
  reader: MatrixClient,
  { since, texts }: { readonly since: string; readonly texts: readonly string[] },
): Promise<void> {
  const filter = encodeURIComponent(JSON.stringify({ room: { timeline: { limit: 1 } } }));
  const missing = new Set(texts);
  let from = since;
  await untilDone(async () => {
    const path = `/_matrix/client/v3/sync?timeout=0&filter=${filter}&since=${encodeURIComponent(from)}`;
    const answer = await stage.load.get(path, reader.session.accessToken);
    from = textOf(JSON.parse(answer), 'next_batch');
    for (const text of missing) if (answer.includes(text)) missing.delete(text);
    return missing.size === 0;
  });
}

/** Looks again and again, the longer it takes the less often: looking is to cost little beside what is waited for. */
async function untilDone(isDone: () => Promise<boolean>): Promise<void> {
  const begin = performance.now();
  while (!(await isDone())) await setTimeout(Math.min(LONGEST_PAUSE_MS, 10 + (performance.now() - begin) / 20));
}
