import { describe, expect, it } from 'vitest';
import type { SrvRecord } from './dns-resolver.ts';
import { SpecificationDiscovery } from './specification-discovery.ts';
import type { WellKnown } from './well-known.ts';

const NONE: WellKnown = { outcome: 'none', because: 'none' };

function build(
  world: {
    readonly wellKnown?: Readonly<Record<string, string>>;
    readonly srv?: Readonly<Record<string, readonly SrvRecord[] | Error>>;
    readonly staticAddresses?: Readonly<Record<string, string>>;
  } = {},
) {
  const asked: string[] = [];
  const clock = { time: 0, now: () => clock.time };
  const discovery = new SpecificationDiscovery({
    dns: {
      srvRecordsOf: async (name) => {
        asked.push(name);
        const records = world.srv?.[name] ?? [];
        if (records instanceof Error) throw records;
        return records;
      },
    },
    wellKnown: {
      find: async (host) => {
        asked.push(host);
        const delegatedName = world.wellKnown?.[host];
        return delegatedName === undefined ? NONE : { outcome: 'found', delegatedName };
      },
    },
    random: { bytes: (length) => new Uint8Array(length), fraction: () => 0 },
    clock,
    staticAddresses: world.staticAddresses ?? {},
  });
  const find = async (serverName: string) => {
    const found = await discovery.discover(serverName);
    if (found.outcome !== 'found') return found.reason;
    return found.endpoints.map((at) => [`${at.host} ${at.port}`, at.hostHeader, at.certificateName]);
  };
  return { find, asked, clock };
}

const record = (name: string, change: Partial<SrvRecord> = {}): SrvRecord => ({
  name,
  port: 8000,
  priority: 10,
  weight: 1,
  ...change,
});

describe('SpecificationDiscovery', () => {
  it.each([
    ['1.2.3.4', ['1.2.3.4 8448', '1.2.3.4', '1.2.3.4']],
    ['1.2.3.4:80', ['1.2.3.4 80', '1.2.3.4:80', '1.2.3.4']],
    ['[2001:db8::1]', ['2001:db8::1 8448', '[2001:db8::1]', '2001:db8::1']],
    ['[2001:db8::1]:80', ['2001:db8::1 80', '[2001:db8::1]:80', '2001:db8::1']],
    ['far.example:80', ['far.example 80', 'far.example:80', 'far.example']],
  ])('1 and 2: takes %s as it is, and asks nobody', async (name, endpoint) => {
    const { find, asked } = build({ wellKnown: { 'far.example': 'other.example' } });
    expect(await find(name)).toEqual([endpoint]);
    expect(asked).toEqual([]);
  });

  it.each([
    ['3.1', '1.2.3.4', ['1.2.3.4 8448', '1.2.3.4', '1.2.3.4']],
    ['3.1', '[::1]:80', ['::1 80', '[::1]:80', '::1']],
    ['3.2', 'm.far.example:443', ['m.far.example 443', 'm.far.example:443', 'm.far.example']],
    ['3.5', 'm.far.example', ['m.far.example 8448', 'm.far.example', 'm.far.example']],
  ])('%s: goes where the server says: %s', async (_, delegated, endpoint) => {
    expect(await build({ wellKnown: { 'far.example': delegated } }).find('far.example')).toEqual([endpoint]);
  });

  it('3.3 and 3.4: looks for records of the delegated name, the registered service first', async () => {
    const wellKnown = { 'far.example': 'm.far.example' };
    const deprecated = { '_matrix._tcp.m.far.example': [record('old.example')] };
    const both = { '_matrix-fed._tcp.m.far.example': [record('new.example')], ...deprecated };
    const names = ['m.far.example', 'm.far.example'];
    expect(await build({ wellKnown, srv: both }).find('far.example')).toEqual([['new.example 8000', ...names]]);
    expect(await build({ wellKnown, srv: deprecated }).find('far.example')).toEqual([['old.example 8000', ...names]]);
  });

  it('4 and 5: looks for records of the name itself where the server says nothing', async () => {
    const deprecated = { '_matrix._tcp.far.example': [record('old.example')] };
    const both = { '_matrix-fed._tcp.far.example': [record('new.example')], ...deprecated };
    const names = ['far.example', 'far.example'];
    expect(await build({ srv: both }).find('far.example')).toEqual([['new.example 8000', ...names]]);
    expect(await build({ srv: deprecated }).find('far.example')).toEqual([['old.example 8000', ...names]]);
  });

  it('6: takes the name itself at 8448 in the end', async () => {
    const { find, asked } = build();
    expect(await find('far.example')).toEqual([['far.example 8448', 'far.example', 'far.example']]);
    expect(asked).toEqual(['far.example', '_matrix-fed._tcp.far.example', '_matrix._tcp.far.example']);
  });

  it('tries targets by priority, then by chance, and passes over those that are no hosts', async () => {
    const records = [record('b.example', { priority: 20 }), record('.'), record('1.2.3.4'), record('a.example')];
    const { find } = build({ srv: { '_matrix-fed._tcp.far.example': records } });
    expect((await find('far.example'))?.slice(0)).toEqual([
      ['a.example 8000', 'far.example', 'far.example'],
      ['b.example 8000', 'far.example', 'far.example'],
    ]);
  });

  it.each(['', '.'])('goes nowhere where a record says that the service is not offered: %j', async (root) => {
    const deprecated = { '_matrix._tcp.far.example': [record('old.example')] };
    const none = { '_matrix-fed._tcp.far.example': [record(root, { port: 0 })], ...deprecated };
    const { find, asked } = build({ srv: none });
    expect(await find('far.example')).toBe('discovery');
    expect(asked).toEqual(['far.example', '_matrix-fed._tcp.far.example']);
    expect(await build({ srv: none, wellKnown: { 'near.example': 'far.example' } }).find('near.example')).toBe(
      'discovery',
    );
  });

  it('asks DNS for the records of a name once in a minute', async () => {
    const { find, asked, clock } = build();
    await find('far.example');
    clock.time += 59_999;
    await find('far.example');
    expect(asked.filter((name) => name.startsWith('_matrix-fed'))).toHaveLength(1);
    clock.time += 1;
    await find('far.example');
    expect(asked.filter((name) => name.startsWith('_matrix-fed'))).toHaveLength(2);
  });

  it('guesses nothing while DNS gives no answer', async () => {
    const failure = Object.assign(new Error('no answer'), { code: 'ETIMEOUT' });
    expect(await build({ srv: { '_matrix-fed._tcp.far.example': failure } }).find('far.example')).toBe('discovery');
  });

  it('goes to where the operator says before all else', async () => {
    const staticAddresses = { 'far.example': '127.0.0.1:8000', '[::1]:9': '[::2]:8001' };
    const { find, asked } = build({ staticAddresses });
    expect(await find('far.example')).toEqual([['127.0.0.1 8000', 'far.example', 'far.example']]);
    expect(await find('[::1]:9')).toEqual([['::2 8001', '[::1]:9', '::1']]);
    expect(asked).toEqual([]);
  });

  it.each(['', 'far.example/..', 'far example', 'far.example:99999', '[::1', 'a\u0000b'])(
    'asks nobody about %j, which is no server name',
    async (name) => {
      const { find, asked } = build();
      expect(await find(name)).toBe('server-name');
      expect(asked).toEqual([]);
    },
  );
});
