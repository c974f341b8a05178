import { DEVICE_LIST_SOURCE } from '@plexus/storage';
import type {
  AppserviceAppender,
  AppservicePlace,
  DeviceListChange,
  DeviceListReader,
  NewAppserviceItem,
} from '@plexus/storage';
import type { AppendWriter } from '../queues/append-writer.ts';
import type { InterestedAppservices } from './interested-appservices.ts';
import type { SharingAppservices } from './sharing-appservices.ts';

export interface DistributeDeviceListsPorts {
  readonly changes: Pick<DeviceListReader, 'readDeviceListPosition' | 'readDeviceListChanges'>;
  readonly appservices: Pick<InterestedAppservices, 'all' | 'ofUser'>;
  readonly members: Pick<AppserviceAppender, 'openPlaces'>;
  readonly sharing: Pick<SharingAppservices, 'find'>;
  readonly writer: Pick<AppendWriter, 'append'>;
}

const PAGE = 100;
/** Positions of changes are of the accounts area, which a restore takes back as a whole. */
const GENERATION = 0;

/**
 * Tells application services that ask for it (MSC3202) whose devices have changed: of their own users, and of users of any server who share a room
 * with them.
 */
export class DistributeDeviceLists {
  readonly #ports: DistributeDeviceListsPorts;

  constructor(ports: DistributeDeviceListsPorts) {
    this.#ports = ports;
  }

  /** What changed since it was done last. Where another process does the same, each change comes into the queues once. */
  async execute(): Promise<void> {
    const { changes, members } = this.#ports;
    if (this.#listeners().length === 0) return;
    const last = await changes.readDeviceListPosition();
    const opened = await members.openPlaces(
      new Map([[DEVICE_LIST_SOURCE, { generation: GENERATION, position: last }]]),
    );
    const stored = opened.get(DEVICE_LIST_SOURCE);
    for (let from = stored; from !== undefined && from.position !== last;) from = await this.#executePage(from, last);
  }

  /** Where it goes on; nothing where another process did it. */
  async #executePage(from: AppservicePlace, last: number): Promise<AppservicePlace | undefined> {
    const { changes, writer } = this.#ports;
    // A restored database has fewer changes.
    const page = from.position > last ? [] : await changes.readDeviceListChanges(from.position, PAGE);
    const items = await this.#itemsOf(page);
    const position = page.length < PAGE ? last : (page.at(-1)?.position ?? last);
    const to = { generation: GENERATION, position };
    const moves = [{ source: DEVICE_LIST_SOURCE, from, to }];
    const outcome = await writer.append({ moves, reads: [], items, members: [] });
    return outcome === 'stored' ? to : undefined;
  }

  async #itemsOf(page: readonly DeviceListChange[]): Promise<NewAppserviceItem[]> {
    const { appservices, sharing } = this.#ports;
    const userIds = page.filter(({ seenBy }) => seenBy === undefined).map(({ userId }) => userId);
    if (userIds.length === 0) return [];
    const listening = this.#listeners();
    const found = await sharing.find(userIds, listening);
    return userIds.flatMap((userId) => {
      const interested = new Set(found.get(userId));
      for (const { id } of appservices.ofUser(userId)) interested.add(id);
      return listening
        .filter((id) => interested.has(id))
        .map((appserviceId) => ({ appserviceId, kind: 'device-list' as const, payload: userId }));
    });
  }

  #listeners(): string[] {
    return this.#ports.appservices.all().flatMap(({ id, settings }) => (settings.receivesDeviceChanges ? [id] : []));
  }
}
