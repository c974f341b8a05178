import { createHash } from 'node:crypto';
import { BEGIN_CHANGE, END_CHANGE, FILL, READ, scriptOf } from './scripts.ts';

const BODIES = { read: READ, fill: FILL, beginChange: BEGIN_CHANGE, endChange: END_CHANGE };

export type ScriptName = keyof typeof BODIES;

/** The scripts under the name of a home: their texts to load once, and the hashes by which a Redis that has loaded them knows them. */
export class HomeScripts {
  readonly home: string;
  readonly texts: readonly string[];
  readonly #hashes = new Map<ScriptName, string>();

  constructor(home: string) {
    this.home = home;
    const names: ScriptName[] = ['read', 'fill', 'beginChange', 'endChange'];
    this.texts = names.map((name) => scriptOf(home, BODIES[name]));
    for (const [index, name] of names.entries()) this.#hashes.set(name, sha1(this.texts[index] ?? ''));
  }

  get hashes(): string[] {
    return [...this.#hashes.values()];
  }

  hashOf(name: ScriptName): string {
    return this.#hashes.get(name) ?? '';
  }
}

function sha1(text: string): string {
  return createHash('sha1').update(text).digest('hex');
}
