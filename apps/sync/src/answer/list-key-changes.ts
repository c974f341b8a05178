import type { SyncToken } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import type { Clock } from '@plexus/matrix-base';
import { deadlineAfter } from '../deadline.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';
import type { DeviceListsAnswer, DeviceListsReader } from './device-lists.ts';
import type { LogPlace } from './log-place.ts';

export interface ListKeyChangesPorts {
  readonly log: LogPlace;
  readonly sessions: Pick<UserSessions, 'open'>;
  readonly deviceLists: DeviceListsReader;
  readonly clock: Clock;
}

/** How long a request waits for a log that lags behind the client's token. */
const PATIENCE_MS = 5_000;

/** Says whose device lists have changed between two syncs (https://spec.matrix.org/v1.19/client-server-api/#get_matrixclientv3keyschanges). */
export class ListKeyChanges {
  readonly #ports: ListKeyChangesPorts;

  constructor(ports: ListKeyChangesPorts) {
    this.#ports = ports;
  }

  /** Changes up to now: what came after `to` is told too. A token of before a restore names changes that may be lost: all of them are told. */
  async execute(
    userId: string,
    { from, to }: { readonly from: SyncToken; readonly to: SyncToken },
  ): Promise<DeviceListsAnswer> {
    for (const token of [from, to]) this.#requireOwn(token);
    const { log, sessions, deviceLists } = this.#ports;
    if (to.generation === log.generation) await this.#catchUp(to);
    const session = await sessions.open(userId);
    const upTo = { positions: log.positions(), deviceLists: deviceLists.position };
    const isKnown = from.generation === log.generation;
    const since = isKnown
      ? { positions: from.positions, deviceLists: from.deviceListPosition }
      : { ...upTo, deviceLists: 0 };
    return (await deviceLists.begin(session, { since, upTo })?.()) ?? { changed: [], left: [] };
  }

  #requireOwn({ positions }: SyncToken): void {
    if (positions.length === this.#ports.log.positions().length) return;
    throw new MatrixError('M_INVALID_PARAM', 400, 'A token is not of this deployment');
  }

  async #catchUp({ positions, deviceListPosition }: SyncToken): Promise<void> {
    const { log, deviceLists, clock } = this.#ports;
    const deadline = deadlineAfter(PATIENCE_MS, clock);
    await Promise.all([log.reached(positions, deadline.signal), deviceLists.reached(deviceListPosition)]);
    deadline.cancel();
  }
}
