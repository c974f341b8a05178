import { createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createServerProcess } from '../../tests/support/servers/server-process.ts';
import type { ServiceProcess } from './deployment.ts';
import type { Settings } from './service-configuration.ts';

export interface ServiceSettings extends Pick<
  ServiceProcess,
  'name' | 'service' | 'url' | 'operationUrl' | 'rpcAddress' | 'links'
> {
  readonly folder: string;
  readonly configuration: Settings;
  /** The built tree that it is run from; this one where nothing is said. */
  readonly tree?: string | undefined;
  /** What else must end with the process, as a command of the shell. */
  readonly alsoKill?: string;
}

export const root = new URL('../..', import.meta.url).pathname;
const KEPT_LOG = 200_000;

/** What the engine has compiled of the bundle, so that the next process need not. */
export const compileCache = join(root, 'node_modules/.cache/node-compile');

export const nodeBinary = join(root, 'node_modules/.bin/node');

/** As in the image. */
const HEAP = ['--min-semi-space-size=8', '--max-semi-space-size=64', '--initial-old-space-size=160'];

/** How an app is run: from its bundle, or module by module where the tree has none. */
export function mainOf(service: string, tree: string = root): string[] {
  const bundle = join(tree, 'dist', `${service}.js`);
  return [...HEAP, existsSync(bundle) ? bundle : join(tree, 'apps', service, 'dist', 'main.js')];
}

/** A process of an app that was built; its configuration and its log lie in its folder. It does not run yet. */
export async function createServiceProcess(settings: ServiceSettings): Promise<ServiceProcess> {
  const { name, service, url, operationUrl, rpcAddress, links, folder, configuration, alsoKill } = settings;
  await mkdir(folder, { recursive: true });
  const config = join(folder, 'plexus.yaml');
  let { tree } = settings;
  let written = configuration;
  const configure = (change: Settings): Promise<void> => {
    written = withSections(written, change);
    return writeFile(config, `${JSON.stringify(written, undefined, 2)}\n`);
  };
  await configure({});
  const logPath = join(folder, 'log');
  const logFile = createWriteStream(logPath, { flags: 'a' });
  let log = '';
  let hasStarted = false;
  const isReady = (): Promise<boolean> => answers(`${operationUrl}/health/ready`);
  const server = createServerProcess({
    name,
    address: url,
    directory: folder,
    isReady,
    isRunAgain: () => hasStarted,
    run: () => ({
      command: 'env',
      args: [
        ...withoutOurs,
        `NODE_COMPILE_CACHE=${compileCache}`,
        nodeBinary,
        ...mainOf(service, tree),
        '--config',
        config,
      ],
    }),
    keepOutput(chunk) {
      log = (log + chunk).slice(-KEPT_LOG);
      logFile.write(chunk);
    },
    ...(alsoKill === undefined ? { isKilledInTheEnd: true } : { alsoKill }),
  });
  return {
    ...server,
    service,
    url,
    operationUrl,
    ...(rpcAddress === undefined ? {} : { rpcAddress }),
    links,
    isReady,
    configure,
    runFrom: (built) => void (tree = built),
    log: () => log,
    readLog: (after) => readFrom(logPath, after),
    async start() {
      await server.start();
      hasStarted = true;
    },
    async dispose() {
      await server.dispose();
      logFile.end();
    },
  };
}

async function readFrom(path: string, after: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const bytes = Buffer.alloc(Math.max(0, size - after));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, after);
    return bytes.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

function withSections(before: Settings, change: Settings): Settings {
  const changed = Object.entries(change).map(([name, value]) => {
    const section = before[name];
    return [name, isSection(section) && isSection(value) ? { ...section, ...value } : value];
  });
  return { ...before, ...Object.fromEntries(changed) };
}

function isSection(value: unknown): value is Settings {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Variables that would go before the file. */
const withoutOurs = ['PLEXUS_CONFIG', 'PLEXUS_DATA_DIR', 'PLEXUS_PORT'].flatMap((name) => ['-u', name]);

async function answers(url: string): Promise<boolean> {
  return fetch(url, { signal: AbortSignal.timeout(2_000) }).then(
    (response) => response.ok,
    () => false,
  );
}
