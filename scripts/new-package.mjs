// Writes the package.json and tsconfig.json of every lib and app from one table, and the root tsconfig references.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';

const table = JSON.parse(readFileSync(new URL('./packages.json', import.meta.url), 'utf8'));
const root = new URL('..', import.meta.url);
const all = Object.entries(table);
const folderOf = (name) => (table[name].app ? `apps/${name}` : `libs/${name}`);

for (const [name, { description, uses = [], dependencies = {} }] of all) {
  const folder = folderOf(name);
  mkdirSync(new URL(`${folder}/src`, root), { recursive: true });
  const manifest = {
    name: `@plexus/${name}`,
    version: '0.1.0',
    private: true,
    description,
    license: 'Apache-2.0',
    type: 'module',
    exports: {
      '.': { 'plexus-source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' },
      './package.json': './package.json',
    },
    scripts: { build: 'tsc -b', test: `vitest run --root ../.. ${folder}` },
    dependencies: { ...Object.fromEntries(uses.map((used) => [`@plexus/${used}`, '*'])), ...dependencies },
  };
  writeFileSync(new URL(`${folder}/package.json`, root), JSON.stringify(manifest, null, 2) + '\n');
  const tsconfig = {
    extends: '../../tsconfig.base.json',
    compilerOptions: { rootDir: 'src', outDir: 'dist', tsBuildInfoFile: 'dist/.tsbuildinfo' },
    include: ['src/**/*.ts'],
    exclude: ['src/**/*.spec.ts'],
    references: uses.map((used) => ({ path: `../../${folderOf(used)}` })),
  };
  writeFileSync(new URL(`${folder}/tsconfig.json`, root), JSON.stringify(tsconfig, null, 2) + '\n');
  const index = new URL(`${folder}/src/index.ts`, root);
  // The app that composes the others is imported by nobody.
  if (!existsSync(index) && name !== 'plexus') writeFileSync(index, 'export {};\n');
}
const references = all.map(([name]) => ({ path: folderOf(name) }));
writeFileSync(new URL('tsconfig.json', root), JSON.stringify({ files: [], references }, null, 2) + '\n');

// What is written here is formatted as everything else, so that running this twice changes nothing.
const written = all.flatMap(([name]) => [`${folderOf(name)}/package.json`, `${folderOf(name)}/tsconfig.json`]);
execFileSync('node_modules/.bin/oxfmt', ['tsconfig.json', ...written], { cwd: root, stdio: 'inherit' });
