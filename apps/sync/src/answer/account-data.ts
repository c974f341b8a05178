import type { AccountDataItem, AccountDataReader, UserStreamRange } from '@plexus/storage';
import { PUSH_RULES_TYPE, pushRulesContent } from '@plexus/user-streams';
import type { SyncFilter } from './sync-filter.ts';

/** Account data as events of a response, JSON each (https://spec.matrix.org/v1.19/client-server-api/#client-config). */
export interface AccountDataEvents {
  /** Of the whole account. */
  readonly account: readonly string[];
  readonly rooms: ReadonlyMap<string, readonly string[]>;
}

export const NO_ACCOUNT_DATA: AccountDataEvents = { account: [], rooms: new Map() };

/** Reads `account_data` of responses, the account's and its rooms'. */
export class AccountDataSection {
  readonly #reader: AccountDataReader;

  constructor(reader: AccountDataReader) {
    this.#reader = reader;
  }

  /** What was changed within the range; without one, everything. */
  async read(userId: string, filter: SyncFilter, range?: UserStreamRange): Promise<AccountDataEvents> {
    const stored = await this.#reader.listAccountData(userId, range);
    const items = withPushRules(userId, stored, { isComplete: range === undefined });
    const passing = items.filter((item) => passes(item, filter));
    const account = passing.filter(({ roomId }) => roomId === undefined).map(eventOf);
    const ofRooms = passing.filter(({ roomId }) => roomId !== undefined);
    const byRoom = Map.groupBy(ofRooms, ({ roomId }) => roomId ?? '');
    return { account, rooms: new Map([...byRoom].map(([roomId, own]) => [roomId, own.map(eventOf)])) };
  }

  /** Everything of one room. */
  async readRoom(userId: string, roomId: string, filter: SyncFilter): Promise<readonly string[]> {
    const items = await this.#reader.listRoomAccountData(userId, roomId);
    return items.filter((item) => passes(item, filter)).map(eventOf);
  }
}

/** @NOTE Of push rules only the user's changes are stored: they are told whole, and everybody has the predefined ones. */
function withPushRules(
  userId: string,
  stored: readonly AccountDataItem[],
  { isComplete }: { readonly isComplete: boolean },
): readonly AccountDataItem[] {
  const tell = (item: AccountDataItem): AccountDataItem => ({
    ...item,
    content: pushRulesContent(userId, item.content),
  });
  const items = stored.map((item) => (isPushRules(item) ? tell(item) : item));
  if (!isComplete || items.some(isPushRules)) return items;
  return [...items, { roomId: undefined, type: PUSH_RULES_TYPE, content: pushRulesContent(userId, undefined) }];
}

function isPushRules({ roomId, type }: AccountDataItem): boolean {
  return roomId === undefined && type === PUSH_RULES_TYPE;
}

function passes({ roomId, type }: AccountDataItem, filter: SyncFilter): boolean {
  return roomId === undefined ? filter.matchesAccountData(type) : filter.matchesRoomAccountData(roomId, type);
}

function eventOf({ type, content }: AccountDataItem): string {
  return `{"type":${JSON.stringify(type)},"content":${content}}`;
}
