import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { parseRegistration, RegistrationError } from '@plexus/appservices';
import type { AppserviceServers } from '@plexus/storage';
import type { ConfiguredAppservice } from '../appservices/seed-appservices.ts';

/** A path of the configuration: a file, or a folder of files. */
export interface ConfiguredPath {
  readonly path: string;
  readonly servers: AppserviceServers;
}

/** The registration files of the configuration, which may be replaced, added to and removed while running. */
export class RegistrationFiles {
  readonly #paths: readonly ConfiguredPath[];
  #seen: string | undefined;

  constructor(paths: readonly ConfiguredPath[]) {
    this.#paths = paths;
  }

  /**
   * Nothing where no file has changed since the last time; else all of them. Throws `RegistrationError`, which names the file; after that they
   * count as read until they change again.
   */
  async readChanged(): Promise<ConfiguredAppservice[] | undefined> {
    const files = await this.#list();
    const traces = files.map(({ path, trace }) => `${path} ${trace}`).join('\n');
    if (traces === this.#seen) return undefined;
    this.#seen = traces;
    const byPath = Map.groupBy(files, ({ path }) => path);
    return Promise.all([...byPath].map(([path, uses]) => read(path, uses)));
  }

  async #list(): Promise<FoundFile[]> {
    const found = await Promise.all(this.#paths.map(findFiles));
    return found.flat();
  }
}

interface FoundFile extends ConfiguredPath {
  /** Another one when the file is another one. */
  readonly trace: string;
}

async function findFiles({ path, servers }: ConfiguredPath): Promise<FoundFile[]> {
  try {
    const found = await stat(path);
    if (!found.isDirectory()) {
      return [{ path, servers, trace: [found.ino, found.size, found.mtimeMs, found.ctimeMs].join(' ') }];
    }
    const names = (await readdir(path)).filter((name) => /\.ya?ml$/.test(name)).sort();
    const inside = await Promise.all(names.map((name) => findFiles({ path: join(path, name), servers })));
    return inside.flat();
  } catch (error) {
    return [{ path, servers, trace: reasonOf(error) }];
  }
}

/** One file may be named for several servers. */
async function read(path: string, uses: readonly FoundFile[]): Promise<ConfiguredAppservice> {
  const servers = uses.some((use) => use.servers === 'all') ? 'all' : uses.flatMap((use) => namesOf(use.servers));
  return { source: path, registration: parseRegistration(await readText(path), path), servers };
}

function namesOf(servers: AppserviceServers): readonly string[] {
  return servers === 'all' ? [] : servers;
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new RegistrationError(path, [{ key: '', reason: reasonOf(error) }]);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
