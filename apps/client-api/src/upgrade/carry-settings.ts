import type { NamedCache } from '@plexus/cache';
import type { JsonObject } from '@plexus/matrix-base';
import type { AccountDataKey, UserRoomReader, UserStreamTransaction, UserStreamTransactor } from '@plexus/storage';
import { PUSH_RULES_TYPE, readPushRuleChanges } from '@plexus/user-streams';
import { findExceededBound } from '../account-data/check-account-data.ts';
import { carryPushRules } from './carry-push-rules.ts';
import type { Replacement } from './carry-push-rules.ts';
import type { FindPredecessor } from './find-predecessor.ts';

export interface CarrySettingsPorts {
  readonly predecessors: Pick<FindPredecessor, 'execute'>;
  readonly userRooms: Pick<UserRoomReader, 'findUserRoom'>;
  readonly userStreams: UserStreamTransactor;
  readonly pushRules: NamedCache<string>;
}

type Writer = UserStreamTransaction['accountData'];

/**
 * Takes what users keep of a room for themselves into the room that replaces it, when they join that
 * (https://spec.matrix.org/v1.19/client-server-api/#server-behaviour-16): tags, that it is a direct chat, and the push rules that are named after it. The
 * old room keeps all of it, and what the new room has already stays. Repeated, it does nothing.
 */
export class CarrySettings {
  readonly #ports: CarrySettingsPorts;

  constructor(ports: CarrySettingsPorts) {
    this.#ports = ports;
  }

  /** Does nothing for a room that replaces none, or none that the user was in. */
  async execute(userId: string, roomId: string): Promise<void> {
    const { predecessors, userRooms, userStreams, pushRules } = this.#ports;
    const from = await predecessors.execute(roomId);
    if (from === undefined || (await userRooms.findUserRoom(userId, from)) === undefined) return;
    const rooms = { from, to: roomId };
    await pushRules.change([userId], () =>
      userStreams.transact([userId], async (transaction) => {
        if (!transaction.has(userId)) return;
        await carryTags(transaction, userId, rooms);
        await carryDirect(transaction.accountData, userId, rooms);
        await carryRules(transaction.accountData, userId, rooms);
      }),
    );
  }
}

/** @NOTE Who has as much account data as one may have joins without the tags. */
async function carryTags(
  { accountData }: Pick<UserStreamTransaction, 'accountData'>,
  userId: string,
  { from, to }: Replacement,
): Promise<void> {
  const key = { roomId: to, type: 'm.tag' };
  const tags = await accountData.findAccountData(userId, { roomId: from, type: 'm.tag' });
  if (tags === undefined || (await accountData.findAccountData(userId, key)) !== undefined) return;
  const item = { ...key, content: tags };
  if ((await findExceededBound({ accountData }, userId, item)) === undefined)
    await accountData.storeAccountData(userId, item);
}

/** https://spec.matrix.org/v1.19/client-server-api/#mdirect; clients may have put anything there. */
async function carryDirect(accountData: Writer, userId: string, { from, to }: Replacement): Promise<void> {
  await change(accountData, userId, { roomId: undefined, type: 'm.direct' }, (stored) => {
    const direct = JSON.parse(stored) as JsonObject;
    const carried = Object.entries(direct).flatMap(([other, rooms]) => {
      const isDirect = Array.isArray(rooms) && rooms.includes(from) && !rooms.includes(to);
      return isDirect ? [[other, [...rooms, to]] as const] : [];
    });
    return carried.length === 0 ? undefined : JSON.stringify({ ...direct, ...Object.fromEntries(carried) });
  });
}

async function carryRules(accountData: Writer, userId: string, rooms: Replacement): Promise<void> {
  await change(accountData, userId, { roomId: undefined, type: PUSH_RULES_TYPE }, (stored) => {
    const changes = readPushRuleChanges(stored);
    const carried = carryPushRules(changes, rooms);
    return carried === changes ? undefined : JSON.stringify(carried);
  });
}

async function change(
  accountData: Writer,
  userId: string,
  key: AccountDataKey,
  changed: (stored: string) => string | undefined,
): Promise<void> {
  const stored = await accountData.findAccountData(userId, key);
  const content = stored === undefined ? undefined : changed(stored);
  if (content !== undefined) await accountData.storeAccountData(userId, { ...key, content });
}
