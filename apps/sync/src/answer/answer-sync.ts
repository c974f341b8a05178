import { encodeSyncToken } from '@plexus/matrix-api';
import { MatrixError } from '@plexus/matrix-base';
import { deadlineAfter } from '../deadline.ts';
import type { DeviceSlot } from '../sessions/device-slots.ts';
import type { Membership, UserSession } from '../sessions/user-session.ts';
import { Deadlines } from '../sessions/deadlines.ts';
import type { RequestEnd } from '../sessions/request-end.ts';
import { chooseRooms } from './choose-rooms.ts';
import type { GivenAnswer } from './given-answers.ts';
import { SyncResponse } from './response.ts';
import { SentMembers } from './sent-members.ts';
import type { SyncAnswererOptions } from './sync-answerer-options.ts';
import type { SyncPlace } from './sync-place.ts';
import type { SyncRequest } from './sync-request.ts';
import type { UserItems } from './user-items.ts';

export type SyncKind = 'initial' | 'incremental' | 'waited' | 'repeated' | 'timeout' | 'replaced' | 'gone';

export interface SyncAnswer {
  readonly kind: SyncKind;
  readonly body: string;
}

/** How long a request waits, at least, for a log that lags behind the client's token. */
const LAG_PATIENCE_MS = 5000;

/**
 * Answers `/sync` (https://spec.matrix.org/v1.19/client-server-api/#syncing).
 *
 *     0  what the device was given for the same words, and may have lost, is given again
 *     1  the log is delivered up to the client's token, else the same token is given back
 *     2  the user's own stream is read up to where it stands
 *     3  the response's positions and the user's memberships are taken at once: they are one snapshot, since roots, events and
 *        rows of the log never change
 *     4  each room that changed between the two is answered
 *     5  nothing to tell: wait for a change and go on from the place of steps 2 and 3, until there is something or the time is over;
 *        where a new generation began meanwhile, everything is told again
 */
export class SyncAnswerer {
  readonly #options: SyncAnswererOptions;
  readonly #deadlines: Deadlines;
  /** Of the requests that are being answered. */
  readonly #ends = new Set<RequestEnd>();

  constructor(options: SyncAnswererOptions) {
    this.#options = options;
    this.#deadlines = new Deadlines(options.clock);
    options.draining.addEventListener('abort', () => this.#drain(), { once: true });
  }

  async answer(request: SyncRequest): Promise<SyncAnswer> {
    const { devices, clock, draining } = this.#options;
    const { end } = request;
    const slot = devices.take(request, clock.now());
    const ended = this.#options.announce.syncing(request.userId, request.setPresence);
    this.#ends.add(end);
    if (draining.aborted) end.reach('draining');
    try {
      const since = this.#placeOf(request);
      const kept = since && this.#options.given.find(request);
      const given = kept && (await kept);
      if (given !== undefined) return this.#repeat(given, request, slot);
      if (since !== undefined && !(await this.#catchUp(since, request))) return await this.#standStill(since, request);
      const attempt = { request, slot, sent: sentMembersFor(request, slot) };
      if (since !== undefined && !request.fullState) return await this.#answerChanges(attempt, since);
      return await this.#answerInTurn(attempt, since);
    } catch (error) {
      if (end.isGone) return { kind: 'gone', body: '{}' };
      throw error;
    } finally {
      ended();
      slot.release(end);
      this.#ends.delete(end);
    }
  }

  #drain(): void {
    for (const end of this.#ends) end.reach('draining');
  }

  /** A token of an earlier generation may name positions that were lost: the client is told everything again. */
  #placeOf({ since }: SyncRequest): SyncPlace | undefined {
    const { log, bootId } = this.#options;
    if (since === undefined) return undefined;
    if (since.positions.length !== log.positions().length) {
      throw new MatrixError('M_INVALID_PARAM', 400, 'The token in "since" is not of this deployment');
    }
    if (since.generation !== log.generation) return undefined;
    const { generation, positions, userPosition, deviceListPosition: deviceLists, ephemeralPosition } = since;
    const ephemeral = since.bootId === bootId ? ephemeralPosition : 0;
    return { generation, positions, userPosition, deviceLists, ephemeral };
  }

  async #catchUp(place: SyncPlace, { timeout, end }: SyncRequest): Promise<boolean> {
    const { log, clock, deviceLists } = this.#options;
    const { positions: since } = place;
    if (place.deviceLists > deviceLists.position) await deviceLists.reached(place.deviceLists);
    if (isReached(since, log.positions())) return true;
    const deadline = deadlineAfter(Math.max(timeout, LAG_PATIENCE_MS), clock, end);
    await log.reached(since, deadline.signal);
    deadline.cancel();
    return isReached(since, log.positions());
  }

  #repeat({ body, nextBatch, members }: GivenAnswer, request: SyncRequest, slot: DeviceSlot): SyncAnswer {
    sentMembersFor(request, slot).sending(nextBatch, members);
    return { kind: 'repeated', body };
  }

