import { createLogger, loadConfigText, readEnvironment, Shutdown } from '@plexus/service-shell';
import { StorageError } from '@plexus/storage';
import { describe, expect, it } from 'vitest';
import { appserviceSettings } from '../../../../libs/appservices/test-support/appservice.ts';
import { fakePorts } from '../../test-support/fake-ports.ts';
import type { FakePorts } from '../../test-support/fake-ports.ts';
import type { AppserviceParts } from '../../../../libs/appservices/test-support/appservice.ts';
import type { ConfiguredAppservice } from './seed-appservices.ts';
import { startAppserviceJobs } from './start-appservice-jobs.ts';

function configured(parts: AppserviceParts): ConfiguredAppservice {
  const { id = 'irc' } = parts;
  const registration = { id, asToken: `as-${id}`, hsToken: 'hs', settings: appserviceSettings(parts) };
  return { source: `/etc/${id}.yaml`, registration, servers: 'all' };
}

/** Runs until `turns` turns of its loop are over, each with the next answer of the files. */
async function run(ports: FakePorts, answers: (ConfiguredAppservice[] | undefined | Error)[], yaml = '') {
  const told: unknown[] = [];
  const shutdown = new Shutdown(createLogger({ service: 'client-api', level: 'fatal' }));
  const config = loadConfigText(`servers: []\n${yaml}`, readEnvironment({}));
  const { promise: done, resolve: isDone } = Promise.withResolvers<void>();
  const readChanged = async () => {
    const answer = answers.shift();
    if (answers.length === 0) isDone();
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const telemetry = {
    registrationsRead: (count: number) => void told.push(count),
    registrationsFailed: (error: unknown) => void told.push(error),
  };
  await startAppserviceJobs({ config, clock: ports.clock, shutdown }, ports, { files: { readChanged }, telemetry });
  await done;
  await shutdown.begin();
  return told;
}

describe('startAppserviceJobs', () => {
  it('takes the files over before anything is answered, and makes the senders of all servers', async () => {
    const ports = fakePorts(['one.example', 'two.example']);
    expect(await run(ports, [[configured({ id: 'irc' })], undefined])).toEqual([1]);
    expect(ports.appservices.registry.find('irc')?.origin).toBe('configuration');
    const senders = ['@ircbot:one.example', '@ircbot:two.example'];
    expect(senders.map((userId) => ports.accounts.users.get(userId)?.registeredBy)).toEqual(['irc', 'irc']);
  });

  it('follows the files, and keeps what it has where they are wrong', async () => {
    const ports = fakePorts();
    const failure = new Error('broken');
    const told = await run(ports, [[], [configured({ id: 'irc' })], failure, undefined]);
    expect(told).toEqual([0, 1, failure]);
    expect(ports.appservices.registry.all().map(({ id }) => id)).toEqual(['irc']);
  });

  it('takes no list of addresses over while running that could not be kept', async () => {
    const ports = fakePorts();
    const guarded = configured({ id: 'guarded', ipRangeWhitelist: ['10.0.0.0/8'] });
    const told = await run(ports, [[configured({ id: 'irc' })], [configured({ id: 'irc' }), guarded], undefined]);
    expect(told).toMatchObject([1, { name: 'RegistrationError' }]);
    expect(String(told[1])).toContain('/etc/guarded.yaml');
    expect(String(told[1])).toContain('ip_range_whitelist: needs listeners[0].trusted_proxies');
    expect(ports.appservices.registry.all().map(({ id }) => id)).toEqual(['irc']);
  });

  it('tries again what could not be stored, although the files are as they were', async () => {
    const ports = fakePorts();
    const { repository } = ports.appservices;
    const add = repository.addAppservice.bind(repository);
    const failure = new StorageError('Postgres is away');
    let failures = 2;
    repository.addAppservice = async (added) => {
      if (failures-- > 0) throw failure;
      return add(added);
    };
    const told = await run(ports, [[], [configured({ id: 'irc' })], undefined, undefined, undefined]);
    expect(told).toEqual([0, failure, failure, 1]);
    expect(ports.appservices.registry.find('irc')).toBeDefined();
  });

  it('refuses to start with a wrong file, or with a list of addresses that could not be kept', async () => {
    await expect(run(fakePorts(), [new Error('irc.yaml: id')])).rejects.toThrow('irc.yaml: id');
    const guarded = configured({ ipRangeWhitelist: ['10.0.0.0/8'] });
    await expect(run(fakePorts(), [[guarded]])).rejects.toThrow('listeners[0].trusted_proxies');
    const listeners = 'listeners: [{ port: 1, trusted_proxies: [] }]';
    expect(await run(fakePorts(), [[guarded], undefined], listeners)).toEqual([1]);
  });
});
