import type { PlexusConfig } from '@plexus/service-shell';
import type { DeliverySettings } from './delivery.ts';

/** The sections of the configuration that this app reads. */
export type AppserviceSenderConfig = Pick<PlexusConfig, 'appservice_delivery' | 'presence' | 'laboratory'>;

export function deliverySettings(
  { appservice_delivery: delivery, presence }: AppserviceSenderConfig,
  { roomShards, address }: Pick<DeliverySettings, 'roomShards' | 'address'>,
): DeliverySettings {
  return { roomShards, address, hasPresence: presence.enabled, keepSentMs: delivery.keep_sent };
}
