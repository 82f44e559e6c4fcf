import type { Revision } from '../editions/revision.ts';
import type { Newsletter } from '../newsletters/newsletter.ts';
import { cleanLine } from './clean-text.ts';
import { dateValue, domainOf, headerLine, mailbox, named, unstructured, wireAddress } from './header.ts';
import type { EditionPurpose, Envelope, MessageSite, Recipient } from './message.ts';

/**
 * The header of an edition: what all readers share is made once.
 * @returns makes the lines of one recipient, in the order that people and filters are used to, and the envelope.
 */
export function editionHeaders({
  newsletter,
  edition,
  site,
  subject,
  purpose,
  mime,
}: {
  newsletter: Newsletter;
  edition: Revision['edition'];
  site: MessageSite;
  subject: string;
  purpose: EditionPurpose;
  /** MIME-Version and Content-Type. */
  mime: string;
}): (
  recipient: Recipient,
  leaveUrl: string,
  date: Temporal.Instant,
) => { envelope: Envelope; lines: string } {
  const domain = domainOf(newsletter.from.address);
  const from = fromLine(newsletter);
  const beforeDate =
    replyToLine(newsletter) + headerLine('Subject', unstructured(subject, 'Subject: '.length));
  const describe =
    mime + headerLine('Content-Language', newsletter.language) + listIdLine(newsletter, domain);
  // Editors cannot leave their own drafts.
  const mayLeave = purpose !== 'proof';
  const after =
    (mayLeave ? headerLine('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click') : '') +
    headerLine('List-Post', 'NO') +
    headerLine('Feedback-ID', feedbackId(newsletter, edition, purpose, domain)) +
    // RFC 3834 section 5.2: not on what a person wrote and sent by hand.
    (edition.kind === 'scheduled' || purpose !== 'digest'
      ? headerLine('Auto-Submitted', 'auto-generated')
      : '') +
    headerLine('Precedence', 'bulk');
  const messageName = edition.name.replaceAll('/', '.');
  return ({ deliveryToken, email, name }, leaveUrl, date) => {
    // A test names no delivery: nobody could be found by its token.
    const mailto =
      site.bounceDomain === null || purpose !== 'digest'
        ? ''
        : `,\r\n <mailto:unsubscribe+${deliveryToken}@${site.bounceDomain}?subject=unsubscribe>`;
    const lines =
      from +
      headerLine('To', mailbox(name && cleanLine(name), email, 'To: '.length)) +
      beforeDate +
      headerLine('Date', dateValue(date)) +
      headerLine('Message-ID', `<${messageName}.${deliveryToken}@${domain}>`) +
      describe +
      (mayLeave ? headerLine('List-Unsubscribe', `<${leaveUrl}>${mailto}`) : '') +
      after;
    return { envelope: { from: returnPath(newsletter, site, deliveryToken), to: wireAddress(email) }, lines };
  };
}

/** Who sends: one mailbox, the same in every edition, because readers' filters hang on it. */
export function fromLine({ from }: Pick<Newsletter, 'from'>): string {
  return headerLine('From', mailbox(cleanLine(from.name), from.address, 'From: '.length));
}

export function replyToLine({ reply_to }: Pick<Newsletter, 'reply_to'>): string {
  return reply_to === undefined ? '' : headerLine('Reply-To', `<${wireAddress(reply_to)}>`);
}

/** Where bounces go: an address of the delivery's own (VERP), which tells whose message came back. */
export function returnPath(
  { from }: Pick<Newsletter, 'from'>,
  { bounceDomain }: Pick<MessageSite, 'bounceDomain'>,
  token: string,
): string {
  return bounceDomain === null ? wireAddress(from.address) : `bounce+${token}@${bounceDomain}`;
}

/** RFC 2919 section 2; the same for the life of the newsletter. */
function listIdLine({ name, slug }: Newsletter, domain: string): string {
  return headerLine('List-Id', named(cleanLine(name), `${slug}.${domain}`, 'List-Id: '.length));
}

/** Google's feedback loop: edition, list, kind, and a sender of 5 to 15 characters; nothing of the recipient. */
function feedbackId(
  { slug }: Newsletter,
  { name }: Revision['edition'],
  purpose: EditionPurpose,
  domain: string,
): string {
  const day = name.slice(name.lastIndexOf('/') + 1).replaceAll('-', '');
  return `${day}:${slug}:${purpose}:${senderId(domain)}`;
}

/** Made of the domain, so that it is the same for ever. */
export function senderId(domain: string): string {
  return domain
    .replace(/[^a-z0-9]/g, '')
    .slice(0, 15)
    .padEnd(5, '0');
}
