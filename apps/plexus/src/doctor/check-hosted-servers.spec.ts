import { FakeHostedServers } from '@plexus/testing';
import { expect, it } from 'vitest';
import { checkHostedServers } from './check-hosted-servers.ts';

async function look(hosted: readonly string[], names?: readonly string[]): Promise<readonly string[]> {
  const servers = new FakeHostedServers([...hosted]);
  const found = await checkHostedServers(servers, names, {
    askWeb: async (url) => Promise.reject(new Error(`${url} is not asked here`)),
    askFederation: async () => ({ outcome: 'unreachable', because: 'no address' }),
    keys: servers,
    federates: () => false,
  });
  return found.map(({ level, subject, text }) => `${level}: ${subject}: ${text}`);
}

it('looks at all, or at those that are named', async () => {
  expect(await look(['one.example', 'two.example'])).toEqual([withoutUrl('one.example'), withoutUrl('two.example')]);
  expect(await look(['one.example', 'two.example'], ['two.example'])).toEqual([withoutUrl('two.example')]);
});

it('says of a name that is not hosted here that it is not', async () => {
  expect(await look(['one.example'], ['oen.example'])).toEqual(['fault: server oen.example: it is not hosted here']);
});

it('looks at fifty where none are named, and says how many are left', async () => {
  const many = Array.from({ length: 53 }, (_, index) => `s${index}.example`);
  const found = await look(many);
  expect(found).toHaveLength(51);
  expect(found.at(-1)).toBe('warning: hosted servers: 3 were not looked at');
});

function withoutUrl(name: string): string {
  return `warning: server ${name}: it has no public URL`;
}
