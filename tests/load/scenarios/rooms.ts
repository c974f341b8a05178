import { textOf } from '../../support/matrix-client.ts';
import { measureCount } from '../measure.ts';
import type { Scenario } from './scenario.ts';

/** Rooms as a client makes them: a preset, a name and a topic. */
export function roomCreations(count: number, concurrency: number): Scenario {
  return {
    name: `room creations, ${concurrency} at once`,
    unit: 'room',
    async prepare(stage) {
      const creators = await stage.newUsers(concurrency);
      const body = JSON.stringify({ preset: 'private_chat', name: 'Tea', topic: 'Kettles', room_version: '10' });
      return () =>
        measureCount(stage.target, { count, concurrency }, async (index) => {
          const creator = creators[index % concurrency];
          await stage.load.post('/_matrix/client/v3/createRoom', creator?.session.accessToken ?? '', body);
        });
    },
  };
}

/** Users who join public rooms, each of them another room and user than the ones beside it. */
export function joinsAtOnce(count: number, concurrency: number): Scenario {
  return {
    name: `joins, ${concurrency} at once`,
    unit: 'join',
    async prepare(stage) {
      const owner = await stage.newUser();
      const rooms: string[] = [];
      for (let index = 0; index < concurrency; index += 1) {
        const created = await owner.ask('POST', '/_matrix/client/v3/createRoom', {
          preset: 'public_chat',
          room_version: '10',
        });
        rooms.push(`/_matrix/client/v3/join/${encodeURIComponent(textOf(created, 'room_id'))}`);
      }
      return async () => {
        const newcomers = await stage.newUsers(count);
        return measureCount(stage.target, { count, concurrency }, async (index) => {
          const token = newcomers[index]?.session.accessToken ?? '';
          await stage.load.post(rooms[index % concurrency] ?? '', token, '{}');
        });
      };
    },
  };
}
