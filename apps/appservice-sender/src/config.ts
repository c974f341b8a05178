import { FairSlots } from '@plexus/service-shell';
import type { PlexusConfig } from '@plexus/service-shell';
import type { DeliverySettings } from './delivery-ports.ts';

/** The sections of the configuration that this app reads. */
export type AppserviceSenderConfig = Pick<PlexusConfig, 'appservice_delivery' | 'fairness' | 'presence' | 'laboratory'>;

export function deliverySettings(
  { appservice_delivery: delivery, presence }: AppserviceSenderConfig,
  { roomShards, address }: Pick<DeliverySettings, 'roomShards' | 'address'>,
): DeliverySettings {
  return { roomShards, address, hasPresence: presence.enabled, keepSentMs: delivery.keep_sent };
}

/** Who answers later holds nobody else up. */
const COUNTED_MS = 2_000;

/** Of transactions under way: the hosted servers take turns. */
export function transactionSlots(
  { fairness }: Pick<AppserviceSenderConfig, 'fairness'>,
  clock: ConstructorParameters<typeof FairSlots>[1],
): FairSlots {
  return new FairSlots({ slots: fairness.concurrent_appservice_transactions, countedMs: COUNTED_MS }, clock);
}
