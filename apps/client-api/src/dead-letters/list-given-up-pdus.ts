import type { GivenUpPdu, GivenUpPduQuery, GivenUpPduReader } from '@plexus/storage';

/** Which events of other servers were given up, for operators who look for them. */
export class ListGivenUpPdus {
  readonly #reader: GivenUpPduReader;

  constructor(reader: GivenUpPduReader) {
    this.#reader = reader;
  }

  execute(query: GivenUpPduQuery): Promise<GivenUpPdu[]> {
    return this.#reader.listGivenUpPdus(query);
  }
}
