import type { Shell } from '@plexus/service-shell';
import { PostgresPolicies } from '@plexus/storage-postgres';
import type { Databases } from './open-databases.ts';

/** Opens the process's copy of the policies when it is first asked for; it ends with the shell. */
export function policiesOpener(
  { clock, logger, shutdown }: Shell,
  { accounts }: Databases,
): () => Promise<PostgresPolicies> {
  let opening: Promise<PostgresPolicies> | undefined;
  return () => (opening ??= open());

  async function open(): Promise<PostgresPolicies> {
    const policies = new PostgresPolicies(accounts, {
      clock,
      onPollError: (error) => logger.warn('The policies cannot be read', { err: error }),
    });
    await policies.start();
    shutdown.onStop('policies', () => policies.stop());
    return policies;
  }
}
