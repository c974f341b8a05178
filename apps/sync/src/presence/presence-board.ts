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
  onlineUntil: number;
  unavailableUntil: number;
  statusMessage: string | undefined;
  lastActiveAt: number;
  /** What was last told. */
  told: Presence;
}

/** So long a user is as they said, unless they say it again. */
export const PRESENCE_LEASE_MS = 60_000;
/** Who has done nothing for so long is idle, whatever their clients say. */
const IDLE_MS = 5 * 60_000;
/** Who has done something within this time is active. */
const ACTIVE_MS = 60_000;
/** So long what a user said of themselves is remembered after they went offline. */
const FORGET_MS = 24 * 3_600_000;

const NOBODY: Presence = { presence: 'offline', statusMessage: undefined, lastActiveAt: 0, isActive: false };

/**
 * How all users are, as far as this process was told. Nobody has to say that somebody is gone: what is not said again is over.
 *
 *     offline --online--> online --5 minutes without activity--> unavailable (idle)
 *        ^                  |                                       |
 *        +--1 minute unsaid-+---------------------------------------+
 */
export class PresenceBoard {
  readonly #users = new Map<string, Known>();

  /** Takes a record; true where others see a change. */
  take(record: PresenceRecord, now: number): boolean {
    const known = this.#users.get(record.userId) ?? {
      onlineUntil: 0,
      unavailableUntil: 0,
      statusMessage: undefined,
      lastActiveAt: 0,
      told: NOBODY,
    };
    this.#users.set(record.userId, known);
    if (record.isSet || record.statusMsg !== '')
      known.statusMessage = record.statusMsg === '' ? undefined : record.statusMsg;
    known.lastActiveAt = Math.max(known.lastActiveAt, record.lastActiveAt);
    if (record.isSet) Object.assign(known, { onlineUntil: 0, unavailableUntil: 0 });
    if (record.presence === 'online') known.onlineUntil = now + PRESENCE_LEASE_MS;
    else if (record.presence === 'unavailable') known.unavailableUntil = now + PRESENCE_LEASE_MS;
    return settle(known, now);
  }

  /** The user has done something; true where others see a change. */
  bump(userId: string, now: number): boolean {
    const known = this.#users.get(userId);
    if (known === undefined) return false;
    known.lastActiveAt = now;
    return settle(known, now);
  }

  /** Users who are others by now, because time went by. To be called now and then. */
  expire(now: number): string[] {
    const changed: string[] = [];
    for (const [userId, known] of this.#users) {
      if (settle(known, now)) changed.push(userId);
      const lastSaid = Math.max(known.onlineUntil, known.unavailableUntil, known.lastActiveAt);
      if (known.told.presence === 'offline' && lastSaid + FORGET_MS < now) this.#users.delete(userId);
    }
    return changed;
  }

  read(userId: string, now: number): Presence {
    const known = this.#users.get(userId);
    return known === undefined ? NOBODY : presenceOf(known, now);
  }

  /** Users who are not offline. */
  *present(): Iterable<string> {
    for (const [userId, { told }] of this.#users) if (told.presence !== 'offline') yield userId;
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

function presenceOf({ onlineUntil, unavailableUntil, statusMessage, lastActiveAt }: Known, now: number): Presence {
  const isOnline = onlineUntil > now && lastActiveAt + IDLE_MS > now;
  const isThere = onlineUntil > now || unavailableUntil > now;
  const presence = isOnline ? 'online' : isThere ? 'unavailable' : 'offline';
  return { presence, statusMessage, lastActiveAt, isActive: isOnline && lastActiveAt + ACTIVE_MS > now };
}
