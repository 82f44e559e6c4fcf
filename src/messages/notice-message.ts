import type { Newsletter } from '../newsletters/newsletter.ts';
import { cleanLine } from './clean-text.ts';
import { fromLine, replyToLine, returnPath, senderId } from './edition-headers.ts';
import { footerModel } from './footer.ts';
import { dateValue, domainOf, headerLine, mailbox, unstructured, wireAddress } from './header.ts';
import type { Locale } from './locale.ts';
import { lookOf } from './look.ts';
import type { ComposedNotice, MessageSite } from './message.ts';
import { prepareMime } from './mime.ts';
import { loadTemplate } from './templates.ts';

/** What a notice says: one matter, one link or a few commands. Plain strings, not yet escaped. */
export interface NoticeContent {
  subject: string;
  heading: string;
  paragraphs: string[];
  action: { label: string; url: string } | null;
  commands: Array<{ what: string; command: string }>;
  note: string | null;
  /** The link to leave, where there is a subscription to leave. */
  leave: string | null;
}

/** Renders a notice in the newsletter's look and encodes it for one recipient. */
export async function noticeMessage(
  notice: { kind: string; to: string; token: string },
  content: NoticeContent,
  {
    newsletter,
    locale,
    site,
    now,
  }: { newsletter: Newsletter; locale: Locale; site: MessageSite; now: Temporal.Instant },
): Promise<ComposedNotice> {
  const template = await loadTemplate('notice', lookOf(newsletter.look, locale.dir));
  const subject = cleanLine(content.subject);
  const model = {
    ...content,
    language: locale.language,
    title: subject,
    preheader: content.paragraphs[0] ?? '',
    masthead: { name: cleanLine(newsletter.name), logo: newsletter.look.logo ?? null },
    web: null,
    t: locale.words,
    footer: { ...footerModel(newsletter, locale), leave: content.leave },
  };
  const mime = prepareMime(
    { html: template.html(model), text: template.text(model) },
    `${notice.kind} ${notice.token}`,
  );
  const domain = domainOf(newsletter.from.address);
  const headers =
    fromLine(newsletter) +
    headerLine('To', mailbox(null, notice.to, 'To: '.length)) +
    replyToLine(newsletter) +
    headerLine('Subject', unstructured(subject, 'Subject: '.length)) +
    headerLine('Date', dateValue(now)) +
    headerLine('Message-ID', `<${notice.kind}.${notice.token}@${domain}>`) +
    mime.headers +
    headerLine('Content-Language', locale.language) +
    unsubscribeLines(content.leave) +
    headerLine('Feedback-ID', `${newsletter.slug}:${notice.kind}:${senderId(domain)}`) +
    headerLine('Auto-Submitted', 'auto-generated');
  return {
    subject,
    envelope: { from: returnPath(newsletter, site, notice.token), to: wireAddress(notice.to) },
    raw: mime.forRecipient(headers, { reason: '', leave: '', choices: '' }),
  };
}

/** Where there is no subscription yet there is nothing to leave: no header (RFC 8058 section 4). */
function unsubscribeLines(leave: string | null): string {
  if (leave === null) return '';
  return (
    headerLine('List-Unsubscribe', `<${leave}>`) +
    headerLine('List-Unsubscribe-Post', 'List-Unsubscribe=One-Click')
  );
}