  async #standStill(since: SyncPlace, request: SyncRequest): Promise<SyncAnswer> {
    return { kind: 'timeout', body: await this.#complete(this.#responseAt(since), request) };
  }

  async #answerInTurn(attempt: Attempt, since: SyncPlace | undefined): Promise<SyncAnswer> {
    const { userId, end } = attempt.request;
    return await this.#options.initialSyncs.run(userId, end, async () => this.#answerAtOnce(attempt, since));
  }

  async #answerAtOnce(attempt: Attempt, since: SyncPlace | undefined): Promise<SyncAnswer> {
    const opened = await this.#open(attempt, since, { isFirst: true });
    const { response } = await this.#respond(attempt, opened, this.#isOfNow(since) ? since : undefined);
    return await this.#finish(attempt, response, 'initial');
  }

  /** A new generation may begin while a request waits. */
  #isOfNow(place: SyncPlace | undefined): boolean {
    return place?.generation === this.#options.log.generation;
  }

  async #answerChanges(attempt: Attempt, since: SyncPlace): Promise<SyncAnswer> {
    const { end, timeout } = attempt.request;
    const endsAt = timeout === 0 ? 0 : this.#deadlines.add(end, timeout);
    try {
      for (let from = since, hasWaited = false; ; hasWaited = true) {
        const step = await this.#answerOrGoOn(attempt, from, hasWaited);
        if (step === 'begin anew') return await this.#answerInTurn(attempt, undefined);
        if ('body' in step) return step;
        from = step.upTo;
        await step.session.changed(step.changes, end);
      }
    } finally {
      this.#deadlines.cancel(end, endsAt);
    }
  }

  /** The answer; or, where there is nothing to tell yet, from where on there is nothing. */
  async #answerOrGoOn(
    attempt: Attempt,
    from: SyncPlace,
    hasWaited: boolean,
  ): Promise<SyncAnswer | GoingOn | 'begin anew'> {
    const { end, timeout } = attempt.request;
    const opened = await this.#open(attempt, from, { isFirst: !hasWaited });
    if (!this.#isOfNow(from)) return 'begin anew';
    const { response, upTo } = await this.#respond(attempt, opened, from);
    if (!response.isEmpty) return await this.#give(attempt, response, hasWaited ? 'waited' : 'incremental');
    const isOver = end.reason !== undefined || timeout === 0;
    if (isOver) return await this.#finish(attempt, response, end.reason === 'replaced' ? 'replaced' : 'timeout');
    return { upTo, session: opened.session, changes: opened.changes };
  }

  /**
   * The user's session and what is new in the user's stream. A request that will not wait reads once where the stream stands, so that a
   * client finds what it wrote; one that waits hears of it a moment later. A session may have been dropped meanwhile: then it is opened
   * anew.
   */
  async #open(
    { request, slot }: Attempt,
    since: SyncPlace | undefined,
    { isFirst }: { isFirst: boolean },
  ): Promise<Opened> {
    const { sessions, items } = this.#options;
    if (isFirst && since !== undefined) await items.confirm(request, since.userPosition, slot.inbox);
    for (;;) {
      const session = await sessions.open(request.userId);
      const mayWait = since !== undefined && !request.fullState && request.timeout > 0;
      if (isFirst) await (mayWait ? session.stream.readRecent() : session.stream.read());
      const { changes } = session;
      const read = await items.read(request, { session, inbox: slot.inbox }, since?.userPosition);
      if (sessions.isCurrent(session)) return { session, changes, items: read };
    }
  }

  async #respond(
    { request, sent }: Attempt,
    { session, items }: Opened,
    since: SyncPlace | undefined,
  ): Promise<{ response: SyncResponse; upTo: SyncPlace }> {
    const { log, ephemeral, typing, presence, deviceLists, rooms } = this.#options;
    const upTo = {
      generation: log.generation,
      positions: log.positions(),
      userPosition: items.upTo,
      deviceLists: Math.max(deviceLists.position, since?.deviceLists ?? 0),
      ephemeral: ephemeral.last,
    };
    const changed = since && session.changedSince(since.positions);
    const chosen = chooseRooms(session, request, { since, upTo, changed, typing, items });
    const response = this.#responseAt(upTo);
    // At once, from the memberships of the positions in `upTo`.
    const tellDeviceLists = since && deviceLists.begin(session, { since, upTo, changed });
    const [answered, lists, presences] = await Promise.all([
      rooms.answer(chosen, { request, sent, session, isInitial: since === undefined }),
      tellDeviceLists?.(),
      presence.read(session, request, { since: since?.ephemeral ?? 0, ignored: items.settings.ignored }),
    ]);
    for (const { section, task, answer } of answered) {
      if (answer !== undefined) response.addRoom(section, task.room.roomId, answer);
    }
    response.addEvents('account_data', items.accountData.account);
    if (lists !== undefined) response.addSection('device_lists', JSON.stringify(lists));
    response.addEvents('to_device', items.toDevice);
    response.addEvents('presence', presences);
    if (changed !== undefined) this.#tellTraced(changed, since);
    return { response, upTo };
  }

  #tellTraced(changed: readonly Membership[], since: SyncPlace | undefined): void {
    const { answeredTraced } = this.#options;
    for (const { room } of changed) {
      if (room.traced === undefined || room.traced.position <= (since?.positions[room.shard] ?? 0)) continue;
      answeredTraced?.(room.traced);
    }
  }

  /**
   * @NOTE Kept is what tells of something stored, no other answer: asked again, the device hears what has come since, or waits for it. Of a device that alternates
   * between replicas, tokens that tell presence and typing alone may follow each other in a circle, and it would be given the same answers for ever.
   */
  async #give(attempt: Attempt, response: SyncResponse, kind: SyncKind): Promise<SyncAnswer> {
    const { request, slot, sent } = attempt;
    if (request.since === undefined || !response.isBeyond(request.since)) return this.#finish(attempt, response, kind);
    const { nextBatch, members } = response;
    const body = await this.#complete(response, request);
    const given = this.#options.given.give(request, { body, nextBatch, members }, () => slot.isOf(request.end));
    const answer = given instanceof Promise ? await given : given;
    sent.sending(answer.nextBatch, answer.members);
    return { kind, body: answer.body };
  }

  async #finish({ sent, request }: Attempt, response: SyncResponse, kind: SyncKind): Promise<SyncAnswer> {
    sent.sending(response.nextBatch, response.members);
    return { kind, body: await this.#complete(response, request) };
  }

  /** With what every answer tells, whatever else it has. */
  async #complete(response: SyncResponse, { userId, deviceId }: SyncRequest): Promise<string> {
    for (const [name, json] of await this.#options.deviceKeys.read(userId, deviceId)) response.addSection(name, json);
    return response.toString();
  }

  #responseAt({ generation, positions, userPosition, deviceLists, ephemeral }: SyncPlace): SyncResponse {
    const { tokens, bootId } = this.#options;
    const stored = { generation, userPosition, deviceListPosition: deviceLists, positions };
    return new SyncResponse({ ...stored, bootId, ephemeralPosition: ephemeral }, tokens);
  }
}

/** What a request that waits keeps. */
interface GoingOn {
  readonly upTo: SyncPlace;
  readonly session: UserSession;
  readonly changes: number;
}

interface Opened {
  readonly session: UserSession;
  /** What the session had counted before the stream was read. */
  readonly changes: number;
  readonly items: UserItems;
}

interface Attempt {
  readonly request: SyncRequest;
  readonly slot: DeviceSlot;
  readonly sent: SentMembers;
}

function isReached(wanted: readonly number[], positions: readonly number[]): boolean {
  return wanted === positions || wanted.every((position, shard) => position <= (positions[shard] ?? 0));
}

function sentMembersFor({ filter, since }: SyncRequest, { sentMembers }: DeviceSlot): SentMembers {
  if (!filter.lazyLoadsMembers || filter.includesRedundantMembers) return new SentMembers();
  sentMembers.confirm(since && encodeSyncToken(since));
  return sentMembers;
}
