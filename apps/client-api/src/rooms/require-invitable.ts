import { MatrixError } from '@plexus/matrix-base';
import type { StoredAccountSettings } from '@plexus/user-streams';

/** Throws 403 `M_INVITE_BLOCKED` where one of the users wants no invites (https://spec.matrix.org/v1.19/client-server-api/#invite-permission). */
export async function requireInvitable(
  settings: Pick<StoredAccountSettings, 'find'>,
  userIds: readonly string[],
): Promise<void> {
  const found = await Promise.all(userIds.map((userId) => settings.find(userId)));
  if (!found.some(({ blocksInvites }) => blocksInvites)) return;
  throw new MatrixError('M_INVITE_BLOCKED', 403, 'This user does not want to be invited');
}
