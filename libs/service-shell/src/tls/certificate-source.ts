import type { SecureContext } from 'node:tls';

/** Certificates by the name that a client asks for (SNI). Answers from memory: it is asked in every handshake. */
export interface CertificateSource {
  /** The certificate for this host name; none where the source has no opinion. */
  findCertificate(hostName: string): SecureContext | undefined;
}
