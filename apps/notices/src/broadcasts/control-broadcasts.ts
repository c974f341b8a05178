import type { BroadcastOutcome, NoticeRefusal } from '@plexus/rpc';
import type { NoticePolicy } from '@plexus/service-shell';
import type { BroadcastRepository, BroadcastStatus, HostedServer, HostedServers, NewBroadcast } from '@plexus/storage';

export interface ControlBroadcastsPorts {
  readonly broadcasts: Pick<BroadcastRepository, 'add' | 'find' | 'changeStatus'>;
  readonly servers: Pick<HostedServers, 'find'>;
  readonly policyOf: (server: HostedServer) => NoticePolicy | undefined;
}

export type WantedStatus = 'active' | 'paused' | 'cancelled';

/** Begins, pauses, resumes and cancels broadcasts. What was sent stays sent. */
export class ControlBroadcasts {
  readonly #ports: ControlBroadcastsPorts;

  constructor(ports: ControlBroadcastsPorts) {
    this.#ports = ports;
  }

  async start(wanted: NewBroadcast): Promise<BroadcastOutcome> {
    const { broadcasts, servers, policyOf } = this.#ports;
    const server = servers.find(wanted.serverName);
    if (server === undefined) return refuse(404, 'M_NOT_FOUND', 'This server is not hosted here');
    if (policyOf(server) === undefined) {
      return refuse(400, 'M_UNKNOWN', 'Server notices are not enabled on this server');
    }
    const { broadcastId } = await broadcasts.add(wanted);
    return { outcome: 'done', broadcastId };
  }

  /** A status that the broadcast has already is no error; one that is finished stays as it is. */
  async change(broadcastId: string, status: WantedStatus): Promise<BroadcastOutcome> {
    const { broadcasts } = this.#ports;
    if (await broadcasts.changeStatus(broadcastId, status)) return { outcome: 'done', broadcastId };
    const broadcast = await broadcasts.find(broadcastId);
    if (broadcast === undefined) return refuse(404, 'M_NOT_FOUND', 'There is no such broadcast');
    if (broadcast.status === status) return { outcome: 'done', broadcastId };
    return refuse(409, 'M_UNKNOWN', `The broadcast is ${wordOf(broadcast.status)}`);
  }
}

function wordOf(status: BroadcastStatus): string {
  return status === 'complete' ? 'finished' : status;
}

function refuse(httpStatus: number, errcode: string, error: string): NoticeRefusal {
  return { outcome: 'refused', errcode, httpStatus, error };
}
