import type { SourceFile } from './source-files.ts';

export interface Repository {
  exists(path: string): boolean;
  /** Names of the scripts in package.json. */
  readonly scripts: ReadonlySet<string>;
}

/** Paths and npm scripts that a document names and that do not exist. */
export function findDeadReferences({ path, text }: SourceFile, { exists, scripts }: Repository): string[] {
  const paths = [...named(text, PATHS), ...named(text, LINKS).map((link) => resolveLink(path, link))];
  const dead = paths.filter((name) => !exists(name)).map((name) => `${path}: ${name} does not exist`);
  const unknown = named(text, SCRIPTS).filter((name) => !scripts.has(name));
  return [...new Set([...dead, ...unknown.map((name) => `${path}: there is no script "npm run ${name}"`)])];
}

/** From the root of the repository; patterns and placeholders are none. */
const PATHS = /(?<![\w./-])((?:apps|libs|proto|scripts|tests|docs|config|helm)\/[\w./-]*\w)(?![\w./-]*[*<{[])/g;
/** Targets of links within the repository. */
const LINKS = /\]\(((?!https?:|#)[^)#\s]+)/g;
const SCRIPTS = /\bnpm run (?:-s )?([\w:-]*\w)/g;

function named(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name = '']) => name);
}

function resolveLink(document: string, link: string): string {
  return new URL(link, `file:///${document}`).pathname.slice(1);
}
