import type { Appservice } from '@plexus/appservices';
import type { AppserviceAppender, AppserviceItem, AppserviceSharingChange } from '@plexus/storage';
import type { JoinedMembers } from '../interest/joined-members.ts';
import type { SharingAppservices } from '../interest/sharing-appservices.ts';

export interface ResolveDeviceListsPorts {
  readonly joined: Pick<JoinedMembers, 'isEncrypted' | 'few' | 'moved'>;
  readonly sharing: Pick<SharingAppservices, 'sharesEncrypted'>;
  readonly members: Pick<AppserviceAppender, 'findRooms'>;
}

/** Whose devices have to be asked for again, and of whom an application service has no more use (MSC3202). */
export interface DeviceLists {
  readonly changed: readonly string[];
  readonly left: readonly string[];
}

interface Moved {
  readonly joined: readonly string[];
  readonly left: readonly string[];
}

const NOBODY: Moved = { joined: [], left: [] };
/** @DEVIATION Of a room with more members nobody is named when it is new: whoever encrypts for a room asks for the keys of all in it anyway. */
const MOST_JOINED = 1_000;
/** @DEVIATION Of a room with more members nobody is named when the last user of an application service leaves it. */
const MOST_LEFT = 100;

/**
 * Finds whom changed device lists concern: who came to share an encrypted room with users of an application service is a change, who shares none any
 * more has left. The cost follows what changed in the rooms.
 */
export class ResolveDeviceLists {
  readonly #ports: ResolveDeviceListsPorts;

  constructor(ports: ResolveDeviceListsPorts) {
    this.#ports = ports;
  }

  async resolve(appservice: Appservice, items: readonly AppserviceItem[]): Promise<DeviceLists> {
    const [changed, departed] = [new Set<string>(), new Set<string>()];
    for (const { payload = '', sharing } of items) {
      const moved =
        sharing === undefined ? { joined: [payload], left: [] } : await this.#movedBy(appservice, payload, sharing);
      for (const userId of moved.joined) changed.add(userId);
      for (const userId of moved.left) departed.add(userId);
    }
    const left = new Set<string>();
    for (const userId of departed) {
      if (!(await this.#ports.sharing.sharesEncrypted(userId, appservice.id))) left.add(userId);
    }
    return { changed: [...changed].filter((userId) => !left.has(userId)), left: [...left] };
  }

  /** Its own users are no news to an application service. */
  async #movedBy(appservice: Appservice, userId: string, change: AppserviceSharingChange): Promise<Moved> {
    const { joined, left } = await this.#membersMoved(appservice, userId, change);
    const isForeign = (each: string): boolean => !appservice.coversUser(each);
    return { joined: joined.filter(isForeign), left: left.filter(isForeign) };
  }

  async #membersMoved(
    appservice: Appservice,
    userId: string,
    { roomShard: shard, roomNid, roomVersion, previousRoot, currentRoot }: AppserviceSharingChange,
  ): Promise<Moved> {
    const { joined } = this.#ports;
    const room = { shard, roomNid, roomVersion };
    const moved = previousRoot === undefined ? undefined : await joined.moved(room, previousRoot, currentRoot);
    // What the states were is no longer stored: whether something is shared now decides.
    if (previousRoot !== undefined && moved === undefined) return { joined: [userId], left: [userId] };
    if (!(await joined.isEncrypted(room, currentRoot))) return NOBODY;
    if (moved === undefined || previousRoot === undefined || moved.isEncryptedNow)
      return { ...NOBODY, joined: (await joined.few(room, currentRoot, MOST_JOINED)) ?? [] };
    const isOwnGone = moved.left.some((each) => appservice.coversUser(each)) && !(await this.#isIn(appservice, room));
    if (!isOwnGone) return moved;
    return { ...moved, left: (await joined.few(room, previousRoot, MOST_LEFT)) ?? [] };
  }

  async #isIn(
    { id }: Appservice,
    { shard, roomNid }: { readonly shard: number; readonly roomNid: number },
  ): Promise<boolean> {
    const [room] = await this.#ports.members.findRooms(shard, [roomNid]);
    return room?.appserviceIds.includes(id) === true;
  }
}
