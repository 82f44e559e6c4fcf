import { fieldOf, type MailParts } from './mail-parts.ts';

/** What tells which delivery a report is about, the surest first. */
export interface DeliveryNames {
  /** Tokens of `unsubscribe+TOKEN@` to which the mail came. */
  leaving: string[];
  /** Tokens of return paths, then of Message-IDs and other fields of ours in the message that came back. */
  tokens: string[];
  /** Amazon SES's own id of the message, which its 250 told us. */
  sesId: string | null;
  /** To whom a provider says that the message went, and when (ms UTC); only from signed reports. */
  recipient: { address: string; before: number } | null;
}

/** Nothing that tells. */
export const NAMELESS: DeliveryNames = { leaving: [], tokens: [], sesId: null, recipient: null };

const LONGEST_LIST = 20;

/** Looks for tokens of ours in a mail: where it was sent to, and in the message that it sends back. */
export function namesIn(parts: MailParts, envelope: string[], bounceDomain: string | null): DeliveryNames {
  const to = [
    ...envelope,
    ...parts.to,
    ...['x-original-to', 'delivered-to', 'envelope-to', 'x-envelope-to'].map((name) =>
      fieldOf(parts.headers, name),
    ),
  ];
  const named = to.flatMap((address) => addressed(address, bounceDomain) ?? []);
  // A reply names the message it answers; a report brings it along, or its header.
  const answered = ['in-reply-to', 'references', 'original-message-id'].flatMap(
    (name) => parts.headers.get(name) ?? [],
  );
  const reported = parts.status.flatMap((group) =>
    ['x-original-message-id', 'original-envelope-id'].map((name) => fieldOf(group, name)),
  );
  return {
    ...NAMELESS,
    leaving: unique(named.filter(({ box }) => box === 'unsubscribe').map(({ token }) => token)),
    tokens: unique([
      ...named.filter(({ box }) => box === 'bounce').map(({ token }) => token),
      ...tokensIn([...answered, ...reported].join(' ')),
      ...tokensIn(parts.returned),
      ...tokensIn(parts.text),
    ]).slice(0, LONGEST_LIST),
  };
}

/** `bounce+TOKEN@` and `unsubscribe+TOKEN@` of our domain; some hosts fold case. null: another address. */
export function addressed(
  address: string,
  bounceDomain: string | null,
): { box: 'bounce' | 'unsubscribe'; token: string } | null {
  const found = /^<?(bounce|unsubscribe)\+([0-9a-f]{32})@([^\s>]+?)>?$/i.exec(address.trim());
  if (found === null || bounceDomain === null || found[3]?.toLowerCase() !== bounceDomain) return null;
  return { box: found[1]?.toLowerCase() as 'bounce' | 'unsubscribe', token: found[2]?.toLowerCase() ?? '' };
}

/** Tokens in Message-IDs and VERP addresses of ours, wherever they stand. */
export function tokensIn(text: string): string[] {
  return unique(
    [...text.matchAll(/(?:bounce\+|unsubscribe\+|\.)([0-9a-f]{32})@/gi)].map(
      ([, token]) => token?.toLowerCase() ?? '',
    ),
  );
}

function unique(values: string[]): string[] {
  return [...new Set(values)];
}
