import type { Context } from '../context.ts';
import { previewRevision } from '../editions/prepare.ts';
import { readRevision } from '../editions/read-revision.ts';
import type { Revision } from '../editions/revision.ts';
import { getNewsletter, listNewsletters } from '../newsletters/newsletter.ts';
import type { NoticeData, NoticeKind } from '../notices/notice.ts';
import { linkKeys } from '../subscribers/links.ts';
import { cleanLine, cleanText } from './clean-text.ts';
import { composeEdition } from './compose.ts';
import { fromLine, returnPath } from './edition-headers.ts';
import { proofNote, reminderContent } from './editor-notices.ts';
import { dateValue, domainOf, headerLine, mailbox, unstructured, wireAddress } from './header.ts';
import { clockTime, localeOf, say } from './locale.ts';
import type { ComposedNotice, ComposeOptions, MessageSite } from './message.ts';
import { plainMime } from './mime.ts';
import { noticeMessage } from './notice-message.ts';
import {
  accessContent,
  addressChangedContent,
  confirmationContent,
  newAddressContent,
  welcomeContent,
} from './reader-notices.ts';

/** A stored notice with its data read. */
export type Notice<Kind extends NoticeKind = NoticeKind> = {
  [K in Kind]: { kind: K; to: string; token: string; data: NoticeData[K] };
}[Kind];

/**
 * Makes the message of a notice, whatever its kind.
 * @throws RefusedError when what it is about is gone: the edition's revision, the newsletter, the reader.
 */
export async function composeNotice(notice: Notice, context: Context): Promise<ComposedNotice> {
  switch (notice.kind) {
    case 'confirmation':
    case 'welcome':
    case 'access':
    case 'new-address':
    case 'address-changed':
      return readerNotice(notice, context);
    case 'proof':
      return proof(notice, context);
    case 'reminder':
      return reminder(notice, context);
    case 'test':
      return test(notice, context);
    case 'alert':
      return alert(notice, context);
  }
}

function siteOf({ config, secrets }: Context): MessageSite {
  return { publicUrl: config.publicUrl, bounceDomain: config.bounceDomain, keys: linkKeys(secrets) };
}

async function readerNotice(
  notice: Notice<'confirmation' | 'welcome' | 'access' | 'new-address' | 'address-changed'>,
  context: Context,
): Promise<ComposedNotice> {
  const newsletter = await getNewsletter(context.db, notice.data.newsletterId);
  const locale = localeOf(notice.data.language);
  const about = { newsletter, locale, site: siteOf(context), now: context.now() };
  switch (notice.kind) {
    case 'confirmation':
      return noticeMessage(notice, confirmationContent(notice, about), about);
    case 'welcome':
      return noticeMessage(notice, await welcomeContent(context.db, notice, about), about);
    case 'access':
      return noticeMessage(notice, accessContent(notice, about), about);
    case 'new-address':
      return noticeMessage(notice, newAddressContent(notice, about), about);
    case 'address-changed':
      return noticeMessage(notice, addressChangedContent(notice, about), about);
  }
}

async function proof(notice: Notice<'proof'>, context: Context): Promise<ComposedNotice> {
  const revision = await readRevision(context.db, notice.data.editionId, notice.data.revision);
  const { newsletter, edition } = revision;
  const locale = localeOf(newsletter.language);
  const time = clockTime(locale, edition.slotAt, newsletter.time_zone);
  const note = await proofNote(context.db, revision, { locale, now: context.now() });
  return copyOfEdition(notice, revision, context, {
    purpose: 'proof',
    markSubject: (subject) => say(locale.words.proof.subject, { time, subject }),
    desk: note,
  });
}

async function test(notice: Notice<'test'>, context: Context): Promise<ComposedNotice> {
  const { data } = notice;
  const revision =
    'editionId' in data
      ? await readRevision(context.db, data.editionId, data.revision)
      : await previewRevision(
          context,
          await getNewsletter(context.db, data.newsletterId),
          data.at === null ? null : Temporal.Instant.fromEpochMilliseconds(data.at),
        );
  const { words } = localeOf(revision.newsletter.language);
  return copyOfEdition(notice, revision, context, {
    purpose: 'test',
    markSubject: (subject) =>
      revision.number === 0
        ? say(words.test.subject_unprepared, { subject })
        : say(words.test.subject, { revision: String(revision.number), subject }),
  });
}

/** An edition as a reader would get it, to somebody who looks at it: no link of it changes anything. */
async function copyOfEdition(
  notice: Notice<'proof' | 'test'>,
  revision: Revision,
  context: Context,
  options: ComposeOptions,
): Promise<ComposedNotice> {
  const message = await composeEdition(revision, null, siteOf(context), options);
  if (message === null) throw new Error(`${revision.edition.name} has nothing in it`);
  const recipient = {
    deliveryToken: notice.token,
    subscriberToken: '',
    email: notice.to,
    name: null,
    subscribedAt: null,
    rhythm: revision.edition.rhythm,
  };
  return { subject: message.subject, ...message.forRecipient(recipient, context.now()) };
}

async function reminder(notice: Notice<'reminder'>, context: Context): Promise<ComposedNotice> {
  const revision = await readRevision(context.db, notice.data.editionId);
  const { newsletter } = revision;
  const about = {
    newsletter,
    locale: localeOf(newsletter.language),
    site: siteOf(context),
    now: context.now(),
  };
  return noticeMessage(notice, reminderContent(notice.data.deadline, revision, about), about);
}

/** To the operator, in plain text: it must be readable wherever it arrives, whatever is broken here. */
async function alert({ kind, to, token, data }: Notice<'alert'>, context: Context): Promise<ComposedNotice> {
  const [newsletter] = await listNewsletters(context.db);
  const { hostname } = new URL(context.config.publicUrl);
  const sender = {
    from: { name: 'Broadsheet', address: newsletter?.from.address ?? `broadsheet@${hostname}` },
  };
  const subject = cleanLine(data.subject);
  const headers =
    fromLine(sender) +
    headerLine('To', mailbox(null, to, 'To: '.length)) +
    headerLine('Subject', unstructured(subject, 'Subject: '.length)) +
    headerLine('Date', dateValue(context.now())) +
    headerLine('Message-ID', `<${kind}.${token}@${domainOf(sender.from.address)}>`) +
    headerLine('Auto-Submitted', 'auto-generated');
  return {
    subject,
    envelope: { from: returnPath(sender, context.config, token), to: wireAddress(to) },
    raw: Buffer.from(headers + plainMime(`${cleanText(data.text).trimEnd()}\n`)),
  };
}
