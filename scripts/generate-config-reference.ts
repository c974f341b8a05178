// Writes config/plexus.schema.json, docs/configuration.md and the schema of the chart's values from the settings in libs/service-shell.
// With --check it writes nothing and fails where one of them is out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { plexusSettings } from '../libs/service-shell/src/config/plexus-config.ts';
import { describeSettings } from '../libs/service-shell/src/config/describe-settings.ts';
import { valuesSchema } from './chart/values-schema.ts';
import { serviceNames } from './cluster/deployment.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const root = new URL('..', import.meta.url);
const schema = { $schema: 'http://json-schema.org/draft-07/schema#', title: 'plexus.yaml', ...plexusSettings.schema };

const files = {
  'config/plexus.schema.json': JSON.stringify(schema, null, 2) + '\n',
  'docs/configuration.md': describeSettings(plexusSettings),
  'helm/plexus/values.schema.json':
    JSON.stringify(valuesSchema({ plexus: plexusSettings.schema, services: serviceNames }), null, 2) + '\n',
};

for (const [path, text] of Object.entries(files)) {
  const url = new URL(path, root);
  if (!values.check) writeFileSync(url, text);
  else if (read(url) !== text) fail(`${path} is out of date: run npm run config:reference`);
}

function read(url: URL): string | undefined {
  try {
    return readFileSync(url, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function fail(sentence: string): void {
  console.error(sentence);
  process.exitCode = 1;
}
