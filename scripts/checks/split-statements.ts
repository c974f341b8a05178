/** One token of SQL that may hold a semicolon: comments, strings, quoted names, dollar quotes. */
const OPAQUE = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|\$(\w*)\$[\s\S]*?\$\1\$/g;

/** The statements of a migration in small letters, without comments, with strings emptied and single spaces. */
export function splitStatements(sql: string): string[] {
  const plain = sql.replaceAll(OPAQUE, (token) => {
    if (token.startsWith('--') || token.startsWith('/*')) return ' ';
    return token.startsWith('"') ? token.replaceAll(/\W/g, '') : "''";
  });
  return plain
    .split(';')
    .map((statement) => statement.replaceAll(/\s+/g, ' ').trim().toLowerCase())
    .filter((statement) => statement !== '');
}
