import { isBuiltin } from 'node:module';

/** As a bundler writes them: a statement of its own, or a call. Anything else that looks like an import is within a comment or a text. */
const IMPORTS = [
  /^(?:import|export)\b[^'"\n]*["']([^"'\n]+)["'];?$/gm,
  /\bimport\s*\(\s*["']([^"'\s]+)["']/g,
  /\b__require\s*\(\s*["']([^"'\s]+)["']/g,
];

/** The packages that a bundle takes from elsewhere, by name. */
export function findImports(code: string): string[] {
  const names = IMPORTS.flatMap((pattern) => [...code.matchAll(pattern)].map(([, name = '']) => name));
  const packages = names.filter(
    (name) => /^(?:@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*(?:\/|$)/.test(name) && !isBuiltin(name),
  );
  return [...new Set(packages.map(packageOf))].sort();
}

function packageOf(name: string): string {
  return name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/');
}
