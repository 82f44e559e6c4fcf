import type { ReplyRule } from '../delivery/reply-rules.ts';
import { type Failure, judge } from './judge.ts';
import { type Fields, fieldOf, type MailParts } from './mail-parts.ts';
import { type BounceReason, type Severity, severityOf } from './reasons.ts';

/** A message that did not reach its reader, or not yet. */
export interface Bounce {
  kind: 'bounce';
  severity: Severity;
  reason: BounceReason;
  /** false: it is still being tried (RFC 3464 section 2.3.3, `delayed`); news, not an outcome. */
  final: boolean;
  /** Empty when nothing names it. */
  recipient: string;
  /** Enhanced code, RFC 3463; null: it has none. */
  status: string | null;
  /** What the server said, on one line. */
  said: string;
}

/** The message arrived, or went on to where nobody will tell us more (RFC 3464 `delivered`, `relayed`, `expanded`). */
export interface Arrived {
  kind: 'arrived';
}

const LONGEST_KEPT = 500;

/** Reads a report of non-delivery, in the form of RFC 3464 or in words; null: it is none. */
export function readBounce(parts: MailParts, ownRules: readonly ReplyRule[] = []): Bounce | Arrived | null {
  if (parts.contentType === 'multipart/report' && hasDisposition(parts)) return null;
  return readStatus(parts, ownRules) ?? readWords(parts, ownRules);
}

/** The recipient's fields come after those of the message; some servers leave out the blank line between them. */
function readStatus(parts: MailParts, ownRules: readonly ReplyRule[]): Bounce | Arrived | null {
  const recipients = parts.status.filter(
    (group) => group.has('action') || group.has('final-recipient') || group.has('status'),
  );
  const group =
    recipients.find((one) => /fail/i.test(fieldOf(one, 'action'))) ??
    recipients.find((one) => /delay/i.test(fieldOf(one, 'action'))) ??
    recipients[0];
  if (group === undefined) return null;
  const action = fieldOf(group, 'action').toLowerCase();
  if (/^(delivered|relayed|expanded)/.test(action)) return { kind: 'arrived' };
  return bounce(parts, failureOf(group, parts), !action.startsWith('delay'), ownRules);
}

function failureOf(group: Fields, parts: MailParts): Failure {
  const recipient =
    addressIn(fieldOf(group, 'original-recipient')) ||
    addressIn(fieldOf(group, 'final-recipient')) ||
    addressIn(fieldOf(group, 'x-actual-recipient'));
  // Dovecot writes a Sieve rejection (RFC 5429) above a code that means something else.
  const rejected = /was automatically rejected:(.+)/s.exec(parts.text)?.[1]?.trim();
  const diagnostic = rejected ?? withoutType(fieldOf(group, 'diagnostic-code'));
  const status = fieldOf(group, 'status');
  const comment = /\((.+)\)/.exec(status)?.[1] ?? '';
  const around = wordsFor(parts.text, recipient);
  return {
    recipient,
    status: /[245]\.\d{1,3}\.\d{1,3}/.exec(status)?.[0] ?? null,
    said: [diagnostic, comment].some((text) => tells(text))
      ? [comment, diagnostic].filter((text) => text !== '').join(' ')
      : `${diagnostic} ${around}`.trim(),
    servers: [...['remote-mta', 'reporting-mta'].map((name) => fieldOf(group, name)), gatewayOf(parts)].join(
      ' ',
    ),
    afterData: isAfterData(parts.text),
  };
}

/** A diagnostic of a number alone, or cut off, says less than the words above it. */
function tells(text: string): boolean {
  return /[a-z]{3,}.*[a-z]{3,}/i.test(
    text.replace(/^\d{3}[ -]/, '').replace(/<[^>]{0,320}>|\S{1,64}@\S{1,255}/g, ''),
  );
}

/** Servers without RFC 3464: a mail of the postmaster's that says in words what happened. */
function readWords(parts: MailParts, ownRules: readonly ReplyRule[]): Bounce | Arrived | null {
  if (!isByServer(parts)) return null;
  const recipient = firstRecipient(parts);
  const failure: Failure = {
    recipient,
    status: null,
    said: wordsFor(parts.text, recipient) || parts.subject,
    servers: `${parts.from} ${gatewayOf(parts)}`,
    afterData: isAfterData(parts.text),
  };
  return bounce(parts, failure, !isWarning(parts), ownRules);
}

function bounce(parts: MailParts, failure: Failure, final: boolean, ownRules: readonly ReplyRule[]): Bounce {
  const reply = replyIn(failure.said);
  const byReply = reply === null ? 'unclear' : judge({ ...failure, said: reply }, ownRules);
  const reason = byReply === 'unclear' ? judge(failure, ownRules) : byReply;
  return {
    kind: 'bounce',
    severity: final ? severityOf(reason) : 'soft',
    reason: !final && severityOf(reason) === 'hard' ? 'not reached in time' : reason,
    final,
    recipient: failure.recipient,
    status: failure.status,
    said: failure.said.replace(/\s+/g, ' ').trim().slice(0, LONGEST_KEPT) || parts.subject,
  };
}

/** Gateways that name themselves only in a field of their own. */
function gatewayOf({ headers }: MailParts): string {
  return [...headers.keys()]
    .filter((name) => /^x-(nai|mxl|barracuda|messagelabs|surfcontrol)/.test(name))
    .join(' ');
}

