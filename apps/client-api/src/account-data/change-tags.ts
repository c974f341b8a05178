import { fitsBytes, isJsonObject, MatrixError } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { AccountDataReader, UserStreamTransactor } from '@plexus/storage';
import type { SentContent } from '../rooms/send-event.ts';
import { requireOwnAccountData, requireStream, storeWithinBounds } from './check-account-data.ts';

const TYPE = 'm.tag';
const MAX_TAG_BYTES = 255;
/** So many tags of a room are kept; with more, its item of account data would grow without end. */
const MAX_TAGS = 100;

export interface TagPlace {
  readonly userId: string;
  readonly roomId: string;
}

/** The tags of a user's rooms (https://spec.matrix.org/v1.19/client-server-api/#room-tagging), kept as `m.tag` in the room's account data. */
export class ChangeTags {
  readonly #streams: UserStreamTransactor;
  readonly #accountData: AccountDataReader;

  constructor(streams: UserStreamTransactor, accountData: AccountDataReader) {
    this.#streams = streams;
    this.#accountData = accountData;
  }

  async list(requester: Requester, { userId, roomId }: TagPlace): Promise<JsonObject> {
    requireOwnAccountData(requester, userId, { roomId, type: TYPE });
    return tagsIn(await this.#accountData.findAccountData(userId, { roomId, type: TYPE }));
  }

  /** The caller has checked the content's shape. */
  async add(
    requester: Requester,
    place: TagPlace,
    { tag, content }: { tag: string; content: SentContent },
  ): Promise<void> {
    requireTag(tag);
    const added = JSON.parse(content.bytes?.toString() ?? '{}') as JsonObject;
    await this.#change(requester, place, (tags) => {
      const changed = { ...tags, [tag]: added };
      if (Object.keys(changed).length <= MAX_TAGS) return changed;
      throw new MatrixError('M_TOO_LARGE', 413, `A room has at most ${MAX_TAGS} tags`);
    });
  }

  async remove(requester: Requester, place: TagPlace, tag: string): Promise<void> {
    requireTag(tag);
    await this.#change(requester, place, (tags) => {
      if (!Object.hasOwn(tags, tag)) return undefined;
      return Object.fromEntries(Object.entries(tags).filter(([name]) => name !== tag));
    });
  }

  /** Nothing is stored where `change` gives nothing. */
  async #change(
    requester: Requester,
    { userId, roomId }: TagPlace,
    change: (tags: JsonObject) => JsonObject | undefined,
  ): Promise<void> {
    const key = { roomId, type: TYPE };
    requireOwnAccountData(requester, userId, key);
    await this.#streams.transact([userId], async (transaction) => {
      requireStream(transaction, userId);
      const { accountData } = transaction;
      const tags = change(tagsIn(await accountData.findAccountData(userId, key)));
      if (tags === undefined) return;
      await storeWithinBounds(transaction, userId, { ...key, content: JSON.stringify({ tags }) });
    });
  }
}

/** @NOTE Clients may have put anything under `m.tag`. */
function tagsIn(content: string | undefined): JsonObject {
  const { tags } = JSON.parse(content ?? '{}') as JsonObject;
  return isJsonObject(tags) ? tags : {};
}

function requireTag(tag: string): void {
  const isUsable = tag !== '' && fitsBytes(tag, MAX_TAG_BYTES);
  if (!isUsable) throw new MatrixError('M_INVALID_PARAM', 400, `A tag has 1 to ${MAX_TAG_BYTES} bytes`);
}
