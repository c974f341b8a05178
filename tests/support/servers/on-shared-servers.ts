import { randomBytes } from 'node:crypto';

/** Where a deployment finds what it shares with others, and what it puts before its names there. */
export interface SharedServers {
  readonly prefix: string;
  readonly addresses: { readonly kafka?: string; readonly redis?: string };
}

/**
 * The Kafka and the Redis of the test run, under names of the deployment's own: to start others takes as long as to start its services. Not for
 * who makes one of them fail.
 */
export function onSharedServers(): SharedServers {
  return {
    prefix: `test-${randomBytes(4).toString('hex')}`,
    addresses: {
      ...addressOf('kafka', process.env['PLEXUS_TEST_KAFKA']),
      ...addressOf('redis', process.env['PLEXUS_TEST_REDIS']),
    },
  };
}

function addressOf(name: 'kafka' | 'redis', address: string | undefined): { [name: string]: string } {
  return address === undefined || address === '' ? {} : { [name]: address };
}
