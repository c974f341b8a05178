import type { Appservice } from '@plexus/appservices';
import { isJsonObject, parseJson } from '@plexus/matrix-base';
import { appserviceInboxName } from '@plexus/storage';
import type {
  AppserviceAppender,
  DeviceAddress,
  NewAppserviceItem,
  ToDeviceInbox,
  ToDeviceWaitingReader,
  WaitingDevice,
} from '@plexus/storage';
import type { RecordBatch, RecordHandler, UserStreamRecord } from '@plexus/topics';
import type { AppendWriter } from '../queues/append-writer.ts';
import type { InterestedAppservices } from './interested-appservices.ts';

export interface DistributeToDevicePorts {
  readonly appservices: Pick<InterestedAppservices, 'all' | 'ofUser'>;
  readonly waiting: ToDeviceWaitingReader;
  readonly inbox: Pick<ToDeviceInbox, 'readMessages' | 'removeMessages'>;
  readonly appender: Pick<AppserviceAppender, 'openInboxes'>;
  readonly writer: Pick<AppendWriter, 'append'>;
  failed(doing: string, error: unknown): void;
}

const PAGE = { messages: 100, bytes: 1024 * 1024 };
const SWEPT_AT_ONCE = 500;

/**
 * Takes messages to devices of application services' users over into their queues (MSC2409, MSC4203). What was taken over is noted with the
 * items, so that each message comes into a queue once; hints that are lost are made good by sweeping all inboxes, a page at a time.
 *
 * @NOTE Inboxes are emptied for those alone that get all there is for devices so (MSC3202): users of the others may sync, and have their messages
 * there too.
 */
export class DistributeToDevice implements RecordHandler<UserStreamRecord> {
  readonly #ports: DistributeToDevicePorts;
  #sweptUpTo: DeviceAddress | undefined;

  constructor(ports: DistributeToDevicePorts) {
    this.#ports = ports;
  }

  async handle({ records }: RecordBatch<UserStreamRecord>): Promise<void> {
    const users = new Set(records.map(({ value }) => value.userId));
    const ours = [...users].filter((userId) => this.#listenersOf(userId).length > 0);
    if (ours.length === 0) return;
    await this.#takeOver(await this.#ports.waiting.findWaiting(ours));
  }

  /** Looks at the next inboxes, for messages of which no hint came. */
  async sweep(): Promise<void> {
    if (!this.#ports.appservices.all().some(({ settings }) => settings.receivesEphemeral)) return;
    const page = await this.#ports.waiting.pageWaiting(this.#sweptUpTo, SWEPT_AT_ONCE);
    this.#sweptUpTo = page.length < SWEPT_AT_ONCE ? undefined : page.at(-1);
    await this.#takeOver(page.filter(({ userId }) => this.#listenersOf(userId).length > 0));
  }

  setAside({ error }: { readonly error: unknown }): void {
    this.failed(error);
  }

  reset(): void {}

  failed(error: unknown): void {
    this.#ports.failed('take messages to devices over', error);
  }

  #listenersOf(userId: string): Appservice[] {
    return this.#ports.appservices.ofUser(userId).filter(({ settings }) => settings.receivesEphemeral);
  }

  async #takeOver(devices: readonly WaitingDevice[]): Promise<void> {
    if (devices.length === 0) return;
    const wanted = devices.flatMap((device) =>
      this.#listenersOf(device.userId).map((appservice) => ({ device, appservice })),
    );
    const keys = wanted.map(({ device: { userId, deviceId }, appservice: { id } }) => {
      return { appserviceId: id, userId, deviceId };
    });
    const read = await this.#ports.appender.openInboxes(keys);
    for (const [index, { device, appservice }] of wanted.entries()) {
      const key = keys[index];
      const from = key && read.get(appserviceInboxName(key));
      if (from !== undefined) await this.#takeOverDevice(device, appservice, from);
    }
    for (const device of devices) await this.#empty(device);
  }

  async #takeOverDevice(device: WaitingDevice, { id: appserviceId }: Appservice, first: number): Promise<void> {
    const { inbox, writer } = this.#ports;
    const { userId, deviceId, newest } = device;
    for (let from = first; from < newest;) {
      const page = await inbox.readMessages({ userId, deviceId }, { after: from, upTo: newest }, PAGE);
      const items = page.messages.flatMap((message) => itemOf(appserviceId, device, message));
      const read = { appserviceId, userId, deviceId, from, to: page.upTo };
      // Where another process was faster, it has the rest too.
      if ((await writer.append({ moves: [], reads: [read], items, members: [] })) !== 'stored') return;
      from = page.upTo;
    }
  }

  async #empty({ userId, deviceId, newest }: WaitingDevice): Promise<void> {
    const listeners = this.#listenersOf(userId);
    if (listeners.length === 0 || !listeners.every(({ settings }) => settings.receivesDeviceChanges)) return;
    const keys = listeners.map(({ id }) => ({ appserviceId: id, userId, deviceId }));
    const read = await this.#ports.appender.openInboxes(keys);
    const upTo = Math.min(newest, ...read.values());
    if (upTo > 0) await this.#ports.inbox.removeMessages({ userId, deviceId }, upTo);
  }
}

function itemOf(appserviceId: string, { userId, deviceId }: DeviceAddress, message: string): NewAppserviceItem[] {
  const parsed = parseJson(message);
  if (parsed.outcome !== 'ok' || !isJsonObject(parsed.value)) return [];
  const payload = JSON.stringify({ ...parsed.value, to_user_id: userId, to_device_id: deviceId });
  return [{ appserviceId, kind: 'to-device', payload }];
}
