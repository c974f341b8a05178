import type { NamedCache } from '@plexus/cache';
import { MatrixError } from '@plexus/matrix-base';
import type { ErrorCode, JsonObject, JsonValue } from '@plexus/matrix-base';
import { adjustPushRule, checkPushActions, checkPushRule, putPushRule, removePushRule } from '@plexus/room-dag';
import type { PushRuleChanges, PushRuleName, PushRuleOutcome, PushRulePlace } from '@plexus/room-dag';
import type { Requester } from '@plexus/service-shell';
import type { UserStreamTransactor } from '@plexus/storage';
import { PUSH_RULES_TYPE, readPushRuleChanges } from '@plexus/user-streams';
import { requireStream } from '../account-data/check-account-data.ts';

const KEY = { roomId: undefined, type: PUSH_RULES_TYPE };
const MAX_BYTES = 262_144;
const MAX_RULE_ID_LENGTH = 255;

type Refusal = Exclude<PushRuleOutcome['outcome'], 'changed'>;

const REFUSALS: Readonly<Record<Refusal, readonly [ErrorCode, number, string]>> = {
  'not-found': ['M_NOT_FOUND', 404, 'No such push rule'],
  'no-place': ['M_UNKNOWN', 400, 'before or after names no push rule of your own'],
  predefined: ['M_INVALID_PARAM', 400, 'Predefined push rules cannot be deleted'],
  'too-many': ['M_TOO_LARGE', 413, 'Too many push rules'],
};

/** Changes push rules (https://spec.matrix.org/v1.19/client-server-api/#push-rules-api). */
export class ChangePushRules {
  readonly #streams: UserStreamTransactor;
  readonly #cache: NamedCache<string>;

  constructor(streams: UserStreamTransactor, cache: NamedCache<string>) {
    this.#streams = streams;
    this.#cache = cache;
  }

  async put(
    requester: Requester,
    name: PushRuleName,
    asked: { body: JsonObject; place: PushRulePlace },
  ): Promise<void> {
    const checked = checkPushRule({ ...name, body: asked.body });
    if (checked.outcome === 'invalid') throw new MatrixError(checked.errcode, 400, checked.because);
    if (name.ruleId.length > MAX_RULE_ID_LENGTH)
      throw new MatrixError('M_INVALID_PARAM', 400, 'The rule id is too long');
    const rule = { kind: name.kind, rule: checked.rule };
    await this.#change(requester, (changes) => putPushRule(changes, rule, asked.place));
  }

  async remove(requester: Requester, name: PushRuleName): Promise<void> {
    await this.#change(requester, (changes) => removePushRule(changes, name));
  }

  async enable(requester: Requester, name: PushRuleName, enabled: boolean): Promise<void> {
    await this.#change(requester, (changes) => adjustPushRule(changes, name, { enabled }));
  }

  async setActions(requester: Requester, name: PushRuleName, actions: JsonValue | undefined): Promise<void> {
    const checked = checkPushActions(actions);
    if (checked.outcome === 'invalid') throw new MatrixError(checked.errcode, 400, checked.because);
    await this.#change(requester, (changes) => adjustPushRule(changes, name, { actions: checked.actions }));
  }

  async #change({ userId }: Requester, change: (changes: PushRuleChanges) => PushRuleOutcome): Promise<void> {
    await this.#cache.change([userId], () =>
      this.#streams.transact([userId], async (transaction) => {
        requireStream(transaction, userId);
        const { accountData } = transaction;
        const stored = await accountData.findAccountData(userId, KEY);
        const content = JSON.stringify(changedOf(change(readPushRuleChanges(stored))));
        if (Buffer.byteLength(content) > MAX_BYTES) throw new MatrixError(...REFUSALS['too-many']);
        await accountData.storeAccountData(userId, { ...KEY, content });
      }),
    );
  }
}

function changedOf(outcome: PushRuleOutcome): PushRuleChanges {
  if (outcome.outcome === 'changed') return outcome.changes;
  throw new MatrixError(...REFUSALS[outcome.outcome]);
}
