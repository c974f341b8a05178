// Every file that docs/reading-path.md names exists and is short enough to be read in one go.
import { existsSync, readFileSync, statSync } from 'node:fs';
import { reportProblems } from './source-files.ts';

const MAX_LINES = 300;
const root = new URL('../../', import.meta.url).pathname;
const guide = `${root}docs/reading-path.md`;
const text = existsSync(guide) ? readFileSync(guide, 'utf8') : '';
const paths = new Set([...text.matchAll(/\b(?:apps|libs|proto|scripts|tests)\/[\w./-]*\w/g)].map(([path]) => path));

reportProblems([...paths].flatMap(findProblem));

function findProblem(path: string): string[] {
  if (!existsSync(root + path)) return [`docs/reading-path.md: ${path} does not exist`];
  if (!statSync(root + path).isFile()) return [];
  const lines = readFileSync(root + path, 'utf8').split('\n').length;
  return lines > MAX_LINES ? [`docs/reading-path.md: ${path} has ${lines} lines, more than ${MAX_LINES}`] : [];
}
