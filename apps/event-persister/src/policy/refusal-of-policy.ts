import type { Refusal } from '../commands/execution.ts';
import { forbid, refuse } from '../commands/execution.ts';
import type { PolicySigned } from './have-policy-signed.ts';

/** What a hosted user is told where the room's policy server does not recommend their event: what it said itself, where it said anything. */
export function refusalOfPolicy(answer: Extract<PolicySigned, { outcome: 'refused' | 'unavailable' }>): Refusal {
  if (answer.outcome === 'unavailable') {
    const error = 'The room’s policy server gives no answer, and the room takes nothing that it has not seen';
    return answer.isTemporary
      ? refuse('M_UNKNOWN', 502, 'policy.unavailable', error)
      : forbid('policy.unavailable', error);
  }
  const { errcode, httpStatus, error, retryAfterMs } = answer;
  return { outcome: 'refused', refused: { errcode, httpStatus, error, rule: 'policy.refused', retryAfterMs } };
}
