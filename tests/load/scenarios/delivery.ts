import { measureCount } from '../measure.ts';
import type { Scenario } from './scenario.ts';
import { textOf } from '../../support/matrix-client.ts';
import { sendTo } from './sends.ts';

/** From the moment a message is sent until another user's long poll has brought it, one message at a time. */
export function sendToSync(count: number): Scenario {
  return {
    name: 'send to sync, one at a time',
    unit: 'delivery',
    async prepare(stage) {
      const [sender, reader] = await Promise.all([stage.newUser(), stage.newUser()]);
      const roomId = await sender.createRoom({ preset: 'public_chat', room_version: '10' });
      await reader.join(roomId);
      const first = await reader.sync();
      let since = textOf(first, 'next_batch');
      return (round) =>
        measureCount(stage.target, { count, concurrency: 1 }, async (index) => {
          const marker = `${round}-delivery-${index}`;
          const arrival = waitFor(marker);
          await sendTo(stage, sender, roomId, marker);
          await arrival;
        });

      /** The transaction id does not reach others, so the newest message of the room is the one. */
      async function waitFor(marker: string): Promise<void> {
        for (let polls = 0; polls < 100; polls += 1) {
          const path = `/_matrix/client/v3/sync?timeout=30000&set_presence=offline&since=${encodeURIComponent(since)}`;
          const answer = await stage.load.get(path, reader.session.accessToken);
          since = textOf(JSON.parse(answer), 'next_batch');
          if (answer.includes('"m.room.message"')) return;
        }
        throw new Error(`${marker} did not arrive`);
      }
    },
  };
}
