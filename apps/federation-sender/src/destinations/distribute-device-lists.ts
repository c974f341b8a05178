import { encodeCanonicalJson, findServerName, isJsonObject, parseJson } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { OutgoingQueues } from '@plexus/service-shell';
import type {
  CrossSigningRepository,
  DeviceKeyRepository,
  DeviceListReader,
  DeviceListVersionReader,
  NewOutgoingEdu,
  OutboundDeviceLists,
} from '@plexus/storage';
import type { ServersOfUser } from './servers-of-user.ts';

export interface DistributeDeviceListsPorts {
  readonly changes: Pick<DeviceListReader, 'readDeviceListPosition' | 'readDeviceListChanges'> &
    DeviceListVersionReader;
  readonly positions: OutboundDeviceLists;
  readonly deviceKeys: Pick<DeviceKeyRepository, 'findDeviceKeys'>;
  readonly crossSigning: Pick<CrossSigningRepository, 'findCrossSigningKeys'>;
  readonly servers: Pick<ServersOfUser, 'find'>;
  readonly queues: Pick<OutgoingQueues, 'storeEdus'>;
  isHosted(serverName: string): boolean;
}

const PAGE = 100;
/** Where no number is new, how far it was told is read so many looks later: others tell too, and a restore takes it back. */
const IDLE_LOOKS = 30;
/** Beyond every number that a change ever has. */
const UNKNOWN_CHANGE = 2 ** 52;
const NO_DEVICE = 'NONE';

/**
 * Tells other servers whose devices and cross-signing keys have changed
 * (https://spec.matrix.org/v1.19/server-server-api/#device-management). The last change of each user waits until a destination has it.
 *
 * @NOTE Which device changed is not kept: each update names a predecessor that nobody has seen, so that whoever gets it asks for the whole
 * list anew, as the specification has it. What is in it beside that is true, and spares nobody the question.
 */
export class DistributeDeviceLists {
  readonly #ports: DistributeDeviceListsPorts;
  /** Up to this number all was told when it was looked last. */
  #told: number | undefined;
  #idleLooks = 0;

  constructor(ports: DistributeDeviceListsPorts) {
    this.#ports = ports;
  }

  /** What changed since it was done last; a crash, or another who does the same, repeats some. */
  async execute(): Promise<void> {
    const { changes, positions, servers, isHosted } = this.#ports;
    const last = await changes.readDeviceListPosition();
    this.#idleLooks = last === this.#told ? this.#idleLooks + 1 : 0;
    if (this.#idleLooks % IDLE_LOOKS !== 0) return;
    let position = await positions.readPosition(last);
    // A restored database has fewer changes.
    if (last < position) await positions.storePosition((position = last));
    while (position < last) {
      const page = await changes.readDeviceListChanges(position, PAGE);
      for (const { userId, seenBy, position: changed } of page) {
        if (seenBy === undefined && isHosted(findServerName(userId) ?? ''))
          await this.#tell(userId, changed, await servers.find(userId));
      }
      position = page.length < PAGE ? Math.max(last, page.at(-1)?.position ?? last) : (page.at(-1)?.position ?? last);
      await positions.storePosition(position);
    }
    this.#told = last;
  }

  /** Has servers ask for a hosted user's list, be it new; of a user who never had any device, nothing is told. Durable when it resolves. */
  async tellOf(userId: string, destinations: readonly string[]): Promise<void> {
    if (destinations.length === 0) return;
    const position = await this.#ports.changes.findLastChange(userId);
    if (position > 0) await this.#tell(userId, position, destinations);
  }

  async #tell(userId: string, position: number, destinations: readonly string[]): Promise<void> {
    if (destinations.length === 0) return;
    const { queues } = this.#ports;
    const [devices, keys] = [await this.#deviceEdu(userId, position), await this.#keyEdu(userId)];
    const origin = findServerName(userId) ?? '';
    const edus = destinations.flatMap((destination): NewOutgoingEdu[] => [
      { origin, destination, key: `device list ${userId}`, edu: devices },
      ...(keys === undefined ? [] : [{ origin, destination, key: `signing keys ${userId}`, edu: keys }]),
    ]);
    await queues.storeEdus(edus, 'replace');
  }

  async #deviceEdu(userId: string, position: number): Promise<string> {
    const [device] = await this.#ports.deviceKeys.findDeviceKeys([{ userId, deviceIds: [] }]);
    const keys = objectOf(device?.keys);
    const content: JsonObject = {
      user_id: userId,
      device_id: device?.deviceId ?? NO_DEVICE,
      stream_id: position,
      prev_id: [UNKNOWN_CHANGE + position],
      ...(device === undefined ? { deleted: true } : { keys }),
    };
    return encodeCanonicalJson({ edu_type: 'm.device_list_update', content }, 'any');
  }

  async #keyEdu(userId: string): Promise<string | undefined> {
    const found = await this.#ports.crossSigning.findCrossSigningKeys([userId]);
    const keyOf = (usage: string): JsonObject | undefined => {
      const record = found.find((each) => each.usage === usage);
      return record && objectOf(record.key);
    };
    const [master, selfSigning] = [keyOf('master'), keyOf('self_signing')];
    if (master === undefined) return undefined;
    const content = {
      user_id: userId,
      master_key: master,
      ...(selfSigning !== undefined && { self_signing_key: selfSigning }),
    };
    return encodeCanonicalJson({ edu_type: 'm.signing_key_update', content }, 'any');
  }
}

function objectOf(text: string | undefined): JsonObject {
  const parsed = parseJson(text ?? '{}');
  return parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value : {};
}
