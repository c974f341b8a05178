import type { HostedServer, HostedServers, HostedServerSettings } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { FederationPolicy, matchServerNames } from './federation-policy.ts';
import type { FederationRules } from './federation-policy.ts';

const OPEN: FederationRules = { enabled: true, deny_servers: [] };

function buildPolicy(
  settings: Record<string, HostedServerSettings['federation']>,
  rules: FederationRules = OPEN,
): FederationPolicy {
  const servers = new Map<string, HostedServer>(
    Object.entries(settings).map(([serverName, federation]) => [
      serverName,
      {
        serverName,
        status: 'active',
        settings: federation === undefined ? {} : { federation },
        origin: 'admin-api',
        version: 1,
        createdAt: 0,
      },
    ]),
  );
  const hosted: HostedServers = {
    find: (serverName) => servers.get(serverName),
    isHosted: (serverName) => servers.has(serverName),
    list: () => [...servers.values()],
  };
  return new FederationPolicy(hosted, rules);
}

describe('FederationPolicy', () => {
  it('allows everybody where nothing is said', () => {
    expect(buildPolicy({ 'one.example': undefined }).allows('one.example', 'far.example')).toBe(true);
  });

  it('knows no federation between hosted servers, for servers that are not hosted, and with what is no server name', () => {
    const policy = buildPolicy({ 'one.example': undefined, 'two.example': undefined });
    expect(policy.allows('one.example', 'two.example')).toBe(false);
    expect(policy.allows('three.example', 'far.example')).toBe(false);
    expect(policy.allows('one.example', 'far.example/..')).toBe(false);
  });

  it('denies what is denied, and what is not on the allow list', () => {
    const rules = { enabled: true, allow_servers: ['*.good.example'], deny_servers: ['bad.good.example'] };
    const policy = buildPolicy({ 'one.example': undefined }, rules);
    expect(policy.allows('one.example', 'a.good.example')).toBe(true);
    expect(policy.allows('one.example', 'bad.good.example')).toBe(false);
    expect(policy.allows('one.example', 'other.example')).toBe(false);
  });

  it('lets a hosted server have lists of its own', () => {
    const policy = buildPolicy(
      { 'one.example': { allow: ['far.example'] }, 'two.example': { isEnabled: false }, 'three.example': { deny: [] } },
      { enabled: true, deny_servers: ['bad.example'] },
    );
    expect(policy.allows('one.example', 'far.example')).toBe(true);
    expect(policy.allows('one.example', 'other.example')).toBe(false);
    expect(policy.allows('two.example', 'far.example')).toBe(false);
    expect(policy.isEnabled('two.example')).toBe(false);
    expect(policy.allows('three.example', 'bad.example')).toBe(true);
  });
});

it('matches server names with their ports and without, in any case', () => {
  const isMatch = matchServerNames(['bad.example', 'localhost:8000', '*.EVIL.example', '1.2.3.?']);
  expect(['bad.example:8448', 'BAD.example', 'localhost:8000', 'a.evil.example', '1.2.3.4:1'].every(isMatch)).toBe(
    true,
  );
  expect(['localhost:8001', 'localhost', 'evil.example', '1.2.3.44'].some(isMatch)).toBe(false);
});
