import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { readEnvironment } from './environment.ts';
import { loadConfig, loadConfigText } from './load-config.ts';
import type { PlexusConfig } from './plexus-config.ts';

const repository = new URL('../../../../', import.meta.url);
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-config-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true });
});

function load(yaml: string, variables: Record<string, string> = {}): PlexusConfig {
  return loadConfigText(yaml, readEnvironment(variables));
}

function loadDefault(variables: Record<string, string>): PlexusConfig {
  const before = process.cwd();
  process.chdir(folder);
  try {
    return loadConfig({ environment: readEnvironment(variables) });
  } finally {
    process.chdir(before);
  }
}

function problemsOf(yaml: string, variables: Record<string, string> = {}): string[] {
  try {
    load(yaml, variables);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ path, reason }) => `${path}: ${reason}`);
  }
  throw new Error('the configuration was accepted');
}

describe('without a file', () => {
  it('hosts localhost with open registration on the loopback addresses at 8008', () => {
    const config = loadDefault({});
    expect(config.servers.map(({ server_name, registration }) => [server_name, registration.enabled])).toEqual([
      ['localhost', true],
    ]);
    expect(config.listeners).toMatchObject([{ port: 8008, bind_addresses: ['localhost'] }]);
    expect(config.listeners[0]?.apis).toContain('client');
    expect(config.data_dir).toBe('./data');
  });

  it('takes port, data folder, log level and cache factors from the environment', () => {
    const config = loadDefault({
      PLEXUS_PORT: '18008',
      PLEXUS_DATA_DIR: '/elsewhere',
      PLEXUS_LOG_LEVEL: 'debug',
      PLEXUS_CACHE_FACTOR: '3',
      PLEXUS_CACHE_FACTOR_GET_USERS_IN_ROOM: '1.5',
    });
    expect(config.listeners[0]?.port).toBe(18_008);
    expect(config.data_dir).toBe('/elsewhere');
    expect(config.log.level).toBe('debug');
    expect(config.caches).toMatchObject({ global_factor: 3, per_cache_factors: { get_users_in_room: 1.5 } });
  });

  it('finds plexus.yaml in the working directory', () => {
    writeFileSync(join(folder, 'plexus.yaml'), 'servers: [{ server_name: here.test }]');
    expect(loadDefault({}).servers[0]?.server_name).toBe('here.test');
  });

  it('prefers a given path to PLEXUS_CONFIG, and refuses one that is not there', () => {
    writeFileSync(join(folder, 'a.yaml'), 'servers: [{ server_name: a.test }]');
    const environment = readEnvironment({ PLEXUS_CONFIG: join(folder, 'missing.yaml') });
    expect(loadConfig({ path: join(folder, 'a.yaml'), environment }).servers[0]?.server_name).toBe('a.test');
    expect(() => loadConfig({ environment })).toThrow(/missing\.yaml.*cannot be used[^]*ENOENT/);
  });
});

