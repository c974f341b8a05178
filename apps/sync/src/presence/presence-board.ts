import { LRUCache } from 'lru-cache';
import type { PresenceRecord } from '@plexus/topics';

export type PresenceName = 'online' | 'unavailable' | 'offline';

/** How a user is, as others see it (https://spec.matrix.org/v1.19/client-server-api/#presence). */
export interface Presence {
  readonly presence: PresenceName;
  readonly statusMessage: string | undefined;
  /** Milliseconds since the epoch; 0 where it is not known. */
  readonly lastActiveAt: number;
  readonly isActive: boolean;
}

interface Known {
  readonly isRemote: boolean;
  onlineUntil: number;
  unavailableUntil: number;
  statusMessage: string | undefined;
  lastActiveAt: number;
  /** What was last told. */
  told: Presence;
}

/** So long a user is as they said, unless they say it again. */
export const PRESENCE_LEASE_MS = 60_000;
/** Other servers say it again after 25 minutes or so. */
export const REMOTE_LEASE_MS = 35 * 60_000;
/** Of so many users of other servers it is known: those servers name whom they like. */
const MOST_REMOTE = 50_000;
/** Who has done nothing for so long is idle, whatever their clients say. */
const IDLE_MS = 5 * 60_000;
/** Who has done something within this time is active. */
const ACTIVE_MS = 60_000;
/** So long what a user said of themselves is remembered after they went offline. */
const FORGET_MS = 24 * 3_600_000;

const NOBODY: Presence = { presence: 'offline', statusMessage: undefined, lastActiveAt: 0, isActive: false };

/**
 * How all users are, as far as this process was told. Of other servers' users those servers say who is idle. Nobody has to say that somebody is gone: what is not said again is over.
 *
 *     offline --online--> online --5 minutes without activity--> unavailable (idle)
 *        ^                  |                                       |
 *        +--1 minute unsaid-+---------------------------------------+
 */
export class PresenceBoard {
  readonly #isRemote: (userId: string) => boolean;
  readonly #hosted = new Map<string, Known>();
  readonly #remote = new LRUCache<string, Known>({ max: MOST_REMOTE });

  constructor(isRemote: (userId: string) => boolean) {
    this.#isRemote = isRemote;
  }

  /** Takes a record; true where others see a change. */
  take(record: PresenceRecord, now: number): boolean {
    const isRemote = this.#isRemote(record.userId);
    const users = isRemote ? this.#remote : this.#hosted;
    const leaseMs = isRemote ? REMOTE_LEASE_MS : PRESENCE_LEASE_MS;
    const known = users.get(record.userId) ?? {
      isRemote,
      onlineUntil: 0,
      unavailableUntil: 0,
      statusMessage: undefined,
      lastActiveAt: 0,
      told: NOBODY,
    };
    users.set(record.userId, known);
    if (record.isSet || record.statusMsg !== '')
      known.statusMessage = record.statusMsg === '' ? undefined : record.statusMsg;
    known.lastActiveAt = Math.max(known.lastActiveAt, record.lastActiveAt);
    if (record.isSet) Object.assign(known, { onlineUntil: 0, unavailableUntil: 0 });
    if (record.presence === 'online') known.onlineUntil = now + leaseMs;
    else if (record.presence === 'unavailable') known.unavailableUntil = now + leaseMs;
    return settle(known, now);
  }

  /** The user has done something; true where others see a change. */
  bump(userId: string, now: number): boolean {
    const known = this.#find(userId);
    if (known === undefined) return false;
    known.lastActiveAt = now;
    return settle(known, now);
  }

  /** Users who are others by now, because time went by. To be called now and then. */
  expire(now: number): string[] {
    const changed: string[] = [];
    for (const [userId, known] of this.#all()) {
      if (settle(known, now)) changed.push(userId);
      const lastSaid = Math.max(known.onlineUntil, known.unavailableUntil, known.lastActiveAt);
      if (known.told.presence === 'offline' && lastSaid + FORGET_MS < now)
        (known.isRemote ? this.#remote : this.#hosted).delete(userId);
    }
    return changed;
  }

  read(userId: string, now: number): Presence {
    const known = this.#find(userId);
    return known === undefined ? NOBODY : presenceOf(known, now);
  }

  /** Users who are not offline. */
  *present(): Iterable<string> {
    for (const [userId, { told }] of this.#all()) if (told.presence !== 'offline') yield userId;
  }

  #find(userId: string): Known | undefined {
    return this.#hosted.get(userId) ?? this.#remote.get(userId);
  }

  *#all(): Iterable<[string, Known]> {
    yield* this.#hosted;
    yield* this.#remote.entries();
  }
}

function settle(known: Known, now: number): boolean {
  const before = known.told;
  const after = presenceOf(known, now);
  known.told = after;
  return (
    before.presence !== after.presence ||
    before.statusMessage !== after.statusMessage ||
    before.isActive !== after.isActive
  );
}

function presenceOf(
  { isRemote, onlineUntil, unavailableUntil, statusMessage, lastActiveAt }: Known,
  now: number,
): Presence {
  const isOnline = onlineUntil > now && (isRemote || lastActiveAt + IDLE_MS > now);
  const isThere = onlineUntil > now || unavailableUntil > now;
  const presence = isOnline ? 'online' : isThere ? 'unavailable' : 'offline';
  return { presence, statusMessage, lastActiveAt, isActive: isOnline && lastActiveAt + ACTIVE_MS > now };
}
