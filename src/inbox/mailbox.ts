/** A message as it came over SMTP. */
export interface ReceivedMessage {
  /** 1 is the first since the start. */
  id: number;
  receivedAt: Temporal.Instant;
  /** The envelope, which may differ from the headers. */
  from: string;
  to: string[];
  subject: string;
  /** As it stood on the wire, dots unstuffed. */
  raw: Buffer;
}

/** Messages in memory, newest first; the oldest go when there are too many or they weigh too much. */
export interface Mailbox {
  add: (message: Omit<ReceivedMessage, 'id'>) => ReceivedMessage;
  find: (id: number) => ReceivedMessage | undefined;
  /** The next newer and the next older one that is still kept. */
  neighbours: (id: number) => { newer: number | undefined; older: number | undefined };
  list: () => ReceivedMessage[];
  /** How many have come since the start, dropped ones included. */
  received: () => number;
}

/** @param limits at most so many messages, and so many bytes of them. */
export function createMailbox({ messages: most, bytes: heaviest } = DEFAULT_LIMITS): Mailbox {
  const kept: ReceivedMessage[] = [];
  let weight = 0;
  let received = 0;

  const position = (id: number) => kept.findIndex((message) => message.id === id);

  return {
    add(message) {
      const added = { ...message, id: ++received };
      kept.unshift(added);
      weight += added.raw.length;
      // The newest always stays, however heavy.
      while (kept.length > most || (weight > heaviest && kept.length > 1)) {
        weight -= kept.pop()?.raw.length ?? 0;
      }
      return added;
    },
    find: (id) => kept[position(id)],
    neighbours(id) {
      const at = position(id);
      return { newer: kept[at - 1]?.id, older: at < 0 ? undefined : kept[at + 1]?.id };
    },
    list: () => [...kept],
    received: () => received,
  };
}

const DEFAULT_LIMITS = { messages: 2000, bytes: 64 * 1024 * 1024 };
