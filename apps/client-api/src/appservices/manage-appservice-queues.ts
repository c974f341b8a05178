import { MatrixError } from '@plexus/matrix-base';
import type { AppserviceQueueOrder, AppserviceRequests } from '@plexus/rpc';
import type { AppserviceQueueState, AppserviceQueueStates } from '@plexus/storage';

export interface ManageAppserviceQueuesPorts {
  readonly registry: { find(id: string): object | undefined };
  readonly states: Pick<AppserviceQueueStates, 'listStates' | 'findState'>;
  readonly requests: Pick<AppserviceRequests, 'changeQueue' | 'retryNow'>;
}

/** What administrators see of the queues of application services, and how they change them. */
export class ManageAppserviceQueues {
  readonly #ports: ManageAppserviceQueuesPorts;

  constructor(ports: ManageAppserviceQueuesPorts) {
    this.#ports = ports;
  }

  list(): Promise<AppserviceQueueState[]> {
    return this.#ports.states.listStates();
  }

  /** One that is new has no queue for a moment. */
  async get(id: string): Promise<AppserviceQueueState> {
    if (this.#ports.registry.find(id) === undefined)
      throw new MatrixError('M_NOT_FOUND', 404, 'Unknown application service');
    const state = await this.#ports.states.findState(id);
    if (state === undefined) throw new MatrixError('M_NOT_FOUND', 404, 'The application service has no queue yet');
    return state;
  }

  async pause(id: string): Promise<AppserviceQueueState> {
    return this.#change(id, { kind: 'pause' });
  }

  async resume(id: string): Promise<AppserviceQueueState> {
    return this.#change(id, { kind: 'resume' });
  }

  /** Leaves out what waits: up to an item, or all of it. */
  async skip(id: string, upToPosition: number | undefined): Promise<AppserviceQueueState> {
    const { lastSeq } = await this.get(id);
    if (upToPosition !== undefined && upToPosition > lastSeq)
      throw new MatrixError('M_INVALID_PARAM', 400, 'There is no such position yet');
    return this.#change(id, { kind: 'skip', upToSeq: upToPosition ?? lastSeq });
  }

  /** Sends what was sent again from an item on, in other transactions. */
  async replay(id: string, fromPosition: number): Promise<AppserviceQueueState> {
    const { firstSeq, lastSeq } = await this.get(id);
    if (firstSeq === undefined || fromPosition < firstSeq || fromPosition > lastSeq)
      throw new MatrixError('M_INVALID_PARAM', 400, 'What has this position is not there, or not there any more');
    return this.#change(id, { kind: 'replay', fromSeq: fromPosition });
  }

  async retry(id: string): Promise<AppserviceQueueState> {
    await this.get(id);
    await this.#ports.requests.retryNow(id);
    return this.get(id);
  }

  async #change(id: string, order: AppserviceQueueOrder): Promise<AppserviceQueueState> {
    await this.get(id);
    await this.#ports.requests.changeQueue(id, order);
    return this.get(id);
  }
}
