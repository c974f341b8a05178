import { readFileSync } from 'node:fs';
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, Scalar } from 'yaml';
import type { Document, Node, Pair, ParsedNode } from 'yaml';
import { ConfigError } from './config-error.ts';
import type { ConfigProblem } from './config-error.ts';
import { hasReference, substituteVariables } from './substitute-variables.ts';

/** A configuration file, parsed, with its variables put in. */
export interface ConfigFile {
  readonly source: string;
  readonly content: unknown;
  lineOf(path: readonly (string | number)[]): number | undefined;
}

type Variables = Readonly<Record<string, string | undefined>>;

export function readConfigFile(path: string, variables: Variables): ConfigFile {
  return parseConfig(readText(path), path, variables);
}

/** Reads YAML text as a configuration; throws ConfigError for what is not YAML, and for unset variables. */
export function parseConfig(yaml: string, source: string, variables: Variables): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(yaml, { lineCounter: lines, uniqueKeys: true, prettyErrors: false });
  const broken = [...document.errors, ...document.warnings].map((error) => ({
    path: '',
    reason: error.message,
    line: lines.linePos(error.pos[0]).line,
  }));
  if (broken.length > 0) throw new ConfigError(source, broken);
  const problems = putInVariables(document, variables);
  if (problems.length > 0) throw new ConfigError(source, problems);
  return { source, content: document.toJS() ?? {}, lineOf };

  function lineOf(path: readonly (string | number)[]): number | undefined {
    const node: unknown = path.length === 0 ? document.contents : document.getIn(path, true);
    if (!isNode(node) || !node.range) return undefined;
    return lines.linePos(node.range[0]).line;
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(path, [{ path: '', reason: error instanceof Error ? error.message : String(error) }]);
  }
}

function putInVariables(document: Document.Parsed, variables: Variables): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  substituteIn(document.contents, '');
  return problems;

  function substituteIn(node: ParsedNode | Node | null, path: string): 'keep' | 'drop' {
    if (isMap(node)) {
      node.items = node.items.filter((pair) => substituteInPair(pair, path) === 'keep');
      return 'keep';
    }
    if (isSeq(node)) {
      node.items = node.items.filter(
        (item, index) => !isNode(item) || substituteIn(item, `${path}[${index}]`) === 'keep',
      );
      return 'keep';
    }
    return !isAlias(node) && isScalar(node) ? substituteInScalar(node, path) : 'keep';
  }

  function substituteInPair(pair: Pair, path: string): 'keep' | 'drop' {
    const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key);
    return isNode(pair.value) ? substituteIn(pair.value, path === '' ? key : `${path}.${key}`) : 'keep';
  }

  function substituteInScalar(scalar: Scalar, path: string): 'keep' | 'drop' {
    if (typeof scalar.value !== 'string' || !hasReference(scalar.value)) return 'keep';
    const substitution = substituteVariables(scalar.value, variables);
    if (substitution.outcome === 'unset') {
      problems.push({ path, reason: `the environment variable ${substitution.name} is not set and has no default` });
      return 'keep';
    }
    const plain = scalar.type === Scalar.PLAIN;
    scalar.value = plain ? readPlain(substitution.text) : substitution.text;
    return plain && substitution.text === '' ? 'drop' : 'keep';
  }
}

/** An unquoted value is read as YAML reads the text that the variable gave, so that numbers and booleans work. */
function readPlain(text: string): unknown {
  if (/^-?(0|[1-9][0-9]*)(\.[0-9]+)?$/.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  return text;
}
