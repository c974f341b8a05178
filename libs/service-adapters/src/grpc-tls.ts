import { checkServerIdentity } from 'node:tls';
import { credentials, experimental, ServerCredentials, ServerInterceptingCall, status } from '@grpc/grpc-js';
import type { ChannelCredentials, ServerInterceptor } from '@grpc/grpc-js';
import { CertificateFiles } from '@plexus/service-shell';
import type { Logger, RpcSettings } from '@plexus/service-shell';

type TlsSettings = NonNullable<RpcSettings['grpc']['tls']>;
type CaListener = experimental.CaCertificateUpdateListener;
type IdentityListener = experimental.IdentityCertificateUpdateListener;

/** Both sides of the connections between services; plain without settings. */
export interface GrpcSecurity {
  readonly client: ChannelCredentials;
  readonly server: ServerCredentials;
  /** What a client's channels are to be told beside its credentials. */
  readonly clientOptions: Readonly<Record<string, string>>;
  readonly interceptors: readonly ServerInterceptor[];
  /** Tells when an authority is trusted no longer, after new connections are judged by the others. */
  onDistrust(listener: () => void): void;
  close(): void;
}

export interface GrpcSecurityOptions {
  readonly logger: Logger;
  /** How often the files are looked at. */
  readonly intervalMs?: number;
}

/** Throws `StartError` where the files cannot be used. */
export function secureGrpc(tls: TlsSettings | undefined, options: GrpcSecurityOptions): GrpcSecurity {
  if (tls === undefined) return PLAIN;
  const { ca, cert, key, server_name: serverName, client_names: clientNames } = tls;
  const files = new CertificateFiles({ ca, cert, key }, options);
  const provider = new FileProvider(files);
  return {
    client: experimental.createCertificateProviderChannelCredentials(provider, provider),
    server: experimental.createCertificateProviderServerCredentials(provider, provider, true),
    clientOptions: serverName === undefined ? {} : { 'grpc.ssl_target_name_override': serverName },
    interceptors: clientNames === undefined ? [] : [onlyFrom(clientNames)],
    onDistrust: (listener) => provider.onDistrust(listener),
    close: () => files.close(),
  };
}

const PLAIN: GrpcSecurity = {
  client: credentials.createInsecure(),
  server: ServerCredentials.createInsecure(),
  clientOptions: {},
  interceptors: [],
  onDistrust: () => {},
  close: () => {},
};

/**
 * Tells gRPC of the files as they are and as they become.
 *
 * @NOTE gRPC counts the connections for which it listens, and a connection that is destroyed twice would let it count below zero: it would then never
 * listen again, and connect for ever with what it heard last. So who has listened once is told for as long as the process lives; it is one listener for
 * each side.
 *
 * @NOTE Who listens is told after it has been added, and not while: a server that is told too early hears nothing, and refuses every connection until
 * the files change.
 */
class FileProvider implements experimental.CertificateProvider {
  readonly #files: CertificateFiles;
  readonly #authorities = new Set<CaListener>();
  readonly #identities = new Set<IdentityListener>();
  readonly #distrusting: (() => void)[] = [];
  #trusted: readonly string[];

  constructor(files: CertificateFiles) {
    this.#files = files;
    this.#trusted = certificatesIn(files.current.pem.ca);
    files.onChange(() => this.#changed());
  }

  onDistrust(listener: () => void): void {
    this.#distrusting.push(listener);
  }

  addCaCertificateListener(listener: CaListener): void {
    this.#authorities.add(listener);
    queueMicrotask(() => this.#tellAuthorities(listener));
  }

  removeCaCertificateListener(): void {}

  addIdentityCertificateListener(listener: IdentityListener): void {
    this.#identities.add(listener);
    queueMicrotask(() => this.#tellIdentity(listener));
  }

  removeIdentityCertificateListener(): void {}

  #changed(): void {
    for (const listener of this.#authorities) this.#tellAuthorities(listener);
    for (const listener of this.#identities) this.#tellIdentity(listener);
    const before = this.#trusted;
    this.#trusted = certificatesIn(this.#files.current.pem.ca);
    const isDistrusted = before.some((certificate) => !this.#trusted.includes(certificate));
    if (isDistrusted) for (const listener of this.#distrusting) listener();
  }

  #tellAuthorities(listener: CaListener): void {
    listener({ caCertificate: Buffer.from(this.#files.current.pem.ca ?? '') });
  }

  #tellIdentity(listener: IdentityListener): void {
    const { cert, key } = this.#files.current.pem;
    listener({ certificate: Buffer.from(cert), privateKey: Buffer.from(key) });
  }
}

function certificatesIn(pem = ''): readonly string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+/g) ?? [];
}

/** Refuses callers whose certificate, though signed by the right authority, is for none of these names. */
function onlyFrom(names: readonly string[]): ServerInterceptor {
  return (_method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) => {
        const shown = call.getAuthContext().sslPeerCertificate;
        const isKnown = shown !== undefined && names.some((name) => checkServerIdentity(name, shown) === undefined);
        if (isKnown) next();
        else call.sendStatus({ code: status.PERMISSION_DENIED, details: 'the certificate is of nobody who may call' });
      },
    });
}
