import { MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { DehydratedDeviceRepository, ToDeviceInbox, UserStreamReader } from '@plexus/storage';

export interface DehydratedEventsPorts {
  readonly dehydrated: Pick<DehydratedDeviceRepository, 'findDehydratedDevice'>;
  readonly inbox: Pick<ToDeviceInbox, 'readMessages'>;
  readonly streams: Pick<UserStreamReader, 'findPositions'>;
}

export interface DehydratedEvents {
  readonly events: readonly JsonObject[];
  /** Where the next page begins; the last page has no events. */
  readonly next_batch: string;
}

const PAGE = { messages: 100, bytes: 1024 * 1024 };

/** Reads what was sent to a dehydrated device, which a new device of the user takes over (https://github.com/matrix-org/matrix-spec-proposals/pull/3814). */
export class ReadDehydratedEvents {
  readonly #ports: DehydratedEventsPorts;

  constructor(ports: DehydratedEventsPorts) {
    this.#ports = ports;
  }

  /** Nothing is removed by reading: the messages go with the device. */
  async execute(userId: string, deviceId: string, from: string | undefined): Promise<DehydratedEvents> {
    const { dehydrated, inbox, streams } = this.#ports;
    const after = from === undefined ? 0 : readPosition(from);
    const device = await dehydrated.findDehydratedDevice(userId);
    if (device === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'There is no dehydrated device');
    if (device.deviceId !== deviceId) throw new MatrixError('M_FORBIDDEN', 403, 'The device is not dehydrated');
    const last = (await streams.findPositions([userId])).get(userId) ?? 0;
    const upTo = Math.max(last, after);
    const page = await inbox.readMessages({ userId, deviceId }, { after, upTo }, PAGE);
    const events = page.messages.map((message) => JSON.parse(message) as JsonObject);
    return { events, next_batch: `d${page.upTo}` };
  }
}

function readPosition(text: string): number {
  if (/^d[0-9]{1,15}$/.test(text)) return Number(text.slice(1));
  throw new MatrixError('M_INVALID_PARAM', 400, '"next_batch" is not one of this server');
}
