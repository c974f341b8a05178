import type { Clock } from '@plexus/matrix-base';
import { PresenceSection } from './answer/presence.ts';
import type { RemoteJoinedRooms } from './device-lists/remote-joined-rooms.ts';
import type { ChangeCounter } from './ephemeral/change-counter.ts';
import type { RoomTail } from './log/room-tail.ts';
import { AnnouncePresence } from './presence/announce-presence.ts';
import { GetPresence } from './presence/get-presence.ts';
import { PresenceBoard } from './presence/presence-board.ts';
import { PresenceChanges } from './presence/presence-changes.ts';
import { PresencePolicy } from './presence/presence-policy.ts';
import { RemoteUserRooms } from './presence/remote-user-rooms.ts';
import type { UserSessions } from './sessions/user-sessions.ts';
import type { SyncPorts } from './sync-parts.ts';

/** What knows how users are, and tells it. */
export interface PresenceParts {
  readonly presence: PresenceChanges;
  readonly announce: AnnouncePresence;
  readonly getPresence: GetPresence;
  readonly section: PresenceSection;
}

export interface PresenceSurroundings {
  readonly sessions: UserSessions;
  readonly tail: RoomTail;
  readonly ephemeral: ChangeCounter;
  readonly remoteJoinedRooms: RemoteJoinedRooms;
  readonly clock: Clock;
}

export function composePresence(
  { wantsMember, servers, publishPresence: publish, presenceStatuses: statuses, failed }: SyncPorts,
  hasPresence: boolean,
  { sessions, tail, ephemeral: counter, remoteJoinedRooms, clock }: PresenceSurroundings,
): PresenceParts {
  const isRemote = (userId: string): boolean => !wantsMember(userId);
  const remoteRooms = new RemoteUserRooms({ isRemote, read: (userId) => remoteJoinedRooms.read(userId) });
  const board = new PresenceBoard(isRemote);
  const policy = new PresencePolicy(servers, hasPresence);
  const seen = { board, sessions, remoteRooms, clock };
  return {
    presence: new PresenceChanges({ ...seen, tail, counter, failed }),
    announce: new AnnouncePresence({ board, clock, policy, statuses, publish, failed }),
    getPresence: new GetPresence({ ...seen, policy, statuses }),
    section: new PresenceSection({ ...seen, counter, policy }),
  };
}
