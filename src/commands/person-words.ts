import type { PersonFacts } from '../delivery/person.ts';
import type { EditionRow } from '../editions/find.ts';
import type { Clock } from './edition-clock.ts';
import { day, whyNoMail } from './reader-words.ts';
import { readableReason } from './report-words.ts';

interface Asked {
  email: string;
  edition: Pick<EditionRow, 'fullName' | 'state' | 'rhythm' | 'sending_at' | 'state_note'>;
  /** The newsletter's name. */
  newsletter: string;
  clock: Clock;
}

/** In one sentence why a person got an edition and which of its stories, or why not. Pure. */
export function personSentence(asked: Asked, facts: PersonFacts): string {
  return facts.delivery === null ? withoutDelivery(asked, facts) : withDelivery(asked, facts, facts.delivery);
}

function withDelivery(
  { email, edition, newsletter, clock }: Asked,
  facts: PersonFacts,
  delivery: NonNullable<PersonFacts['delivery']>,
): string {
  const { state, reason, revision, relay, reply, tries, inDoubt, dueAt, sentAt } = delivery;
  const name = edition.fullName;
  const said = reply === null ? '' : ` (${reply})`;
  const which = `revision ${revision ?? '?'}, ${copyWords(facts)}`;
  switch (state) {
    case 'sent': {
      const at = sentAt === null ? '' : ` at ${clock(sentAt)}`;
      const how = `${relay ?? 'The relay'} took it${tries > 1 ? ` at the ${ordinal(tries)} try` : ''}${said}`;
      const twice =
        inDoubt > 0
          ? ' It left more than once, with one Message-ID, since there had been no answer: they may have two.'
          : '';
      return `${email} was sent ${name}${at}: ${which}. ${how}.${twice}`;
    }
    case 'refused':
      return `${email} did not get ${name}: it was refused${said}, ${readableReason(reason ?? '')}.`;
    case 'unknown':
      return `Nobody knows whether ${email} has ${name} (${which}): it was out and there was no answer${said}. To send it once more, with the same Message-ID: broadsheet retry ${name} --list unknown --to ${email}`;
    case 'expired':
      return `${email} did not get ${name}: it could not be sent before it was too old${tries > 0 ? `, after ${times(tries)}${said}` : ''}.`;
    case 'deferred':
      return `${email} has not had ${name} yet: put off after ${times(tries)}${said}, next try ${clock(dueAt)}.`;
    case 'queued':
      return edition.state === 'paused'
        ? `${email} has not had ${name} yet: it is paused${edition.state_note === null ? '' : ` (${edition.state_note})`}.`
        : `${email} has not had ${name} yet: their copy leaves as soon as it is its turn${tries > 0 ? `, once more after ${times(tries)}${said}` : ''}.`;
    case 'excluded':
      return `${email} did not get ${name}: ${exclusionWords(reason, facts, newsletter)}${reason === 'unsendable' ? said : ''}.`;
  }
}

function exclusionWords(
  reason: string | null,
  { sections, suppression }: PersonFacts,
  newsletter: string,
): string {
  switch (reason) {
    case 'no_section':
      return `nothing in it was of their sections (${sections?.join(', ') ?? 'all'})`;
    case 'paused':
      return 'they had paused';
    case 'left':
      return `they had left ${newsletter} before their copy left`;
    case 'suppressed':
      return `their address gets no mail${suppression === null ? '' : ` (${whyNoMail(suppression)})`}`;
    case 'unsendable':
      return 'no message can be written to their address';
    case 'overtaken':
      return 'their next edition was due before this one could be sent, and they get only that one';
    case 'stopped':
      return 'it was stopped before their copy left';
    default:
      return readableReason(reason ?? 'left out');
  }
}

function withoutDelivery({ email, edition, newsletter }: Asked, facts: PersonFacts): string {
  const { subscription, suppression, sections, joinedLater, stories } = facts;
  const name = edition.fullName;
  const began = edition.sending_at !== null;
  const not = (why: string) => `${email} ${began ? 'did not get' : 'will not get'} ${name}: ${why}.`;
  if (edition.state === 'skipped') return not(`nobody did, it was skipped (${edition.state_note})`);
  if (edition.state === 'cancelled' && !began) return not('it was stopped before it began to go out');
  if (subscription === null) return not(`they do not read ${newsletter}`);
  if (subscription.state === 'pending') return not('they have not confirmed that they want it');
  if (subscription.state === 'unsubscribed') {
    const since = subscription.leftAt === null ? '' : ` on ${day(subscription.leftAt)}`;
    return not(`they left ${newsletter}${since}`);
  }
  if (joinedLater) return not('they joined when it was going out already');
  if (edition.rhythm !== null && subscription.rhythm !== edition.rhythm)
    return not(`they read it ${subscription.rhythm}, and this one is ${edition.rhythm}`);
  if (began) return not('they were not among its readers when it began to go out');
  if (suppression !== null) return not(`their address gets no mail (${whyNoMail(suppression)})`);
  if (subscription.state === 'paused') return not('they have paused');
  if (stories === 0) return not(`nothing in it is of their sections (${sections?.join(', ') ?? 'all'})`);
  return `${email} will get ${name}: ${copyWords(facts)}, if nothing changes before it goes out.`;
}

/** `all its 10 stories`, or `8 of its 10 stories, those for World and Business`. */
function copyWords({ sections, stories, allStories }: PersonFacts): string {
  if (stories === allStories) return `all its ${allStories} stories`;
  const names = new Intl.ListFormat('en').format(sections ?? []);
  return `${stories} of its ${allStories} stories, those for ${names}`;
}

function times(count: number): string {
  return count === 1 ? 'one try' : `${count} tries`;
}

function ordinal(count: number): string {
  const rule = new Intl.PluralRules('en', { type: 'ordinal' }).select(count);
  return `${count}${{ one: 'st', two: 'nd', few: 'rd', other: 'th', zero: 'th', many: 'th' }[rule]}`;
}
