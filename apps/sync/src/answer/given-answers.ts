import type { Clock } from '@plexus/matrix-base';
import type { CheckGiven } from './check-given.ts';
import type { SharedAnswers } from './shared-answers.ts';
import type { SyncRequest } from './sync-request.ts';
import { WanderingDevices } from './wandering-devices.ts';

/** An answer as it was given to a device. */
export interface GivenAnswer {
  readonly body: string;
  readonly nextBatch: string;
  /** Events of members that it carries, as far as this process knows. */
  readonly members: ReadonlyMap<string, number>;
}

export interface GivenAnswersOptions {
  /** So long an answer is kept whose device has not asked for what comes after it; 0: none is kept. */
  readonly keepMs: number;
  /** So many characters are kept, of all answers together. */
  readonly maxSize: number;
  /** What other processes have given; nothing where there is no other. */
  readonly shared: SharedAnswers | undefined;
  /** What was taken away meanwhile is not given again. */
  readonly check: Pick<CheckGiven, 'mayBeGivenAgain' | 'serverBegan'>;
  readonly clock: Clock;
  /** Of this process: tokens say which one gave them. */
  readonly bootId: number;
}

type Asked = Pick<SyncRequest, 'userId' | 'deviceId' | 'words' | 'since'>;

interface Kept extends GivenAnswer {
  readonly words: string;
  readonly until: number;
  /** When the device's server began to be hosted here. */
  readonly serverBegan: number;
}

const NOBODY: ReadonlyMap<string, number> = new Map();

/**
 * Answers that may have been lost on their way, one of each device: asked again in the same words, the device gets the same bytes, with typing,
 * presence, counts and ages as they were. An answer is forgotten as soon as the device asks for anything else, so that none is kept of a client that waits,
 * and where something that it tells was taken away: then the device is told anew.
 *
 *     nothing --answer that tells something--> kept --same words--> kept, given again
 *        ^                                      |
 *        +--other words, taken away, keepMs, no room left
 *
 * A device that stays with one process costs nothing more. One that comes with another process's token wanders: all processes are told,
 * share what they keep of it, and settle each of its answers with one another as long as it wanders.
 */
export class GivenAnswers {
  readonly #options: GivenAnswersOptions;
  readonly #wandering: WanderingDevices;
  /** The oldest first. */
  readonly #kept = new Map<string, Kept>();
  #size = 0;

  constructor(options: GivenAnswersOptions) {
    this.#options = options;
    this.#wandering = new WanderingDevices(options.clock, options.keepMs);
    options.shared?.onWandering((device) => this.#share(device));
  }

  /** For metrics. */
  get size(): { readonly answers: number; readonly characters: number } {
    return { answers: this.#kept.size, characters: this.#size };
  }

  /** What the device was given for the same words; a device that says anything else has it. */
  find(request: Asked): Promise<GivenAnswer | undefined> | undefined {
    const { shared, clock, bootId } = this.#options;
    const device = deviceOf(request);
    const isElsewhere = shared !== undefined && request.since !== undefined && request.since.bootId !== bootId;
    if (isElsewhere && this.#wandering.cameFromElsewhere(device)) shared.tellOfWandering(device);
    const kept = this.#kept.get(device);
    if (kept === undefined) return undefined;
    if (kept.words === request.words && kept.until > clock.now()) return this.#giveAgain(device, kept);
    this.#forget(device, kept);
    return undefined;
  }

  /**
   * The answer that the device gets: this one, or what another process has given it for the same words. `isAwaited` says, when that is known, whether
   * the device still waits for it: what it has given up is not kept in the place of what it is given instead.
   */
  give(request: Asked, answer: GivenAnswer, isAwaited: () => boolean): GivenAnswer | Promise<GivenAnswer> {
    const { words } = request;
    const { keepMs, shared } = this.#options;
    if (words === undefined || keepMs === 0) return answer;
    const device = deviceOf(request);
    if (shared === undefined || !this.#wandering.has(device))
      return this.#keep(device, { ...answer, words }, isAwaited);
    return this.#settle(device, { ...answer, words }, { shared, isAwaited });
  }

  /** Forgets what is too old. To be called now and then. */
  dropOld(): void {
    const now = this.#options.clock.now();
    this.#wandering.dropOld();
    for (const [device, kept] of this.#kept) {
      if (kept.until > now) return;
      this.#forget(device, kept);
    }
  }

  async #giveAgain(device: string, kept: Kept): Promise<GivenAnswer | undefined> {
    const { check } = this.#options;
    const isOfSameServer = kept.serverBegan === check.serverBegan(userOf(device));
    if (isOfSameServer && (await check.mayBeGivenAgain(kept.body))) return kept;
    this.#forget(device, kept);
    return undefined;
  }

  async #settle(
    device: string,
    answer: Worded,
    { shared, isAwaited }: { readonly shared: SharedAnswers; readonly isAwaited: () => boolean },
  ): Promise<GivenAnswer> {
    await this.#wandering.heardByOthers(device);
    const body = await shared.settle(device, this.#sharedWords(device, answer), answer.body);
    const isOwn = body === answer.body || !(await this.#options.check.mayBeGivenAgain(body));
    if (isOwn) return this.#keep(device, answer, isAwaited);
    const given = { words: answer.words, body, nextBatch: nextBatchOf(body), members: NOBODY };
    return this.#keep(device, given, isAwaited);
  }

  /** Another process may be asked for what this one has given. */
  #share(device: string): void {
    this.#wandering.wanders(device);
    const kept = this.#kept.get(device);
    if (kept === undefined || kept.until <= this.#options.clock.now()) return;
    void this.#options.shared?.settle(device, this.#sharedWords(device, kept), kept.body);
  }

  #sharedWords(device: string, { words }: Worded): string {
    return `${this.#options.check.serverBegan(userOf(device))} ${words}`;
  }

  #keep(device: string, answer: Worded, isAwaited: () => boolean): GivenAnswer {
    const { keepMs, maxSize, clock, check } = this.#options;
    const { body, nextBatch, members, words } = answer;
    if (!isAwaited() || body.length > maxSize) return answer;
    const former = this.#kept.get(device);
    if (former !== undefined) this.#forget(device, former);
    const serverBegan = check.serverBegan(userOf(device));
    this.#kept.set(device, { body, nextBatch, members, words, serverBegan, until: clock.now() + keepMs });
    this.#size += body.length;
    for (const [oldest, kept] of this.#kept) {
      if (this.#size <= maxSize) break;
      this.#forget(oldest, kept);
    }
    return answer;
  }

  #forget(device: string, kept: Kept): void {
    if (this.#kept.get(device) !== kept) return;
    this.#kept.delete(device);
    this.#size -= kept.body.length;
  }
}

type Worded = GivenAnswer & { readonly words: string };

function deviceOf({ userId, deviceId }: Asked): string {
  return `${userId} ${deviceId}`;
}

function userOf(device: string): string {
  return device.slice(0, device.indexOf(' '));
}

const BEFORE_TOKEN = '{"next_batch":"';

/** Every answer begins with it. */
function nextBatchOf(body: string): string {
  return body.slice(BEFORE_TOKEN.length, body.indexOf('"', BEFORE_TOKEN.length));
}
