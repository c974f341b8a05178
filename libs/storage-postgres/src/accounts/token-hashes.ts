export interface TokenHashRow {
  readonly token_hash: Buffer;
}

export function tokenHashesOf(rows: readonly TokenHashRow[]): Buffer[] {
  return rows.map((row) => row.token_hash);
}
