import { measureCount } from '../measure.ts';
import type { Scenario } from './scenario.ts';
import { joinAll, sendTo } from './sends.ts';

/** Single sends in a room of `members`. */
export function sendsInRoomOf(members: number, count: number): Scenario {
  return {
    name: `sends in a room of ${members}`,
    unit: 'send',
    skips: (target) => tooLarge(target.name, members),
    async prepare(stage) {
      const owner = await stage.newUser();
      const roomId = await owner.createRoom({ preset: 'public_chat', room_version: '10' });
      await joinAll(roomId, await stage.newUsers(members - 1));
      return (round) =>
        measureCount(stage.target, { count, concurrency: 1 }, async (index) => {
          await sendTo(stage, owner, roomId, `${round}-size-${index}`);
        });
    },
  };
}

/** Single joins of users that have never been in the room. */
export function joinsInRoomOf(members: number, count: number): Scenario {
  return {
    name: `joins in a room of ${members}`,
    unit: 'join',
    skips: (target) => tooLarge(target.name, members),
    async prepare(stage) {
      const owner = await stage.newUser();
      const roomId = await owner.createRoom({ preset: 'public_chat', room_version: '10' });
      await joinAll(roomId, await stage.newUsers(members - 1));
      return async () => {
        const newcomers = await stage.newUsers(count);
        const path = `/_matrix/client/v3/join/${encodeURIComponent(roomId)}`;
        return measureCount(stage.target, { count, concurrency: 1 }, async (index) => {
          const token = newcomers[index]?.session.accessToken ?? '';
          await stage.load.post(path, token, '{}');
        });
      };
    },
  };
}

function tooLarge(target: string, members: number): string | undefined {
  return target === 'Synapse' && members > 1_000 ? 'would take Synapse half an hour to fill' : undefined;
}
