import type { HostedServer, HostedServerSettings } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { lifetimeOf } from './retention-policy.ts';

const POLICY = {
  isEnabled: true,
  defaultLifetimeMs: undefined,
  leastLifetimeMs: 1_000,
  greatestLifetimeMs: undefined,
};

function server(retention?: HostedServerSettings['retention']): HostedServer {
  const settings = retention === undefined ? {} : { retention };
  return { serverName: 'a', status: 'active', settings, origin: 'admin-api', version: 1, createdAt: 0 };
}

describe('how long messages are kept', () => {
  it('is for ever where nobody asks for less, or where they do not expire', () => {
    expect(lifetimeOf(undefined, [server()], POLICY)).toBeUndefined();
    expect(lifetimeOf({ max_lifetime: 5_000 }, [server()], { ...POLICY, isEnabled: false })).toBeUndefined();
    expect(lifetimeOf({ max_lifetime: 5_000 }, [server({ isEnabled: false })], POLICY)).toBeUndefined();
    expect(lifetimeOf({ max_lifetime: 5_000 }, [], POLICY)).toBeUndefined();
  });

  it('is as the room asks, within what is allowed, else as the server or the deployment says', () => {
    expect(lifetimeOf({ max_lifetime: 5_000 }, [server()], POLICY)).toBe(5_000);
    expect(lifetimeOf({ max_lifetime: 5 }, [server()], POLICY)).toBe(1_000);
    expect(lifetimeOf({ max_lifetime: 5_000 }, [server()], { ...POLICY, greatestLifetimeMs: 3_000 })).toBe(3_000);
    expect(lifetimeOf(undefined, [server()], { ...POLICY, greatestLifetimeMs: 3_000 })).toBe(3_000);
    expect(lifetimeOf(undefined, [server()], { ...POLICY, defaultLifetimeMs: 4_000 })).toBe(4_000);
    expect(lifetimeOf(undefined, [server({ maxLifetimeMs: 2_000 })], { ...POLICY, defaultLifetimeMs: 4_000 })).toBe(
      2_000,
    );
    expect(lifetimeOf({ max_lifetime: 'x' }, [server({ maxLifetimeMs: 2_000 })], POLICY)).toBe(2_000);
  });

  it('is as long as any of the servers that share the room keeps them', () => {
    const servers = [server({ maxLifetimeMs: 2_000 }), server({ maxLifetimeMs: 7_000 })];
    expect(lifetimeOf(undefined, servers, POLICY)).toBe(7_000);
    expect(lifetimeOf(undefined, [...servers, server({ isEnabled: false })], POLICY)).toBeUndefined();
    expect(lifetimeOf({ max_lifetime: 5_000 }, servers, { ...POLICY, isEnabled: false })).toBeUndefined();
  });
});
