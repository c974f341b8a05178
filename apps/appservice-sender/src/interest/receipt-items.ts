import type { JsonObject } from '@plexus/matrix-base';
import type { LoggedRow } from '@plexus/room-log';
import type { NewAppserviceItem } from '@plexus/storage';
import { LoggedReceipts } from '@plexus/topics';
import type { LoggedReceipt } from '@plexus/topics';
import type { InterestedAppservices } from './interested-appservices.ts';

/**
 * What application services are told of the receipts of a row (https://spec.matrix.org/v1.19/application-service-api/#pushing-ephemeral-data): those
 * that are interested in the room of all public ones, and of private ones of their own users.
 */
export function receiptItems(
  { roomId, body }: Pick<LoggedRow, 'roomId' | 'body'>,
  appservices: Pick<InterestedAppservices, 'find' | 'ofUser'>,
  interested: ReadonlySet<string>,
): NewAppserviceItem[] {
  if (body === undefined || interested.size === 0) return [];
  const { receipts } = LoggedReceipts.decode(body);
  return [...interested].flatMap((appserviceId) => {
    if (appservices.find(appserviceId)?.settings.receivesEphemeral !== true) return [];
    const told = receipts.filter(({ receiptType, userId }) => {
      if (receiptType !== 'm.read.private') return true;
      return appservices.ofUser(userId).some(({ id }) => id === appserviceId);
    });
    if (told.length === 0) return [];
    const payload = JSON.stringify({ type: 'm.receipt', room_id: roomId, content: contentOf(told) });
    return [{ appserviceId, kind: 'ephemeral' as const, payload }];
  });
}

function contentOf(receipts: readonly LoggedReceipt[]): JsonObject {
  const content: Record<string, Record<string, Record<string, JsonObject>>> = {};
  for (const { eventId, receiptType, userId, threadId, setAt } of receipts) {
    const byType = (content[eventId] ??= {});
    const byUser = (byType[receiptType] ??= {});
    byUser[userId] = { ts: setAt, ...(threadId !== '' && { thread_id: threadId }) };
  }
  return content;
}
