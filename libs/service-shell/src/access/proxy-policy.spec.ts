import { Appservice } from '@plexus/appservices';
import { describe, expect, it } from 'vitest';
import { loadConfigText } from '../config/load-config.ts';
import { findUnguardedListener, requireProxyPolicy } from './proxy-policy.ts';

function listenersOf(yaml: string) {
  return loadConfigText(`servers: []\nlisteners: ${yaml}`).listeners;
}

function appservice(ipRangeWhitelist: string[]): Appservice {
  const settings = {
    senderLocalpart: 'bot',
    namespaces: { users: [], aliases: [], rooms: [] },
    protocols: [],
    isRateLimited: true,
    ipRangeWhitelist,
    receivesEphemeral: false,
    receivesDeviceChanges: false,
    managesDevices: false,
  };
  const record = { id: 'irc', servers: 'all', settings, tokens: [], hsToken: 'h', origin: 'admin-api' } as const;
  return new Appservice({ ...record, version: 1, createdAt: 0 }, { isHosted: () => true });
}

describe('requireProxyPolicy', () => {
  it('refuses a list of addresses where a listener does not say which proxies it trusts', () => {
    const listeners = listenersOf('[{ port: 1, trusted_proxies: [] }, { port: 2 }]');
    expect(() => requireProxyPolicy(listeners, [appservice(['10.0.0.0/8'])])).toThrow(
      'irc has an ip_range_whitelist, but listeners[1].trusted_proxies is not written',
    );
    expect(() => requireProxyPolicy(listeners, [appservice([])])).not.toThrow();
  });

  it('takes an empty list for an answer, and asks nothing of listeners that take no tokens', () => {
    const listeners = listenersOf('[{ port: 1, trusted_proxies: [] }, { port: 2, apis: [federation, metrics] }]');
    expect(findUnguardedListener(listeners)).toBeUndefined();
    expect(() => requireProxyPolicy(listeners, [appservice(['10.0.0.0/8'])])).not.toThrow();
  });
});
