import { MatrixError } from '@plexus/matrix-base';
import type { StoredAccountSettings } from '@plexus/user-streams';

/**
 * Those of the users who take invites (https://spec.matrix.org/v1.19/client-server-api/#invite-permission). Throws 403 `M_INVITE_BLOCKED` where none
 * of them does.
 */
export async function requireInvitable(
  settings: Pick<StoredAccountSettings, 'find'>,
  userIds: readonly string[],
): Promise<string[]> {
  const found = await Promise.all(userIds.map((userId) => settings.find(userId)));
  const invitable = userIds.filter((_, index) => found[index]?.blocksInvites !== true);
  if (invitable.length > 0 || userIds.length === 0) return invitable;
  throw new MatrixError('M_INVITE_BLOCKED', 403, 'This user does not want to be invited');
}
