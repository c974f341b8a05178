import type { SourceFile } from './source-files.ts';
import { splitStatements } from './split-statements.ts';

/** Nothing ran on the tables before the first release: what is newer than its last migration must bear the release before beside it. */
export const FIRST_RELEASE = '20261128T170000Z';

/**
 * Breaches of "expand, then contract": while a migration runs and afterwards, the release before works on the same tables. So a migration
 * adds what that release need not know; what takes away or tightens says so (`-- contracts: <an earlier migration>`) and comes one
 * release later than the one that stopped using it.
 */
export function findMigrationBreaches(migrations: readonly SourceFile[], since: string = FIRST_RELEASE): string[] {
  const names = migrations.map(({ path }) => nameOf(path)).toSorted();
  return migrations
    .filter(({ path }) => nameOf(path) > since)
    .flatMap(({ path, text }) => {
      const problems = isContraction(text) ? findContractionFaults(path, text, names) : findContractions(text);
      return [...problems, ...findBlocking(text)].map((problem) => `${path}: ${problem}`);
    });
}

function nameOf(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.sql$/, '');
}

function headerOf(text: string, key: string): string | undefined {
  return new RegExp(`^-- ${key}: (.+)$`, 'm').exec(text)?.[1];
}

function isContraction(text: string): boolean {
  return headerOf(text, 'contracts') !== undefined;
}

/** Whoever knows the named migration has stopped using what goes: so it is an earlier one. */
function findContractionFaults(path: string, text: string, names: readonly string[]): string[] {
  const named = headerOf(text, 'contracts') ?? '';
  if (!names.includes(named)) return [`contracts names no migration: ${named}`];
  return named < nameOf(path) ? [] : [`contracts names a migration that is not earlier: ${named}`];
}

/** What may be done to any table: additions that statements of the release before do not notice. */
const EXPANSIONS = [
  /^create table /,
  /^create (?:unique )?index /,
  /^create (?:or replace )?(?:function|view|trigger) /,
  /^create (?:type|sequence|schema|domain) /,
  /^comment on /,
  /^analyze\b/,
  /^drop index concurrently if exists /,
];

function findContractions(text: string): string[] {
  const created = createdTables(text);
  return splitStatements(text).flatMap((statement) => {
    const altered = /^alter table (?:only )?(?:if exists )?([\w.]+) (.*)$/.exec(statement);
    if (altered !== null) return created.has(altered[1] ?? '') ? [] : findAlterations(altered[2] ?? '', statement);
    if (isOfCreated(statement, created) || EXPANSIONS.some((form) => form.test(statement))) return [];
    return [`does more than expand, without \`-- contracts: <migration>\`: ${shorten(statement)}`];
  });
}

const VOLATILE = /\b(?:random|gen_random_uuid|clock_timestamp|nextval|timeofday|uuidv7)\s*\(/;

/** Actions on a table that the release before uses. */
function findAlterations(actions: string, statement: string): string[] {
  return splitActions(actions).flatMap((action) => {
    if (/^alter (?:column )?\w+ set (?:default |statistics |storage )/.test(action)) return [];
    const added = /^add column (?:if not exists )?\w+ (.*)$/.exec(action)?.[1];
    if (added === undefined)
      return [`does more than expand, without \`-- contracts: <migration>\`: ${shorten(statement)}`];
    const faults: string[] = [];
    if (/\bnot null\b/.test(added) && !/\bdefault\b|\bgenerated\b/.test(added))
      faults.push(`the release before writes no value: a column that is not null needs a default: ${shorten(action)}`);
    if (/\b(?:references|unique|primary key|check)\b/.test(added))
      faults.push(`the release before may write what the new constraint refuses: ${shorten(action)}`);
    if (VOLATILE.test(added) || /\bgenerated\b.*\bstored\b|\bidentity\b/.test(added))
      faults.push(`writes the whole table again while everybody waits: ${shorten(action)}`);
    return faults;
  });
}

/** What holds up those who read or write a table that is in use. */
function findBlocking(text: string): string[] {
  const created = createdTables(text);
  const isOutside = headerOf(text, 'transaction') === 'none';
  return splitStatements(text).flatMap((statement) => {
    if (/\bconcurrently\b/.test(statement)) {
      return isOutside ? [] : [`needs \`-- transaction: none\`: ${shorten(statement)}`];
    }
    if (isOutside) return [`runs outside a transaction and is no \`concurrently\`: ${shorten(statement)}`];
    const indexed = /^create (unique )?index (?:if not exists )?\w* ?on (?:only )?([\w.]+)/.exec(statement);
    if (indexed !== null && !created.has(indexed[2] ?? ''))
      return [
        `stops writers until the index is made, which \`create index concurrently\` does not: ${shorten(statement)}`,
      ];
    if (
      /^(?:update|delete|merge|truncate|cluster|vacuum|reindex|lock)\b/.test(statement) &&
      !isOfCreated(statement, created)
    )
      return [`a backfill is a job of the owning app, in pieces, not a migration: ${shorten(statement)}`];
    return [];
  });
}

function createdTables(text: string): ReadonlySet<string> {
  return new Set(
    splitStatements(text).flatMap((statement) => {
      return /^create (?:unlogged )?table (?:if not exists )?([\w.]+)/.exec(statement)?.[1] ?? [];
    }),
  );
}

/** Whether it writes into a table of the same migration, which nobody else knows yet. */
function isOfCreated(statement: string, created: ReadonlySet<string>): boolean {
  const table = /^(?:insert into|update|delete from|drop table) (?:only )?([\w.]+)/.exec(statement)?.[1];
  return table !== undefined && created.has(table);
}

/** At commas that are in no parentheses. */
function splitActions(actions: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const character of actions) {
    if (character === '(') depth += 1;
    if (character === ')') depth -= 1;
    if (character === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts.map((part) => part.trim());
}

function shorten(statement: string): string {
  return statement.length > 80 ? `${statement.slice(0, 79)}…` : statement;
}
