import { RemoteServerError } from '@plexus/remote-servers';
import type { JsonObject } from '@plexus/matrix-base';
import type { SenderRouter } from './sender-router.ts';

export type ReportOutcome =
  | { readonly outcome: 'answered'; readonly status: number }
  | { readonly outcome: 'unreachable'; readonly reason: string; readonly because: string };

/** Where operators want to hear of their deployment. */
export interface Reports {
  /** Puts a report to an https URL, once. Throws `RemoteServerError` where our own side is broken. */
  put(url: string, report: JsonObject): Promise<ReportOutcome>;
}

const TIMEOUT_MS = 30_000;
const GRACE_MS = 5_000;

/** Reports of services that open no connections themselves: federation-sender puts them. */
export class RoutedReports implements Reports {
  readonly #router: Pick<SenderRouter, 'run'>;

  constructor(router: Pick<SenderRouter, 'run'>) {
    this.#router = router;
  }

  async put(url: string, report: JsonObject): Promise<ReportOutcome> {
    const request = { url, body: Buffer.from(JSON.stringify(report)), timeoutMs: TIMEOUT_MS };
    const { result } = await this.#router.run({
      affinity: url,
      isRepeatable: false,
      call: (sender) => sender.postReport(request, { deadlineMs: TIMEOUT_MS + GRACE_MS }),
    });
    if (result === undefined) throw new RemoteServerError('a federation-sender answered with nothing');
    if (result.$case === 'answered') return { outcome: 'answered', status: result.value.status };
    return { outcome: 'unreachable', ...result.value };
  }
}