/** What the other server answered, where it stands among words of the reporting one: it knows best. */
function replyIn(said: string): string | null {
  return /(?:^|<<< |said: |was: |[:[("'\n]\s*)([45]\d\d[ -](?:[^\n]|\n(?!\s*\n))+)/.exec(said)?.[1] ?? null;
}

function hasDisposition({ headers }: MailParts): boolean {
  return /report-type="?disposition-notification/i.test(fieldOf(headers, 'content-type'));
}

/**
 * Whether a program reports a failure: no person writes so, and it says so. Somebody who only writes about failures,
 * or a message that is called one, is not taken for a server.
 */
function isByServer({ headers, from, subject, text }: MailParts): boolean {
  const server =
    /^(mailer[-_.]?daemon|(post|poost)[-_.]?master|mail[-_.]?(delivery|daemon|system)|mdaemon)/i.test(from) ||
    // A report has no return path and is marked as made by a program (RFC 3834 sections 2 and 5).
    fieldOf(headers, 'return-path') === '<>' ||
    headers.has('x-failed-recipients') ||
    (from === '' && SUBJECTS.test(subject)) ||
    /^auto-(generated|replied)/i.test(fieldOf(headers, 'auto-submitted'));
  // Others call themselves what they like, but nobody is to answer them.
  const nobody = /^(no-?reply|do-?not-?reply|bounce|system|admin(istrator)?|mail)[-_.]?/i.test(from);
  return (server && (SUBJECTS.test(subject) || SAYINGS.test(text))) || (nobody && SUBJECTS.test(subject));
}

/** Whether a mail is called what mail servers call failures. */
export function isCalledBounce(subject: string): boolean {
  return SUBJECTS.test(subject);
}

const SUBJECTS =
  /undeliver|non[- ]?deliver|not delivered|failure notice|(delivery|mail|message|sending).{0,30}(fail|error|problem|status|delay|unsuccessful|report)|fail(ed|ure).{0,20}(deliver|mail|send)|returned (mail|to sender)|returning (message|mail)|returned:|mail (could not|couldn't)|could ?n[o']t be delivered|delay(ed)? (mail|delivery)|permanent (error|delivery)|warning: (could not|message)|unzustellbar|zustell|n[ãa]o (entregue|foi)|non (remis|distribu|consegn)|mancata consegna|no (se )?(ha )?(podido|pudo) entregar|no entregad|不达|退信|配信(不能|エラー)|エラー通知|送信できません|не доставлен|недостав|thất bại|không (thể )?gửi|error sending your mail/i;

const SAYINGS =
  /(could ?n[o']t|cannot|can ?not|unable to|was not able|wasn't able|failed to|not) (be |yet be )?(been )?(deliver|reach|sent|send|complete)|delivery .{0,60}(fail|unsuccess|impossible|delay|error)|undeliver|did ?n[o']t reach|permanent (fatal )?error|returned (to|mail)|transcript of session|rejected (your|by|recipient)|has been delayed|have been rejected|was rejected|trouble delivering|error .{0,40}deliver|failed (address|recipient)|failure reasons|unknown (user|recipient|host)|mailbox full|не может быть доставлено|не доставлен/i;

function isWarning({ subject, text }: MailParts): boolean {
  return (
    /\((delay|warning)\)|delayed|warning/i.test(subject) ||
    /warning message only|this is a warning|do not need to resend/i.test(text)
  );
}

/** sendmail sends DATA before it has the answer to RCPT (RFC 2920): such a refusal is followed by a second one. */
function isAfterData(text: string): boolean {
  return (
    /after end of data|end of DATA command|failed after I sent the message|did not like our (final )?DATA/i.test(
      text,
    ) ||
    (/>>> (DATA|\.)\s*\n\s*<<< 5/i.test(text) && !/<<< (503|554 .*no valid recipients)/i.test(text))
  );
}

/**
 * What is said of one recipient: from the line that begins with the address to the next address's line; the whole
 * text where it names nobody in that way.
 */
function wordsFor(text: string, recipient: string): string {
  if (recipient === '') return text;
  const lines = text.split(/\r?\n/);
  const names = (at: number) => lines[at]?.toLowerCase().includes(recipient.toLowerCase()) ?? false;
  const heads = lines.flatMap((line, at) => (ADDRESS_LINE.test(line) ? [at] : []));
  for (const at of heads.filter(names)) {
    const next = heads.find((other) => other > at && !names(other)) ?? lines.length;
    const words = lines.slice(at, next).join('\n');
    if (words.replace(recipient, '').replace(/[<>:*\s]/g, '').length > 8) return words;
  }
  return text;
}

/** `<ada@paper.example>:` of qmail and Postfix, an address on a line of its own of Exim and others. */
const ADDRESS_LINE = /^[\s*>"-]*<?[^\s<>@:]+@[^\s<>@:]+>?(?::.*|\s*\(.*|\s*)$/;

function firstRecipient({ headers, text }: MailParts): string {
  const failed = addressIn(fieldOf(headers, 'x-failed-recipients'));
  if (failed !== '') return failed;
  const line = text.split(/\r?\n/).find((one) => ADDRESS_LINE.test(one));
  return addressIn(line ?? '') || addressIn(text);
}

function addressIn(text: string): string {
  return /[^\s<>"';,:()[\]]{1,64}@[^\s<>"';,:()[\]@]{1,255}/.exec(text)?.[0].replace(/\.$/, '') ?? '';
}

/** `smtp; 550 …` (RFC 3464 section 2.3.6). */
function withoutType(diagnostic: string): string {
  return diagnostic.replace(/^[a-z][a-z0-9_-]*\s*;\s*/i, '');
}
