import { measureFor, measurePaced } from '../measure.ts';
import type { Scenario, Stage } from './scenario.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';

const MESSAGE = JSON.stringify({
  msgtype: 'm.text',
  body: 'The quick brown fox jumps over the lazy dog, and on it goes.',
});

/** Sends in `concurrency` lanes, each by a user of its own, over all rooms in turn. */
export function sends(concurrency: number, rooms: number, membersPerRoom: number, seconds: number): Scenario {
  return {
    name: `${concurrency} sends at once, ${rooms === 1 ? `one room of ${membersPerRoom}` : `${rooms} rooms`}`,
    unit: 'send',
    async prepare(stage) {
      const senders = await stage.newUsers(concurrency);
      const roomIds = await makeRooms(stage, senders, rooms, membersPerRoom);
      return (round) =>
        measureFor(stage.target, { seconds, concurrency }, async (lane, index) => {
          await sendTo(stage, senders[lane], roomIds[index % roomIds.length], `${round}-${lane}-${index}`);
        });
    },
  };
}

/** So long is a round at a fixed rate at least: in the first one, which does not count, the server's code gets warm. */
const PACED_SECONDS = 20;

/** Sends at a fixed rate, far below what the server can do: what an event costs when nothing can be batched. */
export function pacedSends(perSecond: number, rooms: number, asked: number): Scenario {
  const seconds = Math.max(asked, PACED_SECONDS);
  return {
    name: `${perSecond} sends per second, ${rooms} rooms`,
    unit: 'send',
    async prepare(stage) {
      const senders = await stage.newUsers(rooms);
      const roomIds = await Promise.all(senders.map((sender) => sender.createRoom({ preset: 'public_chat' })));
      return (round) =>
        measurePaced(stage.target, { seconds, perSecond }, async (index) => {
          const room = index % rooms;
          await sendTo(stage, senders[room], roomIds[room], `${round}-paced-${index}`);
        });
    },
  };
}

export async function sendTo(
  stage: Stage,
  sender: MatrixClient | undefined,
  roomId: string | undefined,
  transactionId: string,
): Promise<void> {
  if (sender === undefined || roomId === undefined) throw new Error('the scenario has no such sender or room');
  await stage.load.put(sender.sendPath(roomId, transactionId), sender.session.accessToken, MESSAGE);
}

/** Rooms in which all senders are, filled up with others. */
async function makeRooms(
  stage: Stage,
  senders: readonly MatrixClient[],
  count: number,
  membersPerRoom: number,
): Promise<string[]> {
  const owner = senders[0];
  if (owner === undefined) throw new Error('a scenario needs a sender');
  const others = await stage.newUsers(Math.max(0, membersPerRoom - senders.length));
  const roomIds: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const roomId = await owner.createRoom({ preset: 'public_chat', room_version: '10' });
    await joinAll(roomId, [...senders.slice(1), ...others]);
    roomIds.push(roomId);
  }
  return roomIds;
}

/** A few at a time, as many as a homeserver of the usual speed takes. */
export async function joinAll(roomId: string, users: readonly MatrixClient[]): Promise<void> {
  const waiting = [...users];
  const lane = async (): Promise<void> => {
    for (let user = waiting.pop(); user !== undefined; user = waiting.pop()) await user.join(roomId);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}
