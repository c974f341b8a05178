import { waitUntil } from '../../support/servers/wait-until.ts';
import { ownerOf, query } from './owners.ts';
import type { Fault, Stage } from './stage.ts';

const PDUS = 400;
const STORED_WITHIN_MS = 60_000;

/** The owner dies when it has stored the first of many PDUs, and has taken many more. */
export const burstOfPdus: Fault = {
  name: 'kill -9 of the owner within a burst of PDUs',
  async inflict(stage) {
    const { deployment, workload } = stage;
    await workload.whileRemoteIsSilent(async ([sender]) => {
      if (sender === undefined) throw new Error('nobody sends PDUs');
      const owner = await ownerOf(deployment, sender.roomId);
      const before = await countStored(stage, sender.roomId);
      await sender.burst(PDUS);
      await waitUntil(
        'the first PDUs',
        STORED_WITHIN_MS,
        async () => (await countStored(stage, sender.roomId)) > before,
      );
      await owner.kill();
      await owner.start();
    });
  },
};

async function countStored({ deployment }: Stage, roomId: string): Promise<number> {
  const [row] = await query<{ count: string }>(deployment, COUNT, [roomId]);
  return Number(row?.count);
}

const COUNT = 'select count(*) from room_log join rooms using (shard, room_nid) where room_id = $1';
