import type { Appservice } from '@plexus/appservices';
import { MatrixError } from '@plexus/matrix-base';
import type { AppserviceRequests } from '@plexus/rpc';

const SHOWN_LENGTH = 1_000;

/** Looks whether an application service can be reached (https://spec.matrix.org/v1.19/client-server-api/#post_matrixclientv1appserviceappserviceidping). */
export class PingAppservice {
  readonly #requests: Pick<AppserviceRequests, 'ping' | 'retryNow'>;

  constructor(requests: Pick<AppserviceRequests, 'ping' | 'retryNow'>) {
    this.#requests = requests;
  }

  /**
   * Returns how long it took, in milliseconds; what waits for it is sent at once then. Throws 400 `M_URL_NOT_SET`, 502 `M_BAD_STATUS` or
   * `M_CONNECTION_FAILED`, 504 `M_CONNECTION_TIMEOUT`.
   */
  async execute({ id, url }: Appservice, transactionId: string | undefined): Promise<number> {
    if (url === null) throw urlNotSet();
    const pinged = await this.#requests.ping(id, transactionId);
    if (pinged.outcome === 'not-asked') throw urlNotSet();
    if (pinged.outcome === 'unreachable') throw unreachable(pinged.reason);
    const { status, body, durationMs } = pinged;
    if (status < 200 || status >= 300) {
      const shown = body.slice(0, SHOWN_LENGTH);
      throw new MatrixError('M_BAD_STATUS', 502, `The ping was answered with ${status}`, { status, body: shown });
    }
    await this.#requests.retryNow(id);
    return Math.round(durationMs);
  }
}

function urlNotSet(): MatrixError {
  return new MatrixError('M_URL_NOT_SET', 400, 'The application service has no URL');
}

function unreachable(reason: 'timeout' | 'connection'): MatrixError {
  return reason === 'timeout'
    ? new MatrixError('M_CONNECTION_TIMEOUT', 504, 'The application service did not answer in time')
    : new MatrixError('M_CONNECTION_FAILED', 502, 'The application service cannot be connected to');
}
