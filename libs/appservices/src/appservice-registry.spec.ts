import type { AppserviceRecord } from '@plexus/storage';
import { beforeEach, describe, expect, it } from 'vitest';
import { AppserviceRegistry } from './appservice-registry.ts';

const NOTHING = { users: [], aliases: [], rooms: [] };

function record(id: string, tokens: AppserviceRecord['tokens'], users: string[] = []): AppserviceRecord {
  return {
    id,
    servers: 'all',
    settings: {
      senderLocalpart: `${id}bot`,
      namespaces: { ...NOTHING, users: users.map((regex) => ({ regex, isExclusive: true })) },
      protocols: [],
      isRateLimited: true,
      ipRangeWhitelist: [],
      receivesEphemeral: false,
      receivesDeviceChanges: false,
      managesDevices: false,
    },
    tokens,
    hsToken: 'hs',
    origin: 'admin-api',
    version: 1,
    createdAt: 0,
  };
}

describe('AppserviceRegistry', () => {
  const first = Buffer.alloc(32, 1);
  const second = Buffer.alloc(32, 2);
  let list: readonly AppserviceRecord[];
  let now: number;
  let registry: AppserviceRegistry;

  beforeEach(() => {
    list = [record('irc', [{ tokenHash: first }, { tokenHash: second, expiresAt: 2_000 }], ['@_irc_.*'])];
    now = 1_000;
    registry = new AppserviceRegistry(
      { list: () => list, revision: 1, onChange: () => () => undefined },
      { isHosted: () => true },
      { now: () => now },
    );
  });

  it('finds whose a token is, and whose it was until it expires', () => {
    expect(registry.findByToken(first)?.id).toBe('irc');
    expect(registry.findByToken(second)?.id).toBe('irc');
    expect(registry.findByToken(Buffer.alloc(32, 3))).toBeUndefined();
    now = 2_000;
    expect(registry.findByToken(second)).toBeUndefined();
  });

  it('shows a change at once, and keeps what has not changed', () => {
    const before = registry.all();
    expect(registry.all()).toBe(before);
    list = [...list, record('sms', [])];
    expect(registry.all().map(({ id }) => id)).toEqual(['irc', 'sms']);
    expect(registry.find('irc')).toBe(before[0]);
    list = [];
    expect([registry.find('irc'), registry.findByToken(first)]).toEqual([undefined, undefined]);
  });

  it('knows what one of them has for itself', () => {
    expect(registry.isHeldUser('@_irc_a:one.example') && registry.isHeldUser('@ircbot:one.example')).toBe(true);
    expect(registry.isHeldUser('@_irc_a:one.example', 'irc')).toBe(false);
    expect(registry.isHeldUser('@_irc_a:one.example', 'sms')).toBe(true);
    expect(registry.isHeldUser('@alice:one.example')).toBe(false);
    expect(registry.isHeldAlias('#_irc_a:one.example')).toBe(false);
  });
});
