import type { NewEvent } from '@plexus/storage';

/** What events are counted by. All else is `other`: types are anybody's to choose, and each would be a series for ever. */
const COUNTED_TYPES: ReadonlySet<string> = new Set([
  'm.reaction',
  'm.room.aliases',
  'm.room.avatar',
  'm.room.canonical_alias',
  'm.room.create',
  'm.room.encrypted',
  'm.room.encryption',
  'm.room.guest_access',
  'm.room.history_visibility',
  'm.room.join_rules',
  'm.room.member',
  'm.room.message',
  'm.room.name',
  'm.room.pinned_events',
  'm.room.power_levels',
  'm.room.redaction',
  'm.room.server_acl',
  'm.room.third_party_invite',
  'm.room.tombstone',
  'm.room.topic',
  'm.space.child',
  'm.space.parent',
  'm.sticker',
]);

/** The type of an event and the server of its sender, as they stand in its canonical JSON. */
export interface EventTraits {
  readonly type: string;
  readonly senderServer: string;
}

/**
 * Finds both without parsing: this runs for each stored event. Keys of canonical JSON are sorted, so that `type` and `sender` of the event stand behind all
 * that its content may hold. What cannot be found counts as `other`.
 */
export function findTraits({ json }: Pick<NewEvent, 'json'>): EventTraits {
  const type = textAfter(json, '"type":"');
  const sender = textAfter(json, '"sender":"');
  return { type: COUNTED_TYPES.has(type) ? type : 'other', senderServer: sender.slice(sender.indexOf(':') + 1) };
}

/** Numbers of events by type and by whether a hosted user sent them, without a text of labels for each event. */
export class EventCounts {
  readonly #local = new Map<string, number>();
  readonly #remote = new Map<string, number>();

  add(type: string, isLocal: boolean): void {
    const counts = isLocal ? this.#local : this.#remote;
    counts.set(type, (counts.get(type) ?? 0) + 1);
  }

  *read(): Generator<readonly [{ type: string; origin_type: string; origin_entity: string }, number]> {
    for (const [type, count] of this.#local)
      yield [{ type, origin_type: 'local', origin_entity: '*client*' }, count] as const;
    for (const [type, count] of this.#remote)
      yield [{ type, origin_type: 'remote', origin_entity: '*server*' }, count] as const;
  }
}

function textAfter(json: Buffer, key: string): string {
  const at = json.lastIndexOf(key);
  if (at === -1) return '';
  const from = at + key.length;
  return json.toString('utf8', from, json.indexOf('"', from));
}
