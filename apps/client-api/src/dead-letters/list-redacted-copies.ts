import type { ListedCopy, RedactedCopyQuery, RedactedCopyReader } from '@plexus/storage';

/** Which events of other servers are here without their content, for operators who look for it. */
export class ListRedactedCopies {
  readonly #reader: Pick<RedactedCopyReader, 'listRedactedCopies'>;

  constructor(reader: Pick<RedactedCopyReader, 'listRedactedCopies'>) {
    this.#reader = reader;
  }

  execute(query: RedactedCopyQuery): Promise<ListedCopy[]> {
    return this.#reader.listRedactedCopies(query);
  }
}
