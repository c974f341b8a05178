/**
 * How deep JSON may nest: beyond it a value is refused, so that no recursive walk can exhaust the stack. The specification names no
 * bound; this one lies where other servers stop as well.
 */
export const MAX_JSON_DEPTH = 1000;

/** Whether a parsed value nests deeper than `limit`; a scalar has depth 0. Never recurses deeper than `limit`. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit <= 0) return true;
  const members = Array.isArray(value) ? value : Object.values(value);
  for (const member of members) {
    if (isDeeperThan(member, limit - 1)) return true;
  }
  return false;
}
