import { MatrixClient, textOf } from '../../support/matrix-client.ts';
import type { BenchAppservice } from '../bench-appservice.ts';
import { measureCount, measureFor } from '../measure.ts';
import type { Scenario, Stage } from './scenario.ts';

const MESSAGE = JSON.stringify({ msgtype: 'm.text', body: 'The quick brown fox jumps over the lazy dog.' });

/** Events of rooms with a bridged user, until the application service has each: as many are under way as there are lanes. */
export function appserviceDelivery(concurrency: number, rooms: number, seconds: number): Scenario {
  return {
    name: `send to an appservice's receipt, ${concurrency} at once, ${rooms} rooms`,
    unit: 'delivery',
    skips: ({ appservice }) => (appservice === undefined ? 'has no application service' : undefined),
    async prepare(stage) {
      const appservice = appserviceOf(stage);
      const senders = await stage.newUsers(concurrency);
      const roomIds = await makeRooms(stage, appservice, { senders, rooms });
      return async (round) => {
        const measured = await measureFor(stage.target, { seconds, concurrency }, async (lane, index) => {
          const eventId = await send(stage, senders[lane], {
            roomId: roomIds[lane % roomIds.length],
            transactionId: `${round}-as-${lane}-${index}`,
          });
          await appservice.arrivalOf(eventId);
        });
        return measured;
      };
    },
  };
}

/** From the answer to a send, when it is committed, to its receipt: one message at a time. */
export function appserviceLatency(count: number): Scenario {
  return {
    name: "commit to an appservice's receipt, one at a time",
    unit: 'delivery',
    skips: ({ appservice }) => (appservice === undefined ? 'has no application service' : undefined),
    async prepare(stage) {
      const appservice = appserviceOf(stage);
      const senders = await stage.newUsers(1);
      const roomIds = await makeRooms(stage, appservice, { senders, rooms: 1 });
      return async (round) => {
        const latenciesMs: number[] = [];
        const measured = await measureCount(stage.target, { count, concurrency: 1 }, async (index) => {
          const eventId = await send(stage, senders[0], {
            roomId: roomIds[0],
            transactionId: `${round}-late-${index}`,
          });
          const answeredAt = performance.now();
          latenciesMs.push(Math.max(0, (await appservice.arrivalOf(eventId)) - answeredAt));
        });
        return { ...measured, latenciesMs };
      };
    },
  };
}

/** What came in while it was away, until it has all of it. */
export function appserviceCatchUp(events: number): Scenario {
  return {
    name: `an appservice catches up with ${events.toLocaleString('en')} events`,
    unit: 'event',
    skips: ({ appservice }) => (appservice === undefined ? 'has no application service' : undefined),
    async prepare(stage) {
      const appservice = appserviceOf(stage);
      const senders = await stage.newUsers(16);
      const roomIds = await makeRooms(stage, appservice, { senders, rooms: 16 });
      return async (round) => {
        appservice.isAway = true;
        const sent: string[] = [];
        await measureCount(stage.target, { count: events, concurrency: 16 }, async (index) => {
          const [sender, roomId] = [senders[index % 16], roomIds[index % 16]];
          sent.push(await send(stage, sender, { roomId, transactionId: `${round}-away-${index}` }));
        });
        appservice.isAway = false;
        await pokeAppservice(stage, appservice);
        const arrivals = sent.map((eventId) => appservice.arrivalOf(eventId));
        return measureCount(stage.target, { count: events, concurrency: events }, async (index) => {
          await arrivals[index];
        });
      };
    },
  };
}

function appserviceOf({ target: { appservice } }: Stage): BenchAppservice {
  if (appservice === undefined) throw new Error('the target has no application service');
  return appservice;
}

/** By a ping, where the homeserver knows that; else it comes back by itself. */
async function pokeAppservice({ http }: Stage, { asToken }: BenchAppservice): Promise<void> {
  await http.call('POST', '/_matrix/client/v1/appservice/bench/ping', { accessToken: asToken, body: {} });
}

/** The sender of a lane is in one room: the one that is its number modulo the number of rooms. */
async function makeRooms(
  stage: Stage,
  appservice: BenchAppservice,
  { senders, rooms }: { readonly senders: readonly MatrixClient[]; readonly rooms: number },
): Promise<string[]> {
  const ghost = await newGhost(stage, appservice);
  const roomIds: string[] = [];
  for (let index = 0; index < rooms; index += 1) {
    const [owner, ...others] = senders.filter((_, sender) => sender % rooms === index);
    if (owner === undefined) throw new Error('each room needs a sender');
    const roomId = await owner.createRoom({ preset: 'public_chat', room_version: '10' });
    for (const member of [...others, ghost]) await member.join(roomId);
    roomIds.push(roomId);
  }
  return roomIds;
}

let lastGhost = 0;

async function newGhost({ http }: Stage, { asToken, userPrefix }: BenchAppservice): Promise<MatrixClient> {
  const username = `${userPrefix.slice(1)}ghost${++lastGhost}`;
  const body = { type: 'm.login.application_service', username };
  const answer = await http.call('POST', '/_matrix/client/v3/register', { accessToken: asToken, body });
  if (answer.status !== 200) throw new Error(`register ${username}: ${answer.status} ${JSON.stringify(answer.body)}`);
  return new MatrixClient(http, {
    userId: textOf(answer.body, 'user_id'),
    accessToken: textOf(answer.body, 'access_token'),
    deviceId: textOf(answer.body, 'device_id'),
  });
}

async function send(
  stage: Stage,
  sender: MatrixClient | undefined,
  { roomId, transactionId }: { readonly roomId: string | undefined; readonly transactionId: string },
): Promise<string> {
  if (sender === undefined || roomId === undefined) throw new Error('the scenario has no such sender or room');
  const answer = await stage.load.request(
    'PUT',
    sender.sendPath(roomId, transactionId),
    sender.session.accessToken,
    MESSAGE,
  );
  return textOf(JSON.parse(answer), 'event_id');
}
