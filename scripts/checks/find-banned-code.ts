import type { SourceFile } from './source-files.ts';

interface Ban {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly where: RegExp;
  readonly except?: RegExp;
}

const source = /^(apps|libs)\/[^/]+\/src\//;
const core = /^libs\/(matrix-base|room-dag|matrix-api)\/src\//;
const spec = /\.spec\.ts$/;

const bans: readonly Ban[] = [
  {
    rule: 'only the configuration loader reads process.env',
    pattern: /\bprocess\.env\b/,
    where: source,
    except: /^libs\/(service-shell\/src\/config|testing\/src)\/|\.spec\.ts$/,
  },
  {
    rule: 'dependencies are given in constructors: no forwardRef, no ModuleRef',
    pattern: /\b(forwardRef|ModuleRef)\b/,
    where: source,
  },
  { rule: 'modules are imported, not required', pattern: /\brequire\(/, where: source },
  { rule: 'the core is synchronous: no async, no await', pattern: /\b(async|await)\b/, where: core, except: spec },
  { rule: 'the core asks for no time: no Date', pattern: /\bnew Date\b|\bDate\./, where: core, except: spec },
  { rule: 'the core is deterministic: no Math.random', pattern: /\bMath\.random\b/, where: core, except: spec },
  { rule: 'the core knows no process', pattern: /\bprocess\./, where: core, except: spec },
  {
    rule: 'every test runs: no skip, only or todo',
    pattern: /\b(describe|it|test)\.(skip|only|todo)\b/,
    where: /\.(spec|flow|recovery)\.ts$/,
  },
];

/** What the house rules forbid and no linter here finds, as `path:line: rule`. Comments and strings are not code. */
export function findBannedCode(files: readonly SourceFile[]): string[] {
  return files.flatMap(({ path, text }) => {
    const applying = bans.filter(({ where, except }) => where.test(path) && except?.test(path) !== true);
    const lines = text.split('\n').map(codeOfLine);
    return applying.flatMap(({ rule, pattern }) => {
      return lines.flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${rule}`] : []));
    });
  });
}

/** Line by line is enough here: the house writes block comments with a leading star. */
function codeOfLine(line: string): string {
  if (/^\s*(\/\/|\/?\*)/.test(line)) return '';
  return line.replaceAll(/'(\\.|[^'\\])*'|"(\\.|[^"\\])*"|`[^`]*`/g, "''").replace(/\/\/.*$/, '');
}
