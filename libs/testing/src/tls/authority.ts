import { isIP } from 'node:net';
import { generate } from 'selfsigned';
import type { SelfsignedOptions } from 'selfsigned';

/** A certificate with its private key, as PEM. */
export interface IssuedCertificate {
  readonly cert: string;
  readonly key: string;
}

/** An authority of a test's own, whose certificates whoever trusts `cert` accepts. */
export interface Authority {
  readonly cert: string;
  /** A certificate for these names and addresses, of a server as well as of a client; its common name is the first of them. */
  issue(names: readonly string[]): Promise<IssuedCertificate>;
}

const COMMON = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } satisfies SelfsignedOptions;

export async function makeAuthority(name: string): Promise<Authority> {
  const own = await generate([{ name: 'commonName', value: name }], {
    ...COMMON,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const ca = { cert: own.cert, key: own.private };
  return { cert: own.cert, issue: (names) => issue(ca, names) };
}

async function issue(ca: IssuedCertificate, names: readonly string[]): Promise<IssuedCertificate> {
  const { cert, private: key } = await generate([{ name: 'commonName', value: names[0] ?? 'nobody' }], {
    ...COMMON,
    ca,
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      { name: 'subjectAltName', altNames: names.map(alternativeName) },
    ],
  });
  return { cert, key };
}

function alternativeName(name: string): { type: 7; ip: string } | { type: 2; value: string } {
  return isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name };
}
