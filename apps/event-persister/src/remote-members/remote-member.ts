import { isUserId, serverNameOf } from '@plexus/matrix-base';
import type { JsonValue, JsonObject } from '@plexus/matrix-base';
import type { StateKey } from '@plexus/room-dag';
import type { RemoteMember } from '@plexus/storage';

/** Longer names are cut: nobody looks for somebody by more. */
const MAX_NAME_LENGTH = 256;
const MAX_URL_LENGTH = 1_000;

/** Whether a key of a room's state is the membership of a user of another server. */
export function isRemoteMembership({ type, stateKey }: StateKey, isHosted: (serverName: string) => boolean): boolean {
  return type === 'm.room.member' && isUserId(stateKey) && !isHosted(serverNameOf(stateKey));
}

/** The member that a membership event makes of its user; nothing where they are not joined by it. */
export function remoteMemberOf(
  userId: string,
  { eventNid, content }: { readonly eventNid: number; readonly content: JsonObject },
): RemoteMember | undefined {
  if (content['membership'] !== 'join') return undefined;
  const { displayname, avatar_url: avatarUrl } = content;
  return { userId, eventNid, displayName: nameOf(displayname), avatarUrl: urlOf(avatarUrl) };
}

/** @NOTE Postgres keeps no NUL in a text, and half a character has no UTF-8 form. */
function nameOf(name: JsonValue | undefined): string | undefined {
  if (typeof name !== 'string') return undefined;
  const cut = name.replaceAll('\0', '').slice(0, MAX_NAME_LENGTH).toWellFormed();
  return cut.trim() === '' ? undefined : cut;
}

function urlOf(url: JsonValue | undefined): string | undefined {
  if (typeof url !== 'string' || !url.startsWith('mxc://') || url.length > MAX_URL_LENGTH) return undefined;
  return url.includes('\0') ? undefined : url.toWellFormed();
}
