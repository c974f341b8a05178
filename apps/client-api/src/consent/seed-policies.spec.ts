import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfigText, readEnvironment } from '@plexus/service-shell';
import { FakePolicies } from '@plexus/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configuredPolicies } from './configured-policies.ts';
import type { ConfiguredPolicy } from './configured-policies.ts';
import { SeedPolicies } from './seed-policies.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'plexus-policies-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), text);
}

function configured(settings: string, server = ''): ConfiguredPolicy[] {
  const consent = `{ template_dir: ${folder}, ${settings} }`;
  const yaml = `servers: [{ server_name: one.example${server} }]\nuser_consent: ${consent}\n`;
  return configuredPolicies(loadConfigText(yaml, readEnvironment({})));
}

describe('configuredPolicies', () => {
  it('reads Synapse’s layout, and Markdown in its place', () => {
    write('en/1.0.html', '<p>{{ version }}</p>');
    write('en/success.html', '<p>Thanks</p>');
    write('de/1.0.md', '# Hallo');
    write('fr/2.0.md', 'another version');
    const [policy] = configured(`version: '1.0', block_events_error: 'No: %(consent_uri)s', block_from: '2026-12-01'`);
    expect(policy).toMatchObject({
      serverName: '',
      version: '1.0',
      title: 'Privacy Policy',
      blocks: Date.UTC(2026, 11, 1),
    });
    expect(policy?.documents.map(({ language, purpose, format }) => [language, purpose, format])).toEqual([
      ['de', 'policy', 'markdown'],
      ['en', 'policy', 'html'],
      ['en', 'success', 'html'],
    ]);
  });

  it('takes a number for a version', () => {
    write('en/2.md', 'text');
    expect(configured('version: 2')[0]?.version).toBe('2');
  });

  it('names what is not there', () => {
    expect(() => configured(`version: '1'`)).toThrow(`The folder ${folder} has no`);
    rmSync(folder, { recursive: true });
    expect(() => configured(`version: '1'`)).toThrow(`The folder ${folder} of user_consent cannot be read`);
  });

  it.each([
    [`version: '../x'`, 'user_consent.version'],
    [`version: '1', server_notice_content: { msgtype: m.text }`, 'user_consent.server_notice_content'],
    [`version: '1', server_notice_translations: { de: {} }`, 'user_consent.server_notice_translations.de'],
    [`version: '1', block_from: tomorrow`, 'user_consent.block_from'],
  ])('refuses %s', (settings, path) => {
    write('en/1.md', 'text');
    expect(() => configured(settings)).toThrow(path);
  });
});

describe('SeedPolicies', () => {
  const clock = { now: () => 1_000_000 };

  it('publishes a version once, and blocks as soon as it is told to', async () => {
    write('en/1.md', 'text');
    const stored = new FakePolicies();
    const seed = new SeedPolicies(stored, clock);
    expect(await seed.execute(configured(`version: '1'`))).toEqual({ texts: [], versions: [] });
    expect(stored.list()[0]).toMatchObject({ name: 'privacy_policy', origin: 'configuration', serverName: '' });
    expect(stored.list()[0]?.versions).toMatchObject([{ version: '1', languages: ['en'] }]);
    expect(stored.list()[0]?.versions[0]?.blockAt).toBeUndefined();
    await seed.execute(configured(`version: '1', block_events_error: Read it`));
    expect(stored.list()[0]?.versions[0]?.blockAt).toBeGreaterThanOrEqual(1_000_000);
    await seed.execute(configured(`version: '1'`));
    expect(stored.list()[0]?.versions).toHaveLength(1);
    expect(stored.list()[0]?.versions[0]?.blockAt).toBeUndefined();
  });

  it('blocks nobody where it says so, also not by an earlier version', async () => {
    for (const version of ['1', '2', '3']) write(`en/${version}.md`, 'text');
    const stored = new FakePolicies();
    const seed = new SeedPolicies(stored, clock);
    await seed.execute(configured(`version: '1', block_events_error: Read it`));
    await seed.execute(configured(`version: '2', block_events_error: Read it, block_from: '2030-01-01'`));
    const blockDates = () => stored.list()[0]?.versions.map(({ blockAt }) => blockAt);
    expect(blockDates()).toEqual([expect.any(Number), Date.UTC(2030, 0, 1)]);
    await seed.execute(configured(`version: '3'`));
    expect(blockDates()).toEqual([undefined, undefined, undefined]);
  });

  it('keeps asking for the last version where the configuration goes back, and tells of it', async () => {
    for (const version of ['1', '2']) write(`en/${version}.md`, 'text');
    const seed = new SeedPolicies(new FakePolicies(), clock);
    await seed.execute(configured(`version: '1'`));
    expect(await seed.execute(configured(`version: '2'`))).toMatchObject({ versions: [] });
    expect(await seed.execute(configured(`version: '1'`))).toMatchObject({ versions: ['1'] });
  });

  it('keeps the text that users agreed to, and tells of a file that differs', async () => {
    write('en/1.md', 'text');
    const stored = new FakePolicies();
    const seed = new SeedPolicies(stored, clock);
    await seed.execute(configured(`version: '1'`));
    write('en/1.md', 'other text');
    expect(await seed.execute(configured(`version: '1'`))).toMatchObject({ texts: ['en/1'] });
    const [version] = stored.list()[0]?.versions ?? [];
    expect((await stored.findDocuments(version?.versionNid ?? 0)).map(({ source }) => source)).toEqual(['text']);
  });

  it('retires what the configuration has no more, and leaves the admin API’s alone', async () => {
    write('en/1.md', 'text');
    const stored = new FakePolicies();
    await new SeedPolicies(stored, clock).execute(configured(`version: '1'`));
    const own = { title: 'T', isRequiredAtRegistration: false, notifiesGuests: false, origin: 'admin-api' } as const;
    await stored.storePolicy({ ...own, serverName: 'one.example', name: 'terms' });
    await new SeedPolicies(stored, clock).execute([]);
    expect(stored.list().map(({ name }) => name)).toEqual(['terms']);
  });

  it('names a template with a fault', async () => {
    write('en/1.html', '{% if has_consented %}');
    const seeding = new SeedPolicies(new FakePolicies(), clock).execute(configured(`version: '1'`));
    await expect(seeding).rejects.toThrow('The template en/1.html has a fault');
  });
});
