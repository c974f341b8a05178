import { isJsonObject } from '@plexus/matrix-base';
import type { JsonObject } from '@plexus/matrix-base';
import type { UserStreamTransactor } from '@plexus/storage';

const TYPE = 'm.tag';
export const SERVER_NOTICE_TAG = 'm.server_notice';

/**
 * Marks a room as the one in which the server speaks (https://spec.matrix.org/v1.19/client-server-api/#server-notices). False where the user is
 * not there, or was deactivated.
 */
export async function tagRoom(
  streams: UserStreamTransactor,
  { userId, roomId }: { readonly userId: string; readonly roomId: string },
): Promise<boolean> {
  const key = { roomId, type: TYPE };
  const { result } = await streams.transact([userId], async (transaction) => {
    if (!transaction.has(userId)) return false;
    const tags = tagsIn(await transaction.accountData.findAccountData(userId, key));
    if (Object.hasOwn(tags, SERVER_NOTICE_TAG)) return true;
    const content = JSON.stringify({ tags: { ...tags, [SERVER_NOTICE_TAG]: {} } });
    await transaction.accountData.storeAccountData(userId, { ...key, content });
    return true;
  });
  return result;
}

/** @NOTE Clients may have put anything under `m.tag`. */
function tagsIn(content: string | undefined): JsonObject {
  const parsed: unknown = JSON.parse(content ?? '{}');
  const tags = isJsonObject(parsed) ? parsed['tags'] : undefined;
  return isJsonObject(tags) ? tags : {};
}
