import type { RoomCommandRequest } from '@plexus/rpc';
import type { UserRoom } from '@plexus/storage';

/** The command that parts a user from a room: an invite or knock is taken back. */
export function departureOf(
  { userId, roomId }: Pick<UserRoom, 'userId' | 'roomId'>,
  commandId: string,
): RoomCommandRequest {
  const value = {
    sender: userId,
    targetUserId: userId,
    membership: 'leave',
    content: Buffer.from('{}'),
    senderDeviceId: '',
    onlyFrom: [],
  };
  return { commandId, roomId, command: { $case: 'changeMembership', value } };
}

const PRESENT: ReadonlySet<string> = new Set(['join', 'invite', 'knock']);

/** Whether there is anything to part from. */
export function isPresent({ membership }: Pick<UserRoom, 'membership'>): boolean {
  return PRESENT.has(membership);
}
