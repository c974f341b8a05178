import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import type { TestServers } from './servers/test-servers.ts';
import { startTestServers } from './servers/test-servers.ts';
import { dropTemplate } from './test-database.ts';

/**
 * Starts what the environment does not give, so that one spec can be run by hand as `npm test` runs all of them. Kafka takes
 * seconds and is left out where no chosen spec names it. Processes run the bundle of what `tsc -b` has built.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  if (project.name !== 'integration') await promisify(execFile)('node', ['scripts/bundle.ts', '--if-stale']);
  const kafka = (await needsKafka(project)) ? (['PLEXUS_TEST_KAFKA'] as const) : [];
  const servers: TestServers = await startTestServers(['PLEXUS_TEST_POSTGRES', 'PLEXUS_TEST_REDIS', ...kafka]);
  const template = `plexus_template_${randomBytes(6).toString('hex')}`;
  Object.assign(process.env, servers.addresses, { PLEXUS_TEST_TEMPLATE: template });
  const postgres = servers.addresses.PLEXUS_TEST_POSTGRES ?? '';
  return async () => {
    await dropTemplate(postgres, template);
    await servers.stop();
  };
}

async function needsKafka(project: TestProject): Promise<boolean> {
  if (project.name !== 'integration') return true;
  const paths = process.argv.filter((argument) => argument.includes('/') && !argument.includes('node_modules'));
  const { testFiles } = await project.globTestFiles(paths);
  const texts = await Promise.all(testFiles.map((file) => readFile(file, 'utf8')));
  return texts.some((text) => /kafka/i.test(text));
}
