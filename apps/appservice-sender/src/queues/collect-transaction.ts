import type { Appservice } from '@plexus/appservices';
import { encodeUrlSafeBase64, isJsonObject, parseJson } from '@plexus/matrix-base';
import type { Clock, RandomSource } from '@plexus/matrix-base';
import type {
  AppserviceItem,
  AppserviceItemKind,
  AppserviceQueueReader,
  AppserviceTransactionRecord,
  HostedServer,
} from '@plexus/storage';
import { buildBody } from './build-body.ts';
import type { CountKeys, KeyCounts } from './count-keys.ts';
import type { RenderEvents } from './render-events.ts';
import type { DeviceLists, ResolveDeviceLists } from './resolve-device-lists.ts';

export interface CollectTransactionPorts {
  readonly reader: Pick<AppserviceQueueReader, 'listItems'>;
  readonly events: Pick<RenderEvents, 'render'>;
  readonly keys: Pick<CountKeys, 'count'>;
  readonly deviceLists: Pick<ResolveDeviceLists, 'resolve'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<RandomSource, 'bytes'>;
  hostedServers(): readonly Pick<HostedServer, 'serverName'>[];
}

/** What comes next of a queue. */
export interface Collected {
  /** Up to where the queue is looked through. */
  readonly upToSeq: number;
  /** Nothing where all of that is gone. */
  readonly transaction: AppserviceTransactionRecord | undefined;
  /** There is more behind it. */
  readonly isFull: boolean;
}

/** Of each kind. */
const MOST = 100;
const MOST_READ = 4 * MOST;
const MOST_BYTES = 4 * 1024 * 1024;
/** So often counts of keys are told where nothing shows that they changed. */
const TELL_KEYS_EVERY_MS = 60_000;
/** Of an application service for thousands of hosted servers the keys of so many senders are told, and those of who gets messages. */
const SENDERS_TOLD = 100;

const NO_LISTS: DeviceLists = { changed: [], left: [] };

interface Rendered {
  readonly item: AppserviceItem;
  /** Nothing of an event that is gone. */
  readonly text: string | undefined;
}

/** Makes the next transaction of a queue: all that waits, in order, up to the first kind of which there are 100. */
export class CollectTransaction {
  readonly #ports: CollectTransactionPorts;
  readonly #keysTold = new Map<string, number>();

  constructor(ports: CollectTransactionPorts) {
    this.#ports = ports;
  }

  /** Nothing where the queue has nothing after this item. */
  async collect(appservice: Appservice, afterSeq: number): Promise<Collected | undefined> {
    const { reader, random } = this.#ports;
    const items = await reader.listItems(appservice.id, afterSeq, MOST_READ);
    const rendered = withinBytes(await this.#render(appservice, withinCounts(items)));
    const upToSeq = rendered.at(-1)?.item.seq;
    if (upToSeq === undefined) return undefined;
    const isFull = upToSeq < (items.at(-1)?.seq ?? 0);
    const texts = (kind: AppserviceItemKind): string[] =>
      rendered.flatMap(({ item, text }) => (item.kind === kind && text !== undefined ? [text] : []));
    const [events, ephemeral, toDevice] = [texts('event'), texts('ephemeral'), texts('to-device')];
    const { changed: changedDevices, left: leftDevices } = await this.#resolveDeviceLists(appservice, rendered);
    const lists = changedDevices.length + leftDevices.length;
    if (events.length + ephemeral.length + toDevice.length + lists === 0)
      return { upToSeq, transaction: undefined, isFull };
    const hasDevices = toDevice.length + lists > 0;
    const keys = await this.#countKeys(appservice, { toDevice, hasDevices });
    const transaction = {
      appserviceId: appservice.id,
      transactionId: encodeUrlSafeBase64(random.bytes(18)),
      afterSeq,
      upToSeq,
      events: events.length,
      ephemeral: ephemeral.length,
      toDevice: toDevice.length,
      body: buildBody({ events, ephemeral, toDevice, changedDevices, leftDevices, keys }),
    };
    return { upToSeq, transaction, isFull };
  }

  async #render(appservice: Appservice, items: readonly AppserviceItem[]): Promise<Rendered[]> {
    const places = items.flatMap(({ event }) => event ?? []);
    const texts = await this.#ports.events.render(places, (userId) => appservice.coversUser(userId));
    let next = 0;
    return items.map((item) => ({ item, text: item.event === undefined ? item.payload : texts[next++] }));
  }

  #resolveDeviceLists(appservice: Appservice, rendered: readonly Rendered[]): Promise<DeviceLists> | DeviceLists {
    const items = rendered.flatMap(({ item }) => (item.kind === 'device-list' ? [item] : []));
    return items.length === 0 ? NO_LISTS : this.#ports.deviceLists.resolve(appservice, items);
  }

  async #countKeys(
    appservice: Appservice,
    { toDevice, hasDevices }: { readonly toDevice: readonly string[]; readonly hasDevices: boolean },
  ): Promise<KeyCounts | undefined> {
    const { keys, clock, hostedServers } = this.#ports;
    if (!appservice.settings.receivesDeviceChanges) return undefined;
    const now = clock.now();
    if (!hasDevices && (this.#keysTold.get(appservice.id) ?? 0) + TELL_KEYS_EVERY_MS > now) return undefined;
    this.#keysTold.set(appservice.id, now);
    const served = appservice.firstServed(hostedServers(), SENDERS_TOLD);
    const senders = served.map((serverName) => appservice.senderOn(serverName));
    return keys.count([...new Set([...senders, ...toDevice.flatMap(recipientOf)])]);
  }
}

function withinCounts(items: readonly AppserviceItem[]): readonly AppserviceItem[] {
  const counts = new Map<AppserviceItemKind, number>();
  const beyond = items.findIndex(({ kind }) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count > MOST;
  });
  return beyond === -1 ? items : items.slice(0, beyond);
}

/** The first goes in any case. */
function withinBytes(rendered: readonly Rendered[]): readonly Rendered[] {
  let bytes = 0;
  const beyond = rendered.findIndex(({ text }, index) => {
    bytes += text === undefined ? 0 : Buffer.byteLength(text);
    return index > 0 && bytes > MOST_BYTES;
  });
  return beyond === -1 ? rendered : rendered.slice(0, beyond);
}

function recipientOf(message: string): string[] {
  const parsed = parseJson(message);
  const userId = parsed.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value['to_user_id'] : undefined;
  return typeof userId === 'string' ? [userId] : [];
}
