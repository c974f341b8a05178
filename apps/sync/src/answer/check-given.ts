import { findServerName } from '@plexus/matrix-base';
import type { ErasedUserReader, HostedServers } from '@plexus/storage';
import type { SyncTokens } from './sync-tokens.ts';
import type { TakenAway } from './taken-away.ts';

export interface CheckGivenPorts {
  readonly takenAway: Pick<TakenAway, 'isTakenOf'>;
  readonly tokens: Pick<SyncTokens, 'read'>;
  readonly users: ErasedUserReader;
  readonly servers: Pick<HostedServers, 'find'>;
}

interface AnswerBody {
  readonly next_batch: string;
  readonly rooms?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/**
 * Finds out whether an answer may be given again: nothing was taken meanwhile of a room that it tells of, and it names no user who is erased. It is asked
 * of answers that were lost, which are few, so it may read them whole.
 */
export class CheckGiven {
  readonly #ports: CheckGivenPorts;

  constructor(ports: CheckGivenPorts) {
    this.#ports = ports;
  }

  async mayBeGivenAgain(body: string): Promise<boolean> {
    const { takenAway, tokens, users } = this.#ports;
    const answer = JSON.parse(body) as AnswerBody;
    const positions = tokens.read(answer.next_batch)?.positions ?? [];
    const roomIds = Object.values(answer.rooms ?? {}).flatMap((rooms) => Object.keys(rooms));
    if (roomIds.some((roomId) => takenAway.isTakenOf(roomId, positions))) return false;
    const named = new Set<string>();
    this.#addHosted(answer, named);
    return named.size === 0 || (await users.findErasedUsers([...named])).size === 0;
  }

  /** When the user's server began to be hosted here: one that was removed and has come back has nothing of its former users. */
  serverBegan(userId: string): number {
    return this.#ports.servers.find(findServerName(userId) ?? '')?.createdAt ?? 0;
  }

  /** Users of hosted servers, wherever the answer names them: others are not known to be erased. */
  #addHosted(value: unknown, named: Set<string>): void {
    if (typeof value === 'string') this.#addUser(value, named);
    else if (Array.isArray(value)) for (const item of value) this.#addHosted(item, named);
    else if (typeof value === 'object' && value !== null)
      for (const [key, item] of Object.entries(value)) {
        this.#addUser(key, named);
        this.#addHosted(item, named);
      }
  }

  #addUser(text: string, named: Set<string>): void {
    if (text.startsWith('@') && this.#ports.servers.find(findServerName(text) ?? '') !== undefined) named.add(text);
  }
}
