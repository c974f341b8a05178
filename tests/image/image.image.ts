import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serviceNames } from '../../scripts/cluster/deployment.ts';
import { openBuildah } from './support/buildah.ts';
import type { Buildah } from './support/buildah.ts';
import { makeNodeImage } from './support/make-node-image.ts';

const IMAGE = 'plexus:test';
const MEBIBYTE = 1024 * 1024;
/** What the services get: an address at which nothing is. */
const settings = `servers: []
database: { url: 'postgresql://127.0.0.1:1/plexus' }
topics: { adapter: kafka, kafka: { brokers: ['127.0.0.1:1'] } }
cache: { adapter: redis, redis: { url: 'redis://127.0.0.1:1' } }
rpc: { adapter: grpc, grpc: { advertised_host: 127.0.0.1 } }
`;

let buildah: Buildah;
let container: string;

describe('the image', () => {
  beforeAll(async () => {
    buildah = await openBuildah();
    const [, base = '', release = ''] =
      /^FROM (node:[\d.]+-(\w+)-slim)$/m.exec(readFileSync('Dockerfile', 'utf8')) ?? [];
    await makeNodeImage(buildah, base, release);
    await build(IMAGE);
    container = (await buildah.run(['from', '--pull-never', IMAGE])).trim();
  });

  afterAll(() => buildah.dispose());

  it('runs as nobody in particular, and knows no secret', async () => {
    const { OCIv1: image }: ImageDescription = JSON.parse(await buildah.run(['inspect', '--type', 'image', IMAGE]));
    expect(image.config.User).toBe('1000:1000');
    expect(image.config.Env.map((variable) => variable.split('=')[0]).toSorted()).toEqual(['NODE_ENV', 'PATH']);
  });

  it('has nothing that the services could change', async () => {
    const writable = await inside(['find', '/plexus', '-writable', '!', '-type', 'l']);
    expect(writable).toBe('');
  });

  it('is small', async () => {
    const bytes = Number((await inside(['sh', '-c', 'du -sb /plexus | cut -f1'])).trim());
    console.log(`/plexus in the image: ${Math.round(bytes / MEBIBYTE)} MiB`);
    expect(bytes).toBeLessThan(60 * MEBIBYTE);
  });

  it.each(serviceNames)('has all that %s needs to start', async (service) => {
    const started = await inside([
      'sh',
      '-c',
      `echo "${settings}" >/tmp/plexus.yaml; node dist/${service}.js --config /tmp/plexus.yaml 2>&1; echo "ended with $?"`,
    ]);
    expect(started).toMatch(/ECONNREFUSED|cannot be reached/);
    expect(started).toContain('ended with 1');
  });

  it('has every migration', async () => {
    const found = await inside(['ls', 'node_modules/@plexus/storage-postgres/migrations']);
    expect(found.trim().split('\n')).toEqual(readdirSync('libs/storage-postgres/migrations').toSorted());
  });

  it('has the commands of operators', async () => {
    const checked = await inside([
      'sh',
      '-c',
      `echo "${settings}" >/tmp/plexus.yaml; node dist/plexus.js config check --config /tmp/plexus.yaml`,
    ]);
    expect(checked).toContain('The configuration is good');
  });

  it('comes out the same when it is built again', async () => {
    await build(`${IMAGE}-again`);
    const [once, again] = await Promise.all([IMAGE, `${IMAGE}-again`].map(layersOf));
    expect(again).toEqual(once);
  });
});

interface ImageDescription {
  readonly OCIv1: {
    readonly config: { readonly User: string; readonly Env: readonly string[] };
    readonly rootfs: { readonly diff_ids: readonly string[] };
  };
}

async function layersOf(name: string): Promise<readonly string[]> {
  const { OCIv1: image }: ImageDescription = JSON.parse(await buildah.run(['inspect', '--type', 'image', name]));
  return image.rootfs.diff_ids;
}

function build(name: string): Promise<string> {
  return buildah.run(['build', '--pull-never', '--no-cache', '--timestamp', '0', '--tag', name, '.']);
}

function inside(command: readonly string[]): Promise<string> {
  return buildah.run(['run', '--user', '1000:1000', container, '--', ...command]);
}
