import { waitUntil } from '../../support/servers/wait-until.ts';
import type { Fault } from './stage.ts';
import { pickProcess } from './stage.ts';
import { recreateRoomEvents } from './topic-faults.ts';

const MISSED = 60;
const MISSED_WITHIN_MS = 60_000;

/** A replica of sync cannot reach Kafka while records come, and then they are gone with their topic. */
export const loseRecords: Fault = {
  name: 'records of room.events are lost before sync has read them',
  async inflict(stage) {
    const { workload } = stage;
    const link = pickProcess(stage, 'sync').links.kafka;
    link?.partition();
    try {
      const wanted = workload.acknowledged.length + MISSED;
      await waitUntil('records to miss', MISSED_WITHIN_MS, () => workload.acknowledged.length >= wanted);
      await recreateRoomEvents.inflict(stage);
    } finally {
      link?.heal();
    }
  },
};
