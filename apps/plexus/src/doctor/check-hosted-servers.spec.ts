import { FakeHostedServers } from '@plexus/testing';
import { expect, it } from 'vitest';
import { checkHostedServers } from './check-hosted-servers.ts';

async function look(hosted: readonly string[], names?: readonly string[]): Promise<readonly string[]> {
  const servers = new FakeHostedServers([...hosted]);
  const found: string[] = [];
  const ports = {
    askWeb: async (url: string) => Promise.reject(new Error(`${url} is not asked here`)),
    askFederation: async () => ({ outcome: 'unreachable', because: 'no address' }) as const,
    keys: servers,
    federates: () => false,
  };
  for await (const { level, subject, text } of checkHostedServers(servers, names, ports))
    found.push(`${level}: ${subject}: ${text}`);
  return found;
}

it('looks at all, or at those that are named', async () => {
  expect(await look(['one.example', 'two.example'])).toEqual([withoutUrl('one.example'), withoutUrl('two.example')]);
  expect(await look(['one.example', 'two.example'], ['two.example'])).toEqual([withoutUrl('two.example')]);
});

it('says of a name that is not hosted here that it is not', async () => {
  expect(await look(['one.example'], ['oen.example'])).toEqual(['fault: server oen.example: it is not hosted here']);
});

it('looks at every one of many, and counts those with which all is well', async () => {
  const many = Array.from({ length: 153 }, (_, index) => `s${index}.example`);
  const found = await look(many);
  expect(new Set(found.slice(0, -1))).toEqual(new Set(many.map(withoutUrl)));
  expect(found.at(-1)).toBe('good: hosted servers: clients and other servers find 0 of 153');
});

function withoutUrl(name: string): string {
  return `warning: server ${name}: it has no public URL`;
}
