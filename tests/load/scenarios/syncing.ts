import { textOf } from '../../support/matrix-client.ts';
import type { MatrixClient } from '../../support/matrix-client.ts';
import { measureCount } from '../measure.ts';
import type { Scenario, Stage } from './scenario.ts';
import { joinAll, sendTo } from './sends.ts';

const SYNC = '/_matrix/client/v3/sync';

/** Not measured: until then clients come back that nobody has asked for since the last round, and all hear of each other's presence. */
const MESSAGES_BEFORE = 5;

/** Messages into one room, each of which all clients wait for with a long poll. A delivery is one client's. */
export function fanOut(clients: number, messages: number): Scenario {
  return {
    name: `fan-out to ${clients} syncing clients`,
    unit: 'delivery',
    async prepare(stage) {
      const readers = await stage.newUsers(clients);
      const sender = await stage.newUser();
      const roomId = await sender.createRoom({ preset: 'public_chat', room_version: '10' });
      await joinAll(roomId, readers);
      const polls = await Promise.all(readers.map((reader) => LongPoll.begin(stage, reader)));
      const deliver = async (transactionId: string): Promise<void> => {
        const arrived = Promise.all(polls.map((poll) => poll.nextMessage()));
        await sendTo(stage, sender, roomId, transactionId);
        await arrived;
      };
      return async (round) => {
        for (let before = 0; before < MESSAGES_BEFORE; before += 1) await deliver(`${round}-before-${before}`);
        const arrivals = new Map<number, Promise<void>>();
        const arrivalOf = (message: number): Promise<void> => {
          const known = arrivals.get(message);
          if (known !== undefined) return known;
          const before = message === 0 ? Promise.resolve() : arrivalOf(message - 1);
          const arrival = before.then(() => deliver(`${round}-fan-out-${message}`));
          arrivals.set(message, arrival);
          return arrival;
        };
        return measureCount(stage.target, { count: clients * messages, concurrency: clients }, async (index) => {
          await arrivalOf(Math.floor(index / clients));
        });
      };
    },
  };
}

/** A device that syncs for the first time. No two requests are equal: an answer that is kept is not what is measured. */
export function initialSync(rooms: number, count: number): Scenario {
  return {
    name: `initial sync with ${rooms} rooms`,
    unit: 'sync',
    async prepare(stage) {
      const user = await userInRooms(stage, rooms);
      return (round) =>
        measureCount(stage.target, { count, concurrency: 1 }, async (index) => {
          await stage.load.get(`${SYNC}?timeout=${round * count + index}`, user.session.accessToken);
        });
    },
  };
}

/** A device that asks again and again from a place after which one of its user's rooms has changed. */
export function incrementalSync(rooms: number, count: number): Scenario {
  return {
    name: `incremental sync in ${rooms} rooms, one changed`,
    unit: 'sync',
    skips: ({ name }) => (name.includes('Synapse') ? 'it takes too long to make the rooms' : undefined),
    async prepare(stage) {
      const user = await userInRooms(stage, rooms);
      const roomId = await user.createRoom();
      const { next_batch: since } = await user.sync();
      await sendTo(stage, user, roomId, 'change');
      const path = `${SYNC}?timeout=0&since=${encodeURIComponent(String(since))}`;
      return () =>
        measureCount(stage.target, { count, concurrency: 1 }, async () => {
          await stage.load.get(path, user.session.accessToken);
        });
    },
  };
}

async function userInRooms(stage: Stage, rooms: number): Promise<MatrixClient> {
  const user = await stage.newUser();
  let made = 0;
  const lane = async (): Promise<void> => {
    while (made < rooms) {
      made += 1;
      const roomId = await user.createRoom({ preset: 'private_chat', name: `Room ${made}` });
      for (let index = 0; index < 3; index += 1) await sendTo(stage, user, roomId, `${made}-${index}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, lane));
  return user;
}

/** A client that always has a long poll open. */
class LongPoll {
  readonly #stage: Stage;
  readonly #user: MatrixClient;
  #since: string;

  private constructor(stage: Stage, user: MatrixClient, since: string) {
    this.#stage = stage;
    this.#user = user;
    this.#since = since;
  }

  static async begin(stage: Stage, user: MatrixClient): Promise<LongPoll> {
    return new LongPoll(stage, user, textOf(await user.sync(), 'next_batch'));
  }

  async nextMessage(): Promise<void> {
    for (let polls = 0; polls < 100; polls += 1) {
      const path = `${SYNC}?timeout=30000&since=${encodeURIComponent(this.#since)}`;
      const answer = await this.#stage.load.get(path, this.#user.session.accessToken);
      this.#since = textOf(JSON.parse(answer), 'next_batch');
      if (answer.includes('"m.room.message"')) return;
    }
    throw new Error('A message did not arrive');
  }
}
