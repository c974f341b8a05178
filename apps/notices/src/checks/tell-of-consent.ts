import { baseUrlOf, buildConsentUri, findCurrentVersion, hasAgreedTo, substituteInContent } from '@plexus/policies';
import type { Clock, JsonObject } from '@plexus/matrix-base';
import { findByLanguage } from '@plexus/service-shell';
import { consentNoticeId } from '@plexus/storage';
import type { ConsentKeyReader, ConsentReader, HostedServer, Policies, Policy, PolicyVersion } from '@plexus/storage';
import type { SendOnce } from '../sending/send-once.ts';
import type { CheckedUser, DueNotice } from './run-checks.ts';

export interface TellOfConsentPorts {
  readonly policies: Pick<Policies, 'policiesOf'>;
  readonly consents: Pick<ConsentReader, 'findConsents'>;
  readonly consentKeys: ConsentKeyReader;
  readonly sendOnce: Pick<SendOnce, 'execute'>;
  readonly clock: Pick<Clock, 'now'>;
}

/** Asks users for their consent to what is current on their server, once per version, with a link of their own. */
export class TellOfConsent implements DueNotice {
  readonly #ports: TellOfConsentPorts;

  constructor(ports: TellOfConsentPorts) {
    this.#ports = ports;
  }

  concerns(server: HostedServer): boolean {
    return this.#due(server).length > 0;
  }

  async tell({ user, server, policy: { language: ofServer } }: CheckedUser): Promise<void> {
    const due = this.#due(server).filter(({ policy }) => policy.notifiesGuests || !user.isGuest);
    if (due.length === 0) return;
    const consents = await this.#ports.consents.findConsents(user.userId);
    // In what somebody agreed to a policy they read best.
    const read = consents.findLast(({ language }) => language !== undefined)?.language;
    const languages = [read, user.language, ofServer].filter((language) => language !== undefined);
    for (const { policy, version } of due) {
      if (hasAgreedTo(version, policy, consents)) continue;
      await this.#ask(user.userId, server, { policy, version, languages });
    }
  }

  /** Policies of the server that have a notice, with the versions that are shown now. */
  #due({ serverName }: HostedServer): DueConsent[] {
    const now = this.#ports.clock.now();
    return this.#ports.policies.policiesOf(serverName).flatMap((policy) => {
      const version = policy.noticeContent === undefined ? undefined : findCurrentVersion(policy, now);
      return version === undefined ? [] : [{ policy, version }];
    });
  }

  async #ask(
    userId: string,
    server: HostedServer,
    { policy, version, languages }: DueConsent & { readonly languages: readonly string[] },
  ): Promise<void> {
    const key = await this.#ports.consentKeys.findConsentKey(server.serverName);
    if (key === undefined) return;
    const uri = buildConsentUri({ baseUrl: baseUrlOf(server), key, userId, policy: policy.name });
    const content = contentOf(policy, languages, uri);
    if (content === undefined) return;
    const noticeId = consentNoticeId(version.versionNid, userId);
    await this.#ports.sendOnce.execute({ noticeId, userId, event: { type: 'm.room.message', content } });
  }
}

interface DueConsent {
  readonly policy: Policy;
  readonly version: PolicyVersion;
}

/** In the first of these languages in which there is something. */
function contentOf(
  { noticeContent, noticeTranslations = {} }: Policy,
  languages: readonly string[],
  uri: string,
): JsonObject | undefined {
  const translated = languages.map((language) => findByLanguage(noticeTranslations, language));
  const written = translated.find((content) => content !== undefined) ?? noticeContent;
  return written && substituteInContent(written, uri);
}
