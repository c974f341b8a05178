import type { NamedCache } from '@plexus/cache';
import { compilePushRules } from '@plexus/room-dag';
import type { CompiledPushRules, PushRuleset } from '@plexus/room-dag';
import type { AccountDataReader } from '@plexus/storage';
import { PUSH_RULES_TYPE, readPushRules } from './push-rules-content.ts';

const KEY = { roomId: undefined, type: PUSH_RULES_TYPE };
/** So many users' rules are kept ready to be evaluated. */
const MAX_COMPILED = 10_000;

/** Reads users' push rules, through the cache `push_rules`, whose values are empty where nothing is stored. */
export class StoredPushRules {
  readonly #accountData: Pick<AccountDataReader, 'findAccountData'>;
  readonly #cache: NamedCache<string>;
  readonly #compiled = new Map<string, { readonly stored: string; readonly rules: CompiledPushRules }>();

  constructor(accountData: Pick<AccountDataReader, 'findAccountData'>, cache: NamedCache<string>) {
    this.#accountData = accountData;
    this.#cache = cache;
  }

  async findRules(userId: string): Promise<PushRuleset> {
    return readPushRules(userId, await this.#findStored(userId));
  }

  /** Ready to be evaluated; compiled once until they change. At once where they are cached. */
  findCompiled(userId: string): CompiledPushRules | Promise<CompiledPushRules> {
    const cached = this.#cache.peek(userId);
    if (cached !== undefined) return this.#compile(userId, cached);
    return this.#findStored(userId).then((stored) => this.#compile(userId, stored));
  }

  #compile(userId: string, stored: string): CompiledPushRules {
    const known = this.#compiled.get(userId);
    if (known?.stored === stored) return known.rules;
    const rules = compilePushRules(readPushRules(userId, stored));
    this.#compiled.delete(userId);
    this.#compiled.set(userId, { stored, rules });
    const oldest = this.#compiled.size > MAX_COMPILED ? this.#compiled.keys().next().value : undefined;
    if (oldest !== undefined) this.#compiled.delete(oldest);
    return rules;
  }

  async #findStored(userId: string): Promise<string> {
    const load = async (): Promise<string> => (await this.#accountData.findAccountData(userId, KEY)) ?? '';
    return (await this.#cache.get(userId, load)) ?? '';
  }
}
