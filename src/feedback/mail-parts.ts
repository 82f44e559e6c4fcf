import PostalMime, { type Attachment, decodeWords, type Email } from 'postal-mime';
import { htmlToText } from '../sources/plain-text.ts';

/** Header fields by their lower-case name, each with its values in order, unfolded. */
export type Fields = Map<string, string[]>;

/** A mail that came back to us, taken apart into what a reader of reports looks at. */
export interface MailParts {
  headers: Fields;
  /** `multipart/report`, `text/plain`, …; lower case. */
  contentType: string;
  subject: string;
  /** Address of From, lower case; empty when there is none. */
  from: string;
  /** Addresses of To, Cc and Delivered-To, lower case. */
  to: string[];
  /** What a person would read, without the message that is sent back below it. */
  text: string;
  /** message/delivery-status (RFC 3464, RFC 6533): a group for the message, then one a recipient. */
  status: Fields[];
  /** message/feedback-report (RFC 5965); null: it has none. */
  feedback: Fields | null;
  /** The message that is sent back, or its header, as text; empty when nothing of it is there. */
  returned: string;
}

/** More of a text than this tells nothing new, and patterns are run over it. */
const LONGEST_TEXT = 60_000;
const LONGEST_RETURNED = 200_000;
const LONGEST_FIELD = 4000;
const MOST_LINES = 10_000;

/** Takes a mail apart. What is not well formed is read as far as it goes. Never throws. */
export async function takeApart(raw: Uint8Array): Promise<MailParts> {
  const mail = await PostalMime.parse(shortened(raw), {
    forceRfc822Attachments: true,
    attachmentEncoding: 'arraybuffer',
  }).catch(() => null);
  if (mail === null) return withoutMime(Buffer.from(raw).toString('latin1'));
  const headers = fieldsOf(mail.headers.map(({ key, value }) => [key, value]));
  const body = cutReturned(readable(mail));
  const ofType = (pattern: RegExp) => mail.attachments.filter((part) => pattern.test(part.mimeType));
  const returned = ofType(
    /^(message\/(rfc822|global|partial)|text\/rfc822|message\/(global|rfc822)-headers)/i,
  );
  const status = ofType(/^message\/(x-)?(global-)?delivery-status$/i).map(textOf);
  const feedback = ofType(/^message\/(x-)?feedback-report$/i).map(textOf)[0];
  return {
    headers,
    contentType: (headers.get('content-type')?.[0] ?? 'text/plain').split(';')[0]?.trim().toLowerCase() ?? '',
    subject: (mail.subject ?? decodeWords(headers.get('subject')?.[0] ?? '')).slice(0, LONGEST_FIELD),
    from: (mail.from?.address ?? '').toLowerCase(),
    to: recipientsOf(mail),
    text: body.text,
    status: status.flatMap(groupsOf),
    feedback: feedback === undefined ? null : (groupsOf(feedback)[0] ?? new Map()),
    returned: [...returned.map(textOf), body.returned].join('\n').slice(0, LONGEST_RETURNED),
  };
}

/** Parsing costs by the line; what is told stands above the message that is sent back. */
function shortened(raw: Uint8Array): Uint8Array {
  let end = -1;
  for (let lines = 0; lines < MOST_LINES; lines++) {
    end = raw.indexOf(10, end + 1);
    if (end < 0) return raw;
  }
  return raw.subarray(0, end + 1);
}

/** The first value of a field, without blanks around it; empty when there is none. */
export function fieldOf(fields: Fields | undefined, name: string): string {
  return fields?.get(name)?.[0]?.trim() ?? '';
}

/** Groups of `Name: value` lines with blank lines between them. */
function groupsOf(text: string): Fields[] {
  return text
    .slice(0, LONGEST_TEXT)
    .split(/\r?\n[ \t]*(?:\r?\n)+/)
    .map((group) =>
      fieldsOf(
        [...group.replace(/\r?\n[ \t]+/g, ' ').matchAll(/^([A-Za-z][A-Za-z0-9-]*)[ \t]*:(.*)$/gm)].map(
          ([, name, value]) => [name ?? '', value?.trim().slice(0, LONGEST_FIELD) ?? ''],
        ),
      ),
    )
    .filter((fields) => fields.size > 0);
}

function fieldsOf(pairs: [name: string, value: string][]): Fields {
  const fields: Fields = new Map();
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    const values = fields.get(key);
    if (values === undefined) fields.set(key, [value]);
    else values.push(value);
  }
  return fields;
}

function readable(mail: Email): string {
  const plain = mail.text?.trim() ?? '';
  if (plain !== '' || mail.html === undefined) return plain.slice(0, LONGEST_TEXT);
  return htmlToText(mail.html.slice(0, LONGEST_TEXT * 2)).text;
}

function recipientsOf(mail: Email): string[] {
  const named = [...(mail.to ?? []), ...(mail.cc ?? [])].flatMap(
    (to) => to.address ?? to.group?.map((one) => one.address) ?? [],
  );
  return [...named, mail.deliveredTo ?? '']
    .filter((address) => address !== '')
    .map((address) => address.toLowerCase());
}

/** Where MTAs without MIME begin the message that they send back. */
const RETURNED =
  /^[ \t>]*(?:-{2,}.*(?:copy of (?:the|your) (?:message|mail)|original message|returned message|message header|headers? follow|unsent message|undelivered message|message text follows|failed message).*|.*(?:below this line is a copy of|original message follows|the (?:headers|header) of the (?:original )?message|unsent message follows|copy of your message, including all the headers).*|Return-Path: *<.*|Received: +(?:from|by|\(qmail).*)$/im;

/** @returns what stands above the message that is sent back, and that message. */
function cutReturned(text: string): { text: string; returned: string } {
  const at = RETURNED.exec(text);
  if (at === null || text.slice(0, at.index).trim() === '') return { text, returned: '' };
  return { text: text.slice(0, at.index), returned: text.slice(at.index) };
}

function withoutMime(raw: string): MailParts {
  const end = /\r?\n\r?\n/.exec(raw)?.index ?? raw.length;
  const headers = groupsOf(raw.slice(0, end))[0] ?? new Map();
  const body = cutReturned(raw.slice(end, end + LONGEST_TEXT));
  return {
    headers,
    contentType: 'text/plain',
    subject: fieldOf(headers, 'subject'),
    from: /[^\s<]{1,64}@[^\s>]{1,255}/.exec(fieldOf(headers, 'from'))?.[0].toLowerCase() ?? '',
    to: [...fieldOf(headers, 'to').matchAll(/[^\s<,]{1,64}@[^\s>,]{1,255}/g)].map(([address]) =>
      address.toLowerCase(),
    ),
    text: body.text,
    status: [],
    feedback: null,
    returned: body.returned,
  };
}

function textOf({ content }: Attachment): string {
  return typeof content === 'string' ? content : Buffer.from(content as ArrayBuffer).toString();
}
