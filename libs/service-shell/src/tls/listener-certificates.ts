import type { SecureContext } from 'node:tls';
import type { ListenerSettings } from '../config/sections/listeners.ts';
import { CertificateFiles } from './certificate-files.ts';
import type { Certificate, WatchOptions } from './certificate-files.ts';
import type { CertificateSource } from './certificate-source.ts';
import { makeSelfSigned } from './self-signed.ts';

export interface ListenerCertificates {
  /** The certificate of a connection without SNI, or with a name that nobody knows. */
  own(): Certificate;
  /** The certificate for a name: from the settings, then from the source, else the listener's own. */
  choose(hostName: string): SecureContext;
  /** Tells when the own certificate was replaced. */
  onOwnChange(listener: () => void): void;
  close(): void;
}

interface CertificateOptions extends WatchOptions {
  readonly source?: CertificateSource | undefined;
  /** What a self-signed certificate is made for. */
  readonly names: readonly string[];
}

type TlsSettings = NonNullable<ListenerSettings['tls']>;

export async function loadCertificates(tls: TlsSettings, options: CertificateOptions): Promise<ListenerCertificates> {
  const byName = new Map<string, CertificateFiles>();
  const files = tls.by_server.map(({ names, cert, key }) => {
    const entry = new CertificateFiles({ cert, key }, options);
    for (const name of names) byName.set(name.toLowerCase(), entry);
    return entry;
  });
  const { cert, key } = tls;
  const ownFiles = cert !== undefined && key !== undefined ? new CertificateFiles({ cert, key }, options) : undefined;
  const holder = ownFiles ?? { current: await makeSelfSigned(options.names) };
  const own = () => holder.current;
  return { own, choose, onOwnChange: (listener) => ownFiles?.onChange(listener), close };

  function choose(hostName: string): SecureContext {
    const name = hostName.toLowerCase();
    const configured = byName.get(name) ?? byName.get(name.replace(/^[^.]+/, '*'));
    return configured?.current.context ?? options.source?.findCertificate(name) ?? own().context;
  }

  function close(): void {
    for (const entry of [...files, ownFiles]) entry?.close();
  }
}
