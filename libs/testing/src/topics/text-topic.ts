import type { IfLost, TopicDefinition } from '@plexus/topics';

/** A topic of texts. The text `broken` cannot be decoded. */
export function textTopic(name: string, ifLost: IfLost): TopicDefinition<string> {
  return {
    name,
    ifLost,
    codec: {
      encode: (text) => Buffer.from(text),
      decode(bytes) {
        const text = Buffer.from(bytes).toString();
        if (text === 'broken') throw new Error('no such record');
        return text;
      },
    },
  };
}