describe('a bad configuration', () => {
  it.each([
    ['servers: []\nlog: { levle: info }', 'log.levle: unknown setting; did you mean "level"?'],
    ['servers: []\nlistners: []', 'listners: unknown setting; did you mean "listeners"?'],
    ['servers: []\nlisteners: [{ port: ten }]', 'listeners[0].port: must be a whole number from 0 to 65535, not "ten"'],
    ['servers: []\nlisteners: [{ port: 1.5 }]', 'listeners[0].port: must be a whole number from 0 to 65535, not 1.5'],
    ['servers: []\nlisteners: [{}]', 'listeners[0].port: is required'],
    [
      'servers: []\nlog: { level: loud }',
      'log.level: must be one of fatal, error, warn, info, debug, trace, not "loud"',
    ],
    ['servers: []\nlog: 3', 'log: must be a group of settings, not 3'],
    [
      'servers: []\nshutdown: { deadline: 30 }',
      'shutdown.deadline: must be a duration such as 500ms, 30s, 5m, 2h or 1d, not 30',
    ],
    ['log: {}', 'servers: is required'],
    ['servers: [{ server_name: "" }]', 'servers[0].server_name: must be a text that is not empty, not ""'],
    ['servers: [{ server_name: a.test }, { server_name: a.test }]', 'servers[1].server_name: is there twice'],
    ['servers: [{ server_name: "a b" }]', 'servers[0].server_name: is not a valid server name'],
    ['servers: [{ server_name: a, aliases: [b, "c/"] }]', 'servers[0].aliases[1]: is not a valid server name'],
    [
      'servers: [{ server_name: a, well_known: { server: "https://a" } }]',
      'servers[0].well_known.server: is not a valid server name',
    ],
    [
      'servers: [{ server_name: a, well_known: { support: { contacts: [{ role: r, matrix_id: "@a:b c" }] } } }]',
      'servers[0].well_known.support.contacts[0].matrix_id: is not a user id',
    ],
    [
      'servers: [{ server_name: a.test, policy_server: { address: b.test } }]',
      'servers[0].policy_server.address: is not host:port',
    ],
    ['servers: []\ntopics: { adapter: kafka }', 'topics.kafka.brokers: is required where topics.adapter is kafka'],
    [
      'servers: []\ncache: { adapter: redis }',
      'cache.redis.url: is required where cache.adapter is redis, or cache.redis.sentinel, or cache.redis.cluster',
    ],
    ['servers: []\ndatabase: { embedded: false }', 'database.url: is required where database.embedded is false'],
    [
      'servers: []\ndatabase: { embedded: true, url: "postgresql://x" }',
      'database.embedded: must be false where a URL is given',
    ],
    [
      'servers: []\nlisteners: [{ port: 1, trusted_proxies: [10.0.0.0/33] }]',
      'listeners[0].trusted_proxies[0]: must be a network such as 10.0.0.0/8 or an address, not "10.0.0.0/33"',
    ],
    ['servers: []\nlisteners: [{ port: 1, tls: { cert: a } }]', 'listeners[0].tls: cert and key belong together'],
    ['servers: []\ncache: { redis: { tls: { key: a } } }', 'cache.redis.tls: cert and key belong together'],
    ['servers: []\ndatabase: { tls: {} }', 'database.tls: is for a Postgres of your own, and no URL is given'],
    [
      'servers: []\ndatabase: { url: "postgresql://h/d?sslmode=require", tls: {} }',
      'database.url: says something about TLS, and database.tls does too: keep one',
    ],
    [
      'servers: []\ncaches: { per_cache_factors: { a: true } }',
      'caches.per_cache_factors.a: must be a number from 0 to 10000, not true',
    ],
    [
      'servers: []\nfederation: { static_addresses: { "a b": "c:1" } }',
      'federation.static_addresses.a b: is not for a valid server name',
    ],
    [
      'servers: []\nfederation: { static_addresses: { a: "c:99999" } }',
      'federation.static_addresses.a: must be host:port',
    ],
    [
      'servers: []\nfederation: { trusted_key_servers: [{ server_name: "https://a" }] }',
      'federation.trusted_key_servers[0].server_name: is not a valid server name',
    ],
  ])('%j is refused', (yaml, problem) => {
    expect(problemsOf(yaml)).toContain(problem);
  });

  it('reports every problem at once, with its line', () => {
    const yaml = 'servers: []\nlog:\n  level: loud\n\nroom_shards: 0\n';
    expect(() => load(yaml)).toThrow(/log\.level: .*\(line 3\)[^]*room_shards: .*\(line 5\)/);
  });

  it('is refused where it is not YAML, with the line', () => {
    expect(() => load('servers: [\nlog: }')).toThrow(/line 2/);
    expect(() => load('servers: []\nservers: []')).toThrow(/line 2/);
    expect(() => load('- a')).toThrow(/must be a group of settings/);
  });

  it('never shows a secret', () => {
    expect(() => load('servers: []\ncache: { redis: { url: { hunter2: 1 } } }')).toThrow(
      /cache\.redis\.url: (?!.*hunter2)/,
    );
  });

  it.each([
    [{ PLEXUS_PORT: 'eight' }, 'PLEXUS_PORT: must be a whole number from 0 to 65535, not "eight"'],
    [{ PLEXUS_CACHE_FACTOR: 'true' }, 'PLEXUS_CACHE_FACTOR: must be a number from 0 to 10000, not "true"'],
  ])('in the environment names the variable: %j', (variables, problem) => {
    expect(problemsOf('servers: []', variables)).toEqual([problem]);
  });
});

function loadTls(cert: string, key: string): unknown {
  const yaml = `servers: []\nlisteners:\n  - port: 1\n    tls:\n      cert: ${cert}\n      key: ${key}`;
  return load(yaml).listeners[0]?.tls;
}

describe('variables', () => {
  const listener = 'servers: []\nlisteners:\n  - port: ';

  it('put numbers into unquoted values and keep quoted ones text', () => {
    expect(load(`${listener}\${PORT:-8008}`, { PORT: '9' }).listeners[0]?.port).toBe(9);
    expect(load(`${listener}\${PORT:-8008}`).listeners[0]?.port).toBe(8008);
    expect(problemsOf(`${listener}"\${PORT:-8008}"`)[0]).toMatch(/^listeners\[0\]\.port: .*not "8008"$/);
  });

  it('refuse to start where they are unset and have no default', () => {
    expect(problemsOf(`${listener}\${PORT}`)).toEqual([
      'listeners[0].port: the environment variable PORT is not set and has no default',
    ]);
  });

  it('that come out empty count as not written', () => {
    expect(loadTls('"${A:-}${B:-x}"', '${C:-k}')).toMatchObject({ cert: 'x', key: 'k' });
    expect(loadTls('${A:-}', '${B:-}')).toEqual({ by_server: [] });
  });

  it('cannot inject YAML', () => {
    const config = load('servers: []\ndeployment_name: ${NAME}', { NAME: 'a\nroom_shards: 3' });
    expect(config.deployment_name).toBe('a\nroom_shards: 3');
  });
});

