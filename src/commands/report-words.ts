import type { DeliveryReport, Figure } from '../delivery/report.ts';
import { formatCount } from '../terminal/terminal.ts';

/** Why somebody is left out, or was refused, as people read it. */
const REASONS: Record<string, string> = {
  no_section: 'no section in it',
  paused: 'paused',
  suppressed: 'suppressed',
  left: 'left',
  unsendable: 'no address that can be written to',
  overtaken: 'had the next one due',
  stopped: 'stopped',
  gone: 'address gone',
  policy: 'policy',
  soft: 'for another reason',
};

/** `171 no section in it, 30 paused`. */
export function reasonWords({ by }: Figure): string {
  return by.map(({ name, count }) => `${formatCount(count)} ${readableReason(name)}`).join(', ');
}

/** `no section in it`. */
export function readableReason(reason: string): string {
  return REASONS[reason] ?? reason;
}

/** `28 people = 25 sent + 0 refused + 3 left out`, and behind it what there is besides. */
export function sumWords(report: DeliveryReport): string {
  const parts: [number, string][] = [
    [report.sent.total, 'sent'],
    [report.refused.total, 'refused'],
    [report.excluded.total, 'left out'],
    [report.expired, 'expired'],
    [report.unknown, 'unknown'],
    [report.open.total, 'still open'],
  ];
  const shown = parts.filter(([count], at) => at < 3 || count > 0);
  const people = report.audience === 1 ? 'person' : 'people';
  return `${formatCount(report.audience)} ${people} = ${shown.map(([count, word]) => `${formatCount(count)} ${word}`).join(' + ')}`;
}
