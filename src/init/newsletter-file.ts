import { stringify } from 'yaml';
import type { Answers } from './answers.ts';

/**
 * The first newsletter of an installation, as the file that a person goes on with. Pure.
 * @param same the newsletter that it is, when it was there before; else one named for its hour.
 */
export function renderFirstNewsletter(
  answers: Answers,
  sections: string[],
  same: { slug: string; name: string } | null = null,
): string {
  const { site, from, postalAddress, hour, timeZone, you } = answers;
  const [hours = '7', minutes = '00'] = hour.split(':');
  const slug = same?.slug ?? slugFor(Number(hours));
  const name = same?.name ?? nameFor(Number(hours), site);
  const sender = from.name || site?.name || '';
  const publisher = site?.name ?? from.name;
  const file = [
    [null, { slug, name, ...(publisher === '' ? {} : { publisher }) }],
    [
      'How it stands in the mailbox. Readers do answer: use an address that somebody reads.',
      { from: sender === '' ? from.address : `${sender} <${from.address}>` },
    ],
    ['The law asks for it in every newsletter.', { postal_address: postalAddress }],
    [null, { ...(site ? { site: site.url } : {}), language: site?.language ?? 'en' }],
    [
      'Five cron fields in this time zone. Also: weekdays, weekly; readers choose one of those that are here.',
      { time_zone: timeZone, rhythms: { daily: `${Number(minutes)} ${Number(hours)} * * *` } },
    ],
    [
      'automatic: goes out by itself unless somebody holds it. required: waits for an editor.',
      { approval: 'automatic' },
    ],
    ['They get the draft an hour before.', { editors: [you] }],
    ['In this order. The top story comes from any of them.', { sections }],
    ...(site?.logo ? [['Shown 40 pixels high above the name.', { look: { logo: site.logo } }] as const] : []),
  ] as const;
  const head =
    '# All that can be set, with its default:  broadsheet newsletter show --yaml\n# After a change:  broadsheet newsletter apply newsletter.yaml\n\n';
  return (
    head +
    file
      .map(([why, part]) => `${why === null ? '' : `# ${why}\n`}${stringify(part, { lineWidth: 110 })}`)
      .join('\n')
  );
}

function slugFor(hour: number): string {
  return hour < 11 ? 'morning' : hour < 16 ? 'midday' : 'evening';
}

function nameFor(hour: number, site: Answers['site']): string {
  const english = (site?.language ?? 'en').startsWith('en');
  if (!english && site?.name) return site.name;
  return `${hour < 11 ? 'Morning' : hour < 16 ? 'Midday' : 'Evening'} Briefing`;
}
