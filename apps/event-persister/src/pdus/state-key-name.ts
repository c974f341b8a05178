/** A text that is the same for equal keys of room state only. */
export function stateKeyName(type: string, stateKey: string): string {
  return `${type}\0${stateKey}`;
}
