import { constants } from 'node:fs';
import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canRun, runCommand } from './run-command.ts';

export const KAFKA_VERSION = '4.4.0';

const SLF4J_VERSION = '1.7.36';
const cache = new URL(`../../../.cache/kafka-${KAFKA_VERSION}/`, import.meta.url).pathname;

/** Where the classes of a running broker are kept, so that the next one starts in half the time. */
export const classArchive = join(cache, 'classes.jsa');

/** Where the folder that a broker of this id begins with is kept. */
export function formattedFolder(id: number): string {
  return join(cache, `formatted-${id}`);
}

/** Whether this machine has what it takes to run Kafka without a container. */
export async function canRunKafka(): Promise<boolean> {
  const version = await runCommand('java', ['-version']).catch(() => '');
  const major = Number(/version "(\d+)/.exec(version)?.[1] ?? 0);
  return major >= 17 && ((await exists(join(cache, 'libs'))) || (await canRun('mvn', ['-v'])));
}

/** Kafka's class path, fetched from Maven Central once. */
export async function kafkaClassPath(): Promise<string> {
  const libs = join(cache, 'libs');
  if (!(await exists(libs))) await fetchLibraries(libs);
  const names = (await readdir(libs)).toSorted();
  return names.map((name) => join(libs, name)).join(':');
}

/** @NOTE The folder gets its name when it is complete: an interrupted download is begun anew. */
async function fetchLibraries(libs: string): Promise<void> {
  process.stderr.write('Fetching Kafka from Maven Central, 43 MB …\n');
  const unfinished = join(cache, `fetch-${process.pid}`);
  await mkdir(unfinished, { recursive: true });
  await writeFile(join(unfinished, 'pom.xml'), projectFile());
  const goal = [
    'dependency:copy-dependencies',
    '-DincludeScope=runtime',
    `-DoutputDirectory=${join(unfinished, 'libs')}`,
  ];
  await runCommand('mvn', ['-B', '-q', ...goal], { cwd: unfinished });
  await rename(join(unfinished, 'libs'), libs).catch(async (error: unknown) => {
    if (!(await exists(libs))) throw error;
  });
  await rm(unfinished, { recursive: true, force: true });
}

function projectFile(): string {
  const dependencies = [
    ['org.apache.kafka', 'kafka_2.13', KAFKA_VERSION],
    ['org.slf4j', 'slf4j-nop', SLF4J_VERSION],
  ].map(([group, artifact, version]) => {
    return `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    '<project xmlns="http://maven.apache.org/POM/4.0.0">',
    '<modelVersion>4.0.0</modelVersion><groupId>plexus</groupId><artifactId>kafka-for-tests</artifactId><version>1</version>',
    `<dependencies>${dependencies.join('')}</dependencies>`,
    '</project>',
  ].join('\n');
}

export function exists(path: string): Promise<boolean> {
  return access(path, constants.R_OK).then(
    () => true,
    () => false,
  );
}
