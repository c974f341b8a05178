import { createHmac, timingSafeEqual } from 'node:crypto';
import { localpartOf } from '@plexus/matrix-base';
import type { HostedServer } from '@plexus/storage';

const PATH = '/_matrix/consent';

/** What a link to a policy is made of. */
export interface ConsentLink {
  /** As `baseUrlOf` gives it. */
  readonly baseUrl: string;
  /** Of the user's hosted server. */
  readonly key: Buffer;
  readonly userId: string;
  /** Which policy; nothing: the one that the user lacks. */
  readonly policy?: string;
}

/** Where users of a server reach it with a browser. */
export function baseUrlOf({ serverName, settings }: Pick<HostedServer, 'serverName' | 'settings'>): string {
  return settings.publicBaseUrl ?? `https://${serverName}`;
}

/** A user's own link to the policy that they are asked to agree to: whoever has it may agree for them. */
export function buildConsentUri({ baseUrl, key, userId, policy }: ConsentLink): string {
  const user = localpartOf(userId);
  const url = new URL(PATH, baseUrl);
  url.searchParams.set('u', user);
  url.searchParams.set('h', signUser(key, user));
  if (policy !== undefined) url.searchParams.set('p', policy);
  return url.toString();
}

/** A link to a version of a policy that says nothing about who reads it. */
export function buildPolicyUri(
  baseUrl: string,
  { policy, version, language }: { readonly policy?: string; readonly version: string; readonly language?: string },
): string {
  const url = new URL(PATH, baseUrl);
  url.searchParams.set('v', version);
  if (policy !== undefined) url.searchParams.set('p', policy);
  if (language !== undefined) url.searchParams.set('l', language);
  return url.toString();
}

/** HMAC-SHA256 of what stands in the link for the user, in lower-case hexadecimal digits. */
export function signUser(key: Buffer, user: string): string {
  return createHmac('sha256', key).update(user).digest('hex');
}

/** Whether a link was made here; it takes the same time whatever of the signature is wrong. */
export function isSignedUser(key: Buffer, user: string, signature: string): boolean {
  const expected = Buffer.from(signUser(key, user));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected);
}
