import type { NoAnswer, RemoteRefusal, ServerAnswer } from '@plexus/remote-servers';
import { refuse } from './refuse.ts';

/** Every server of the room would say the same. */
const FINAL = new Set(['M_INCOMPATIBLE_ROOM_VERSION', 'M_UNSUPPORTED_ROOM_VERSION']);
/** Statuses whose errors are of the user's doing. */
const PASSED_ON = new Set([400, 403, 404, 429]);
/** Errors that say that this server asked in a wrong way: not of the user's doing. */
const NOT_PASSED_ON = new Set(['M_MISSING_PARAM', 'M_INVALID_PARAM', 'M_UNRECOGNIZED', 'M_BAD_JSON', 'M_NOT_JSON']);

/**
 * Asks servers one after the other until one gives what is wanted. Where none does, the first error that the user can make something of is the
 * answer (https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1make_joinroomiduserid), else that nobody could be reached.
 */
export async function askCandidates<T>(
  candidates: readonly string[],
  ask: (candidate: string) => Promise<ServerAnswer<T>>,
): Promise<{ readonly outcome: 'ok'; readonly value: T; readonly server: string } | RemoteRefusal> {
  if (candidates.length === 0)
    return refuse('M_NOT_FOUND', 404, 'No server that is in the room is known: give one as "via"');
  let refusal: RemoteRefusal | undefined;
  let isAnybodyThere = false;
  for (const server of candidates) {
    const answer = await ask(server);
    if (answer.outcome === 'ok') return { outcome: 'ok', value: answer.value, server };
    if (answer.outcome === 'refused' && FINAL.has(answer.errcode)) return refusalOf(answer) ?? UNREACHED;
    refusal ??= refusalOf(answer);
    isAnybodyThere ||= !isNobodyThere(answer);
  }
  return refusal ?? (isAnybodyThere ? UNREACHED : NOBODY);
}

const NOBODY = refuse('M_NOT_FOUND', 404, 'There is no server of any of the names given');

const UNREACHED = refuse('M_UNKNOWN', 502, 'None of the servers in the room could be reached');

/** Nothing where the error is not for the user. */
export function refusalOf(answer: NoAnswer): RemoteRefusal | undefined {
  if (answer.outcome !== 'refused' || !PASSED_ON.has(answer.status) || NOT_PASSED_ON.has(answer.errcode))
    return undefined;
  const { errcode, status, error, roomVersion } = answer;
  return { outcome: 'refused', errcode, httpStatus: status, error, roomVersion };
}

const NEVER_THERE = new Set(['server-name', 'discovery', 'not-allowed', 'ip-range']);

/** Whether nothing is ever going to come from a server of this name: asking again does not help. */
export function isNobodyThere(answer: NoAnswer): boolean {
  return answer.outcome === 'unreachable' && NEVER_THERE.has(answer.reason);
}
