/** Relays whose mail comes from servers of other names: what their customers include in SPF. */
const PROVIDERS: readonly { relay: RegExp; include: string }[] = [
  { relay: /(^|\.)amazonaws\.com$/, include: 'amazonses.com' },
  { relay: /(^|\.)sendgrid\.net$/, include: 'sendgrid.net' },
  { relay: /(^|\.)mailgun\.org$/, include: 'mailgun.org' },
  { relay: /(^|\.)postmarkapp\.com$/, include: 'spf.mtasv.net' },
  { relay: /(^|\.)(brevo|sendinblue)\.com$/, include: 'spf.brevo.com' },
  { relay: /(^|\.)mailjet\.com$/, include: 'spf.mailjet.com' },
  { relay: /(^|\.)sparkpostmail\.com$/, include: 'sparkpostmail.com' },
  { relay: /(^|\.)mandrillapp\.com$/, include: 'spf.mandrillapp.com' },
  { relay: /(^|\.)(gmail|google)\.com$/, include: '_spf.google.com' },
  { relay: /(^|\.)(office365|outlook)\.com$/, include: 'spf.protection.outlook.com' },
  { relay: /(^|\.)messagingengine\.com$/, include: 'spf.messagingengine.com' },
  { relay: /(^|\.)zoho\.com$/, include: 'zoho.com' },
  { relay: /(^|\.)ovh\.net$/, include: 'mx.ovh.com' },
  { relay: /(^|\.)gandi\.net$/, include: '_mailcust.gandi.net' },
  { relay: /(^|\.)infomaniak\.(com|ch)$/, include: 'spf.infomaniak.ch' },
];

/** What has to be included for mail that goes over `host`; null: not known. */
export function spfIncludeFor(host: string): string | null {
  return PROVIDERS.find(({ relay }) => relay.test(host.toLowerCase()))?.include ?? null;
}

/** Whether one of the domains that a record includes is plainly of whoever runs `host`. */
export function namesProvider(includes: string[], host: string): boolean {
  const known = spfIncludeFor(host);
  return includes.some(
    (name) =>
      (known !== null && (name === known || name.endsWith(`.${known}`))) ||
      lastLabels(name) === lastLabels(host),
  );
}

/** Good enough to see that two names are of one provider; nothing rests on it. */
function lastLabels(name: string): string {
  return name.toLowerCase().split('.').slice(-2).join('.');
}
