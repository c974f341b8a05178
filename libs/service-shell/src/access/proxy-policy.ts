import type { Appservice } from '@plexus/appservices';
import type { ListenerSettings } from '../config/sections/listeners.ts';
import { StartError } from '../service/start-error.ts';

const GUARDED = new Set(['client', 'sync', 'admin']);

/**
 * The listener that takes tokens of application services and does not say which proxies it trusts, by its place in the list: whether an address
 * that it hears is the client's own is not known.
 */
export function findUnguardedListener(listeners: readonly ListenerSettings[]): number | undefined {
  const index = listeners.findIndex(
    ({ apis, trusted_proxies: trusted }) => trusted === undefined && apis.some((api) => GUARDED.has(api)),
  );
  return index === -1 ? undefined : index;
}

/** Throws `StartError` where an application service has a list of addresses that could not be kept. */
export function requireProxyPolicy(listeners: readonly ListenerSettings[], appservices: readonly Appservice[]): void {
  const guarded = appservices.find(({ settings }) => settings.ipRangeWhitelist.length > 0);
  const unguarded = findUnguardedListener(listeners);
  if (guarded === undefined || unguarded === undefined) return;
  throw new StartError(
    `The application service ${guarded.id} has an ip_range_whitelist, but listeners[${unguarded}].trusted_proxies is not written: name the proxies before it, or [] where there is none.`,
  );
}
