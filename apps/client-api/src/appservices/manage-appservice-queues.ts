import type { Appservice } from '@plexus/appservices';
import { MatrixError } from '@plexus/matrix-base';
import type { AppserviceQueueOrder, AppserviceRequests } from '@plexus/rpc';
import type { AppserviceQueueState, AppserviceQueueStates } from '@plexus/storage';

export interface ManageAppserviceQueuesPorts {
  readonly registry: { find(id: string): Pick<Appservice, 'url'> | undefined };
  readonly states: Pick<AppserviceQueueStates, 'listStates' | 'findState'>;
  readonly requests: Pick<AppserviceRequests, 'changeQueue' | 'retryNow'>;
}

export interface ManagedQueue extends AppserviceQueueState {
  /** Whether its application service is sent anything: one without a URL is not, and so takes and fails to take nothing. */
  readonly isSent: boolean;
}

/** What administrators see of the queues of application services, and how they change them. */
export class ManageAppserviceQueues {
  readonly #ports: ManageAppserviceQueuesPorts;

  constructor(ports: ManageAppserviceQueuesPorts) {
    this.#ports = ports;
  }

  async list(): Promise<ManagedQueue[]> {
    return (await this.#ports.states.listStates()).map((state) => this.#managed(state));
  }

  /** One that is new has no queue for a moment. */
  async get(id: string): Promise<ManagedQueue> {
    if (this.#ports.registry.find(id) === undefined)
      throw new MatrixError('M_NOT_FOUND', 404, 'Unknown application service');
    const state = await this.#ports.states.findState(id);
    if (state === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'The application service has no queue yet');
    return this.#managed(state);
  }

  async pause(id: string): Promise<ManagedQueue> {
    return this.#change(id, { kind: 'pause' });
  }

  async resume(id: string): Promise<ManagedQueue> {
    return this.#change(id, { kind: 'resume' });
  }

  /** Leaves out what waits: up to an item, or all of it. */
  async skip(id: string, upToPosition: number | undefined): Promise<ManagedQueue> {
    const { lastSeq } = await this.get(id);
    if (upToPosition !== undefined && upToPosition > lastSeq)
      throw new MatrixError('M_INVALID_PARAM', 400, 'There is no such position yet');
    return this.#change(id, { kind: 'skip', upToSeq: upToPosition ?? lastSeq });
  }

  /** Sends what was sent again from an item on, in other transactions. */
  async replay(id: string, fromPosition: number): Promise<ManagedQueue> {
    const { firstSeq, lastSeq } = await this.get(id);
    if (firstSeq === undefined || fromPosition < firstSeq || fromPosition > lastSeq)
      throw new MatrixError('M_INVALID_PARAM', 400, 'What has this position is not there, or not there any more');
    return this.#change(id, { kind: 'replay', fromSeq: fromPosition });
  }

  async retry(id: string): Promise<ManagedQueue> {
    await this.get(id);
    await this.#ports.requests.retryNow(id);
    return this.get(id);
  }

  async #change(id: string, order: AppserviceQueueOrder): Promise<ManagedQueue> {
    await this.get(id);
    await this.#ports.requests.changeQueue(id, order);
    return this.get(id);
  }

  #managed(state: AppserviceQueueState): ManagedQueue {
    return { ...state, isSent: (this.#ports.registry.find(state.appserviceId)?.url ?? null) !== null };
  }
}
