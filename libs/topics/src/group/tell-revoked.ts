import type { GroupConsumerOptions } from '../consumer.ts';

/**
 * Tells a member that partitions are not its own any more. Who cannot give them up says so and loses them all the same: whoever has them next takes
 * them as from one that died.
 */
export async function tellRevoked<T>(
  options: Pick<GroupConsumerOptions<T>, 'revoked' | 'handler'>,
  partitions: readonly number[],
): Promise<void> {
  try {
    await options.revoked(partitions);
  } catch (error) {
    options.handler.failed(error);
  }
}
