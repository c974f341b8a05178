const DEFAULT_MS = 24 * 3_600_000;
const LONGEST_MS = 48 * 3_600_000;
/** Whoever asks for less is asked again after this: a server cannot make others ask it with each request. */
const SHORTEST_MS = 5 * 60_000;

/**
 * How long an answer may be kept: as `Cache-Control` says, else `Expires`, else a day; two days at most
 * (https://spec.matrix.org/v1.19/server-server-api/#resolving-server-names).
 */
export function cacheTimeOf(headers: Readonly<Record<string, string>>, now: number): number {
  const asked = fromCacheControl(headers['cache-control']) ?? fromExpires(headers['expires'], now) ?? DEFAULT_MS;
  return Math.min(Math.max(asked, SHORTEST_MS), LONGEST_MS);
}

function fromCacheControl(header = ''): number | undefined {
  const directives = header
    .toLowerCase()
    .split(',')
    .map((directive) => directive.trim());
  if (directives.includes('no-store') || directives.includes('no-cache')) return 0;
  const seconds = directives.map((directive) => /^max-age="?([0-9]{1,12})"?$/.exec(directive)?.[1]).find(Boolean);
  return seconds === undefined ? undefined : Number(seconds) * 1_000;
}

function fromExpires(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined;
  const at = Date.parse(header);
  // What cannot be read means: already expired.
  return Number.isNaN(at) ? 0 : at - now;
}
