import type { BinaryWriter } from '@bufbuild/protobuf/wire';
import type { RecordCodec } from './topic-definition.ts';

/** What the generated code gives for a message. */
export interface RecordMessage<T> {
  encode(message: T, writer?: BinaryWriter): BinaryWriter;
  decode(bytes: Uint8Array): T;
}

export function codecOf<T>(message: RecordMessage<T>, more: Pick<RecordCodec<T>, 'sizeOf'> = {}): RecordCodec<T> {
  return { encode: (value) => message.encode(value).finish(), decode: (bytes) => message.decode(bytes), ...more };
}
