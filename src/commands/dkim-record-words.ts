import { type DkimKey, recordName } from '../delivery/dkim/keys.ts';

/** A TXT record as people publish it: in a form of their provider's, or in a zone file. Pure. */
export function recordLines(key: DkimKey): string[] {
  const name = recordName(key);
  const strings = zoneStrings(key.record);
  return [
    ' Publish this TXT record',
    `   name    ${name}`,
    `   value   ${key.record}`,
    ...(strings.length === 1
      ? []
      : [`           (one line; some forms want the name without .${key.domain})`]),
    '',
    ' The same for a zone file',
    `   ${name}. 3600 IN TXT (${strings.length === 1 ? ` "${strings[0]}" )` : ''}`,
    ...(strings.length === 1 ? [] : strings.map((text) => `     "${text}"`)),
    ...(strings.length === 1 ? [] : ['   )']),
  ];
}

/** A string of a TXT record has at most 255 bytes (RFC 1035 section 3.3.14). */
function zoneStrings(record: string): string[] {
  return record.match(/.{1,255}/g) ?? [];
}
