import { MatrixError, serverNameOf } from '@plexus/matrix-base';
import type { Requester } from '@plexus/service-shell';
import type { ReportQuery } from '@plexus/storage';

type Asking = Pick<Requester, 'isDeploymentAdmin' | 'serverName'>;

/** All reports are the deployment's administrators'; those of a hosted server have what that server's users reported. */
export function withinScope({ isDeploymentAdmin, serverName }: Asking, query: ReportQuery): ReportQuery {
  return isDeploymentAdmin ? query : { ...query, reporterServer: serverName };
}

/** Throws 404 with this message for a report that there is none of, or that is none of the administrator's. */
export function requireTheirs<Report extends { readonly reporter: string }>(
  { isDeploymentAdmin, serverName }: Asking,
  report: Report | undefined,
  message: string,
): Report {
  if (report !== undefined && (isDeploymentAdmin || serverNameOf(report.reporter) === serverName)) return report;
  throw new MatrixError('M_NOT_FOUND', 404, message);
}
