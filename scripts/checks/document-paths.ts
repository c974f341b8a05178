// Every path, link and npm script that a document names exists.
import { existsSync, readFileSync } from 'node:fs';
import { findDeadReferences } from './find-dead-references.ts';
import { readSources, reportProblems } from './source-files.ts';

const root = new URL('../../', import.meta.url).pathname;
const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> };
/** Written by runs, and not there before the first. */
const results = new Set(['docs/measurements/faults.md', 'docs/measurements/bench.md']);
const repository = {
  exists: (path: string) => results.has(path) || existsSync(root + path),
  scripts: new Set(Object.keys(scripts)),
};
const documents = readSources(['*.md', 'docs/**/*.md', 'helm/*.md', '{apps,libs}/*/README.md', 'changelog.d/*.md']);

reportProblems(documents.flatMap((document) => findDeadReferences(document, repository)));
