import type { JsonObject } from '@plexus/matrix-base';
import { isJsonObject, isUserId } from '@plexus/matrix-base';
import type { RoomEvent } from '../pdu/pdu.ts';
import type { PushContext } from './compile-condition.ts';
import { compilePushRules } from './compile-push-rules.ts';
import { evaluatePushRules } from './evaluate-push-rules.ts';
import { buildPredefinedPushRules } from './predefined-push-rules.ts';
import { foldCase, PushEventView } from './push-event-view.ts';

/** What an event means to the members of its room who have the predefined push rules. Its sender is never notified. */
export interface RoomNotification {
  /** Whether it notifies everybody. */
  readonly notifies: boolean;
  /** Whether it is a highlight for everybody. */
  readonly highlights: boolean;
  /** Whom it mentions: it notifies them, and is a highlight for them. */
  readonly mentions: readonly string[];
}

/** The room's power levels, asked only where they matter. */
export type NotificationLevels = Pick<PushContext, 'senderPowerLevel' | 'requiredNotificationLevel'>;

/** So many users are mentioned by an event at most; who mentions more mentions the first of them. */
export const MAX_MENTIONS = 500;

/**
 * Decides once what the predefined push rules (https://spec.matrix.org/v1.19/client-server-api/#predefined-rules) make of an event, instead of once for
 * each member: it is the same for all of them, but for those whom it mentions. Members do not get invites, so `.m.rule.invite_for_me` plays no part.
 */
export function notificationOf(event: RoomEvent, levels: NotificationLevels): RoomNotification {
  const { content } = event;
  const mentions = findMentions(event);
  const known = ofPlainEvent(event.type, content);
  if (known !== undefined) return mentions.length === 0 ? known : { ...known, mentions };
  const effect = evaluatePushRules(EVERYBODY_RULES, new PushEventView(event), {
    userId: EVERYBODY,
    displayName: undefined,
    memberCount: 0,
    get senderPowerLevel() {
      return levels.senderPowerLevel;
    },
    requiredNotificationLevel: (key) => levels.requiredNotificationLevel(key),
  });
  return { notifies: effect?.notifies ?? false, highlights: effect?.highlights ?? false, mentions };
}

/** Whom an event mentions, as far as `.m.rule.is_user_mention` gets to look at it. */
export function findMentions({ type, content, sender }: RoomEvent): readonly string[] {
  const mentions = content['m.mentions'];
  if (!isJsonObject(mentions) || !Array.isArray(mentions['user_ids'])) return NONE;
  if (foldCase(type) === 'm.room.member' || isNotice(content)) return NONE;
  const userIds = mentions['user_ids'].filter((userId) => isUserId(userId) && userId !== sender);
  return [...new Set(userIds.filter((userId) => typeof userId === 'string'))].slice(0, MAX_MENTIONS);
}

const NONE: readonly string[] = [];
/** No user has this id, so no rule that names the user matches. */
const EVERYBODY = '\0';
const EVERYBODY_RULES = compilePushRules(buildPredefinedPushRules(EVERYBODY));
const NOTIFIES: RoomNotification = { notifies: true, highlights: false, mentions: NONE };
const NOTHING: RoomNotification = { notifies: false, highlights: false, mentions: NONE };

/** @NOTE The answer for nearly all events, without evaluating rules: this is done for each event that is sent. */
function ofPlainEvent(type: string, content: JsonObject): RoomNotification | undefined {
  const { 'm.mentions': mentions, 'm.relates_to': relatesTo } = content;
  if (isJsonObject(mentions) && mentions['room'] !== undefined) return undefined;
  if (type === 'm.reaction' || type === 'm.room.member') return NOTHING;
  if (type !== 'm.room.message' && type !== 'm.room.encrypted') return undefined;
  if (isJsonObject(relatesTo) && relatesTo['rel_type'] === 'm.replace') return NOTHING;
  return isNotice(content) ? NOTHING : NOTIFIES;
}

function isNotice({ msgtype }: JsonObject): boolean {
  return typeof msgtype === 'string' && foldCase(msgtype) === 'm.notice';
}
