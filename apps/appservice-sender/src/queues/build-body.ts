import type { JsonObject } from '@plexus/matrix-base';
import type { KeyCounts } from './count-keys.ts';

/** What a transaction tells, each JSON. */
export interface TransactionContent {
  readonly events: readonly string[];
  readonly ephemeral: readonly string[];
  readonly toDevice: readonly string[];
  /** Users whose devices changed. */
  readonly changedDevices: readonly string[];
  /** Users who share no encrypted room with the application service's any more. */
  readonly leftDevices: readonly string[];
  readonly keys: KeyCounts | undefined;
}

/**
 * The body of a transaction (https://spec.matrix.org/v1.19/application-service-api/#pushing-events): what is beside events comes under the stable
 * names and under those of MSC2409 and MSC3202, and not at all where there is nothing of it.
 */
export function buildBody(content: TransactionContent): Buffer {
  const { events, ephemeral, toDevice, changedDevices, leftDevices, keys } = content;
  const parts = [`"events":[${events.join(',')}]`];
  const add = (json: string, ...names: readonly string[]): void => {
    for (const name of names) parts.push(`"${name}":${json}`);
  };
  if (ephemeral.length > 0) add(`[${ephemeral.join(',')}]`, 'ephemeral', 'de.sorunome.msc2409.ephemeral');
  if (toDevice.length > 0) add(`[${toDevice.join(',')}]`, 'to_device', 'de.sorunome.msc2409.to_device');
  if (changedDevices.length + leftDevices.length > 0) {
    const lists = JSON.stringify({ changed: changedDevices, left: leftDevices });
    add(lists, 'device_lists', 'org.matrix.msc3202.device_lists');
  }
  if (keys !== undefined && hasAny(keys.oneTimeKeys)) {
    const counts = JSON.stringify(keys.oneTimeKeys);
    add(counts, 'device_one_time_keys_count', 'org.matrix.msc3202.device_one_time_keys_count');
    // @NOTE Early implementations have the name so.
    add(counts, 'org.matrix.msc3202.device_one_time_key_counts');
    const unused = JSON.stringify(keys.unusedFallbackKeys);
    add(unused, 'device_unused_fallback_key_types', 'org.matrix.msc3202.device_unused_fallback_key_types');
  }
  return Buffer.from(`{${parts.join(',')}}`);
}

function hasAny(value: JsonObject): boolean {
  return Object.keys(value).length > 0;
}
