/** Stands for a value where there is known to be none. */
export const ABSENT = Symbol('absent');

/** A value as it is held, or that there is none. */
export type Held<V> = V | typeof ABSENT;

export function presentOf<V>(held: Held<V> | undefined): V | undefined {
  return held === ABSENT ? undefined : held;
}

export function onlyPresent<V>(found: Map<string, Held<V>>): Map<string, V> {
  const present = new Map<string, V>();
  for (const [key, held] of found) if (held !== ABSENT) present.set(key, held);
  return present;
}
