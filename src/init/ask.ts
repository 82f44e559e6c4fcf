import { maskUrl } from '../log.ts';
import { RefusedError } from '../refused-error.ts';
import type { SiteFindings } from '../sources/discover-site.ts';
import { timeZoneNamed } from '../time-zone.ts';
import { type Answers, accepts, mailDomain, read } from './answers.ts';
import { askSite } from './ask-site.ts';
import { type Flag, flagOf, type GivenAnswers } from './flags.ts';
import type { Asking, Question } from './question.ts';

/**
 * The six questions.
 * @throws RefusedError for a site given on the command line that cannot be read, and for an answer that is missing
 * where nobody can be asked.
 */
export async function ask(given: GivenAnswers, asking: Asking): Promise<Answers> {
  const { silent, put, earlier } = asking;
  const answer = async (flag: Flag, question: Question): Promise<string> => {
    const said = given[flag];
    if (said !== undefined) return said;
    if (!silent) return put(question);
    if (question.preset !== undefined) return question.preset;
    throw new RefusedError(
      `${flagOf(flag)} is missing (${question.message.toLowerCase()}): nobody can be asked here.`,
    );
  };

  const site = await askSite(given.site, asking);
  const from = read.from(
    await answer('from', {
      message: 'Sender, as it stands in the mailbox',
      preset: earlier.from ?? senderOf(site),
      check: accepts(read.from),
    }),
  );
  const postalAddress = read.postalAddress(
    await answer('postalAddress', {
      message: 'Postal address (the law asks for it in every newsletter)',
      preset: earlier.postalAddress,
      check: accepts(read.postalAddress),
    }),
  );
  const zone = read.timeZone(
    given.timeZone ?? earlier.timeZone ?? timeZoneNamed(Temporal.Now.timeZoneId()) ?? 'UTC',
  );
  const time = await answer('hour', {
    message: 'When does it go out, and in which time zone?',
    preset: `${earlier.hour ?? '07:00'} ${zone}`,
    check: accepts((text) => read.hourAndZone(text, zone)),
  });
  const smtpUrl = await askRelay(answer, earlier.smtp ?? 'inbox:');
  const you = read.you(
    await answer('you', {
      message: 'Your own address, for drafts, tests and alerts',
      preset: earlier.you,
      check: accepts(read.you),
    }),
  );
  return { site, from, postalAddress, ...read.hourAndZone(time, zone), smtpUrl, you };
}

/** `Harbour Ledger <news@ledger.example>` */
function senderOf(site: SiteFindings | null): string | undefined {
  const domain = site === null ? undefined : mailDomain(site.url);
  return domain && `${(site?.name ?? domain).replace(/["<>]/g, '')} <news@${domain}>`;
}

/** A relay that was set before is offered without its password. */
async function askRelay(
  answer: (flag: Flag, question: Question) => Promise<string>,
  known: string,
): Promise<string> {
  const shown = maskUrl(known);
  const whole = (text: string) => (text === shown ? known : text);
  const url = await answer('smtp', {
    message: 'SMTP relay (inbox: keeps all mail on this machine)',
    preset: shown,
    check: accepts((text) => read.smtpUrl(whole(text))),
    once: maskUrl,
  });
  return read.smtpUrl(whole(url));
}
