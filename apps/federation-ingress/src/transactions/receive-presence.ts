import { isJsonObject } from '@plexus/matrix-base';
import type { Clock, JsonObject, JsonValue } from '@plexus/matrix-base';
import type { PresenceRecord } from '@plexus/topics';
import type { Parties } from '../authentication/parties.ts';
import type { EphemeralRecords } from './ephemeral-records.ts';
import type { EduReceiver } from './edu-receiver.ts';
import { findCount, isUserOf } from './user-of.ts';

export interface ReceivePresencePorts {
  readonly records: Pick<EphemeralRecords, 'publishPresence'>;
  readonly clock: Pick<Clock, 'now'>;
  /** Whether presence is wanted at all. */
  readonly isEnabled: boolean;
}

const STATES: ReadonlySet<unknown> = new Set(['online', 'unavailable', 'offline']);
const MAX_STATUS_LENGTH = 1_024;
/** So many users one EDU tells of; servers send no more than fifty. */
const MAX_UPDATES = 100;

/** How users are (https://spec.matrix.org/v1.19/server-server-api/#presence). */
export class ReceivePresence implements EduReceiver {
  readonly #ports: ReceivePresencePorts;

  constructor(ports: ReceivePresencePorts) {
    this.#ports = ports;
  }

  async execute({ origin }: Parties, { push }: JsonObject): Promise<boolean> {
    if (!this.#ports.isEnabled || !Array.isArray(push)) return false;
    const records = push
      .slice(0, MAX_UPDATES)
      .map((update) => this.#read(update, origin))
      .filter((record) => record !== undefined);
    for (const record of records) this.#ports.records.publishPresence(record);
    return records.length > 0;
  }

  #read(update: JsonValue, origin: string): PresenceRecord | undefined {
    if (!isJsonObject(update)) return undefined;
    const { user_id: userId, presence, status_msg: status, last_active_ago: ago } = update;
    if (!isUserOf(userId, origin) || typeof presence !== 'string' || !STATES.has(presence)) return undefined;
    const statusMsg = typeof status === 'string' ? status.slice(0, MAX_STATUS_LENGTH) : '';
    const lastActiveAt = Math.max(this.#ports.clock.now() - (findCount(ago) ?? 0), 0);
    return { userId, presence, statusMsg, lastActiveAt, isSet: true };
  }
}
