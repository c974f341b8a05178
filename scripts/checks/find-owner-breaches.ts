import type { SourceFile } from './source-files.ts';

interface Write {
  readonly path: string;
  readonly table: string;
  /** The folder that counts as one writer: a folder of a storage lib, else the whole lib or app. */
  readonly writer: string;
}

/** Breaches of "a table is written by one owner": the owner is the first line of the migration that creates the table. */
export function findOwnerBreaches(migrations: readonly SourceFile[], sources: readonly SourceFile[]): string[] {
  const unowned = migrations.filter(({ text }) => ownerOf(text) === undefined);
  const owners = new Map(
    migrations.flatMap(({ text }) => tablesOf(text).map((table) => [table, ownerOf(text) ?? 'nobody'])),
  );
  const writes = sources.flatMap((file) => findWrites(file, owners));
  const unknown = writes.filter(({ table }) => !owners.has(table));
  const known = writes.filter(({ table }) => owners.has(table));
  return [
    ...unowned.map(({ path }) => `${path}: the first line has to name the owner: -- owner: <app or lib>`),
    ...unknown.map(({ path, table }) => `${path}: writes ${table}, which no migration creates`),
    ...findMixedWriters(known, owners),
    ...findSharedTables(known),
  ];
}

function ownerOf(migration: string): string | undefined {
  return /^-- owner: (\S+)$/m.exec(migration.split('\n', 1)[0] ?? '')?.[1];
}

function tablesOf(migration: string): string[] {
  return [...migration.matchAll(/^create table (?:if not exists )?(\w+)/gim)].map(([, table = '']) =>
    table.toLowerCase(),
  );
}

/** `update` is an English word too: it counts where a table follows. */
function findWrites({ path, text }: SourceFile, owners: ReadonlyMap<string, string>): Write[] {
  const matches = [...text.matchAll(/\b(insert\s+into|delete\s+from|update)\s+(?:only\s+)?(\w+)/gi)];
  return matches.flatMap(([, verb = '', name = '']) => {
    const table = name.toLowerCase();
    const isSql = owners.has(table) || !verb.toLowerCase().startsWith('update');
    return isSql ? [{ path, table, writer: writerOf(path) }] : [];
  });
}

function writerOf(path: string): string {
  const [kind = '', name = '', src = '', folder = ''] = path.split('/');
  const isFolder = name === 'storage-postgres' && !folder.endsWith('.ts');
  return isFolder ? `${kind}/${name}/${src}/${folder}` : `${kind}/${name}`;
}

function findMixedWriters(writes: readonly Write[], owners: ReadonlyMap<string, string>): string[] {
  return [...Map.groupBy(writes, ({ writer }) => writer)].flatMap(([writer, own]) => {
    const byOwner = Map.groupBy(own, ({ table }) => owners.get(table));
    if (byOwner.size < 2) return [];
    const parts = [...byOwner].map(
      ([owner, tables]) => `${owner} (${[...new Set(tables.map(({ table }) => table))].join(', ')})`,
    );
    return [`${writer}: writes tables of several owners: ${parts.join(' and ')}`];
  });
}

function findSharedTables(writes: readonly Write[]): string[] {
  return [...Map.groupBy(writes, ({ table }) => table)].flatMap(([table, all]) => {
    const writers = new Set(all.map(({ writer }) => writer));
    return writers.size < 2 ? [] : [`${table}: written from several places: ${[...writers].join(', ')}`];
  });
}
