import { isJsonObject, parseJson } from '@plexus/matrix-base';
import type { LoggedRow } from '@plexus/room-log';
import type { NewAppserviceItem } from '@plexus/storage';
import type { InterestedAppservices } from './interested-appservices.ts';

/** Who has users in a room before a row and after it. */
export interface UsersThere {
  readonly before: ReadonlySet<string>;
  readonly after: ReadonlySet<string>;
}

/**
 * What application services are told where somebody may begin or cease to share an encrypted room with their users (MSC3202): one item, whatever the
 * row changed. Whom it concerns is found when it is sent.
 */
export function sharingItems(
  row: LoggedRow,
  { before, after }: UsersThere,
  appservices: Pick<InterestedAppservices, 'find'>,
): NewAppserviceItem[] {
  if (before.size + after.size === 0) return [];
  const change = row.changedState.find(({ type, stateKey }) => {
    return type === 'm.room.member' || (type === 'm.room.encryption' && stateKey === '');
  });
  if (change === undefined) return [];
  const payload = change.stateKey === '' ? senderOf(row) : change.stateKey;
  const { shard: roomShard, roomNid, roomVersion, previousRoot, currentRoot } = row;
  const place = { roomShard, roomNid, roomVersion, currentRoot };
  return [...new Set([...before, ...after])].flatMap((appserviceId) => {
    if (appservices.find(appserviceId)?.settings.receivesDeviceChanges !== true) return [];
    const sharing = { ...place, previousRoot: before.has(appserviceId) ? previousRoot : undefined };
    return [{ appserviceId, kind: 'device-list' as const, payload, sharing }];
  });
}

function senderOf({ event }: LoggedRow): string {
  const parsed = event && parseJson(event.json);
  const sender = parsed?.outcome === 'ok' && isJsonObject(parsed.value) ? parsed.value['sender'] : undefined;
  return typeof sender === 'string' ? sender : '';
}
