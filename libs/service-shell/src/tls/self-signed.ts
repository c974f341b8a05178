import { isIP } from 'node:net';
import { certificateFrom } from './certificate-files.ts';
import type { Certificate } from './certificate-files.ts';

/** A new certificate for these names and addresses that nobody else vouches for, valid for ten years. */
export async function makeSelfSigned(names: readonly string[]): Promise<Certificate> {
  const { generate } = await import('selfsigned');
  const subject = [{ name: 'commonName', value: names[0] ?? 'localhost' }];
  const { cert, private: key } = await generate(subject, {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notAfterDate: new Date(Date.now() + 3650 * 86_400_000),
    extensions: [{ name: 'subjectAltName', altNames: names.map(alternativeName) }],
  });
  return certificateFrom({ cert, key });
}

function alternativeName(name: string): { type: 7; ip: string } | { type: 2; value: string } {
  return isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name };
}
