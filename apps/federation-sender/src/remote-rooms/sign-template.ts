import type { MakeMembershipResponse } from '@plexus/matrix-api';
import type { JsonObject } from '@plexus/matrix-base';
import type { NoAnswer, ServerAnswer } from '@plexus/remote-servers';
import type { BuiltRoomEvent } from '@plexus/room-dag';
import { buildMembership } from './build-membership.ts';
import type { BuildMembershipPorts } from './build-membership.ts';
import { readTemplate } from './membership-template.ts';
import type { AskedMembership, MembershipTemplate } from './membership-template.ts';

/** A membership event as it is sent to the server that gave its template. */
export interface SignedMembership extends BuiltRoomEvent {
  readonly template: MembershipTemplate;
}

/** Makes of the answer to make_join, make_knock or make_leave the event that was asked for; why there is none, where there is none. */
export function signTemplate(
  made: ServerAnswer<MakeMembershipResponse>,
  wanted: AskedMembership & { readonly content: JsonObject },
  ports: BuildMembershipPorts,
): SignedMembership | NoAnswer {
  if (made.outcome !== 'ok') return made;
  const template = readTemplate(made.value, wanted);
  if (template.outcome !== 'ok') return template;
  const built = buildMembership(template, wanted, ports);
  return built.outcome === 'ok' ? { ...built, template } : built;
}