describe('values', () => {
  it('are converted: durations to milliseconds, sizes to bytes', () => {
    const config = load('servers: []\nshutdown: { deadline: 2m }\nlisteners: [{ port: 1, max_body_bytes: 50M }]');
    expect(config.shutdown.deadline).toBe(120_000);
    expect(config.listeners[0]?.max_body_bytes).toBe(50 * 1024 * 1024);
    expect(load('servers: []\nlisteners: [{ port: 1, max_body_bytes: 512 }]').listeners[0]?.max_body_bytes).toBe(512);
  });

  it('that are secret come from the file or from a file of their own, and print as redacted', () => {
    writeFileSync(join(folder, 'url'), 'postgresql://u:hunter2@h/d\n');
    const config = load(`servers: []\ndatabase: { url_path: ${join(folder, 'url')} }`);
    expect(config.database.url?.reveal()).toBe('postgresql://u:hunter2@h/d');
    expect(inspect(config, { depth: 9 }) + JSON.stringify(config)).not.toContain('hunter2');
  });

  it('that are secret and given twice, or in a missing file, are refused', () => {
    writeFileSync(join(folder, 'url'), 'x');
    expect(problemsOf(`servers: []\ndatabase: { url: a, url_path: ${join(folder, 'url')} }`)).toEqual([
      'database.url: give either url or url_path, not both',
    ]);
    expect(problemsOf(`servers: []\ndatabase: { url_path: ${join(folder, 'none')} }`)[0]).toMatch(
      /^database\.url_path: ENOENT/,
    );
  });

  it('that are secret are read of the sections that a process needs, and of no others', () => {
    const none = join(folder, 'none');
    const yaml = `servers: []\nemail: { smtp_pass_path: ${none} }\ndatabase: { url_path: ${join(folder, 'url')} }`;
    writeFileSync(join(folder, 'url'), 'x');
    const environment = readEnvironment({});
    expect(() => loadConfigText(yaml, environment)).toThrow(/email\.smtp_pass_path: ENOENT/);
    expect(() => loadConfigText(yaml, environment, ['database', 'email'])).toThrow(/email\.smtp_pass_path/);
    const config = loadConfigText(yaml, environment, ['database']);
    expect(config.database.url?.reveal()).toBe('x');
    expect(() => config.email.smtp_pass?.reveal()).toThrow('ENOENT');
  });

  it('of cache names are compared by letters, digits and underscores in lower case', () => {
    const yaml = 'servers: []\ncaches: { per_cache_factors: { "*stateGroupCache*": 2, "*cache_10_a0*": 3 } }';
    const config = load(yaml, { PLEXUS_CACHE_FACTOR_STATEGROUPCACHE: '4' });
    expect(config.caches.per_cache_factors).toEqual({ state_nodes: 4, cache_10_a0: 3 });
    expect(config.caches.global_factor).toBeUndefined();
  });
});

describe('config/lab.yaml', () => {
  const lab = readFileSync(new URL('config/lab.yaml', repository), 'utf8');

  it('says on its first line that it is unsafe', () => {
    expect(lab.split('\n')[0]).toMatch(/UNSAFE/);
  });

  it('opens registration, lifts the limits and offers all APIs on plain HTTP and TLS', () => {
    const config = load(lab, { PLEXUS_PORT: '1111', PLEXUS_TLS_PORT: '2222', PLEXUS_SERVER_NAME: 'lab.test:2222' });
    expect(config.servers[0]?.server_name).toBe('lab.test:2222');
    expect(config.registration.enabled).toBe(true);
    expect(config.rate_limits.enabled).toBe(false);
    expect(config.federation).toMatchObject({ verify_certificates: false });
    expect(config.federation.ip_range_whitelist).toContain('127.0.0.0/8');
    expect(config.listeners.map(({ port, apis, tls }) => [port, apis.length, tls?.cert])).toEqual([
      [1111, 8, undefined],
      [2222, 8, undefined],
    ]);
    expect(config.listeners[1]?.tls).toBeDefined();
  });

  it('takes certificate and key from the environment', () => {
    const config = load(lab, { PLEXUS_TLS_CERT: 'c.pem', PLEXUS_TLS_KEY: 'k.pem' });
    expect(config.listeners[1]?.tls).toMatchObject({ cert: 'c.pem', key: 'k.pem' });
  });
});

describe('config/example.yaml', () => {
  it('is valid but for the secrets that it refers to', () => {
    const example = readFileSync(new URL('config/example.yaml', repository), 'utf8');
    const problems = problemsOf(example, { POD_IP: '10.1.2.3' });
    expect(problems.filter((problem) => !problem.includes('ENOENT') && !problem.includes('is required'))).toEqual([]);
  });
});
