/** The names of all notices that ask for consent begin so. */
export const CONSENT_NOTICES = 'consent:';

/** The name of the one notice that asks a user for their consent to a version of a policy. */
export function consentNoticeId(versionNid: number, userId: string): string {
  return `${CONSENT_NOTICES}${versionNid}:${userId}`;
}

/** For which version a notice asks that `consentNoticeId` names. */
export function versionOfConsentNotice(noticeId: string): number {
  return Number.parseInt(noticeId.slice(CONSENT_NOTICES.length), 10);
}
