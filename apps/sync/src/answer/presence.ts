import type { Clock } from '@plexus/matrix-base';
import type { ChangeCounter } from '../ephemeral/change-counter.ts';
import { isInOneOf, presenceContent, sharesRoom } from '../presence/get-presence.ts';
import type { PresenceBoard } from '../presence/presence-board.ts';
import type { PresencePolicy } from '../presence/presence-policy.ts';
import type { RemoteUserRooms } from '../presence/remote-user-rooms.ts';
import type { UserSession } from '../sessions/user-session.ts';
import type { UserSessions } from '../sessions/user-sessions.ts';
import type { SyncRequest } from './sync-request.ts';

export interface PresenceSectionOptions {
  readonly board: PresenceBoard;
  readonly sessions: UserSessions;
  readonly remoteRooms: RemoteUserRooms;
  readonly counter: Pick<ChangeCounter, 'last'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly policy: Pick<PresencePolicy, 'hasPresence'>;
}

/** So many users who are there are told at once. */
const MAX_USERS = 1_000;
/** Of so many users of other servers it is read in which rooms they are, where it is not known. */
const MAX_READ = 50;

/** Reads `presence` of responses: of users who share a room with the one who asks (https://spec.matrix.org/v1.19/client-server-api/#presence). */
export class PresenceSection {
  readonly #options: PresenceSectionOptions;

  constructor(options: PresenceSectionOptions) {
    this.#options = options;
  }

  /**
   * What changed after `since`, as far as this process told the client; else everybody who is there. Nothing of those whom the user ignores.
   * Events, JSON each.
   */
  async read(
    session: UserSession,
    request: SyncRequest,
    { since, ignored }: { readonly since: number; readonly ignored: ReadonlySet<string> },
  ): Promise<readonly string[]> {
    const { board, clock, counter, policy } = this.#options;
    if (!policy.hasPresence(session.userId)) return [];
    const { presenceFrom } = session;
    const isKnown = since > 0 && presenceFrom !== undefined && since >= presenceFrom;
    if (!isKnown) session.presenceFrom = counter.last;
    const userIds = isKnown ? session.presenceChangesAfter(since) : await this.#listPresent(session);
    const now = clock.now();
    return userIds
      .filter((userId) => policy.hasPresence(userId) && !ignored.has(userId))
      .filter((userId) => request.filter.matchesPresence('m.presence', userId))
      .map((userId) => {
        const content = presenceContent(board.read(userId, now), now);
        return JSON.stringify({ type: 'm.presence', sender: userId, content });
      });
  }

  async #listPresent(session: UserSession): Promise<string[]> {
    const { board, sessions, remoteRooms } = this.#options;
    const found: string[] = [];
    let read = 0;
    for (const userId of board.present()) {
      if (remoteRooms.isRemote(userId)) {
        const known = remoteRooms.find(userId);
        if (known === undefined && (read += 1) > MAX_READ) continue;
        if (isInOneOf(session, known ?? (await remoteRooms.read(userId)))) found.push(userId);
      } else if (userId === session.userId || sharesRoom(session, await sessions.open(userId))) found.push(userId);
      if (found.length >= MAX_USERS) break;
    }
    return found;
  }
}
