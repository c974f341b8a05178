import { readFileSync } from 'node:fs';
import { FairSlots, matchServerNames, StartError } from '@plexus/service-shell';
import type { FederationSettings, PlexusConfig } from '@plexus/service-shell';
import type { TrustedKeyServer } from './keys/fetch-server-keys.ts';
import type { SendingSettings } from './queues/run-queue.ts';

/** The sections of the configuration that this app reads. */
export type FederationSenderConfig = Pick<PlexusConfig, 'federation' | 'fairness' | 'laboratory'>;

/** Whether a server's certificate is checked, by the name that it has to be for. */
export function certificateRule({
  verify_certificates: verifies,
  certificate_verification_whitelist: excepted,
}: FederationSettings): (certificateName: string) => boolean {
  if (!verifies) return () => false;
  const isExcepted = matchServerNames(excepted);
  return (certificateName) => !isExcepted(certificateName);
}

/** The PEM texts of the authorities that are trusted besides the public ones. */
export function authoritiesOf({ custom_ca_list: paths }: FederationSettings): string[] {
  return paths.map((path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch (error) {
      throw new StartError(`The authority ${path} cannot be read.`, { cause: error });
    }
  });
}

export function notariesOf({ trusted_key_servers: servers }: FederationSettings): TrustedKeyServer[] {
  return servers.map(({ server_name: serverName, verify_keys: keys }) => ({
    serverName,
    verifyKeys: new Map(Object.entries(keys)),
  }));
}

/** How transactions are sent, and how servers that cannot be reached are left alone. */
export function sendingSettings({ federation }: Pick<FederationSenderConfig, 'federation'>): SendingSettings {
  return {
    backOff: {
      firstMs: federation.destination_min_retry_interval,
      multiplier: federation.destination_retry_multiplier,
      longestMs: federation.destination_max_retry_interval,
    },
    quickRetries: federation.transaction_quick_retries,
    firstQuickRetryMs: FIRST_QUICK_RETRY_MS,
  };
}

export function transactionTimeout({ federation }: Pick<FederationSenderConfig, 'federation'>): number {
  return federation.transaction_timeout;
}

/** Of transactions under way: the hosted servers take turns. */
export function transactionSlots(
  { fairness }: Pick<FederationSenderConfig, 'fairness'>,
  clock: ConstructorParameters<typeof FairSlots>[1],
): FairSlots {
  return new FairSlots({ slots: fairness.concurrent_transactions, countedMs: COUNTED_MS }, clock);
}

/** Who answers later holds nobody else up. */
const COUNTED_MS = 2_000;
const FIRST_QUICK_RETRY_MS = 1_000;
