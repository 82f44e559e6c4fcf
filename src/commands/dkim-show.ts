import { relative } from 'node:path';
import { readConfig } from '../config.ts';
import { type KeyFile, type KeyUse, listKeyFiles } from '../delivery/dkim/key-files.ts';
import { kindOfKey, recordName } from '../delivery/dkim/keys.ts';
import { publishedKey } from '../delivery/dkim/published.ts';
import { type Dns, DnsError } from '../dns.ts';
import { columns, type Mark, styled } from '../terminal/terminal.ts';
import { recordLines } from './dkim-record-words.ts';
import type { Shell } from './shell.ts';

/** `broadsheet dkim show`: all keys, or those of a domain, with what DNS has and what is to be published. */
export async function showKeys(
  { env, folder, dns, terminal }: Shell,
  domain: string | null,
  { json }: { json?: boolean },
): Promise<void> {
  const { config } = readConfig(env, folder);
  const files = listKeyFiles(config.dkimFolder).filter(({ key }) => domain === null || key.domain === domain);
  const found = await Promise.all(files.map(async (file) => ({ file, dns: await inDns(dns, file) })));
  if (json) {
    const rows = found.map(({ file: { key, use, path, since }, dns }) => ({
      ...{ domain: key.domain, selector: key.selector, kind: kindOfKey(key), use, file: path },
      ...{ since: since.toString(), dns, name: recordName(key), record: key.record },
    }));
    terminal.out(JSON.stringify(rows, null, 2));
    return;
  }
  if (found.length === 0) {
    const where = relative(folder, config.dkimFolder) || '.';
    const whose = domain === null ? '' : ` for ${domain}`;
    terminal.out(` No key${whose} in ${where}/.  Make one:  broadsheet dkim make ${domain ?? 'DOMAIN'}`);
    return;
  }
  const rows = found.map(({ file: { key, use, since }, dns }) => [
    key.domain,
    key.selector,
    kindOfKey(key),
    `${USES[use]} ${since.toString().slice(0, 10)}`,
    dnsWords(use, dns),
  ]);
  const marks = found.map(({ file, dns }) => SIGNS[markOf(file.use, dns)]);
  terminal.out(
    columns(rows)
      .map((line, at) => ` ${styled(terminal, marks[at]?.[1] ?? 'green', marks[at]?.[0] ?? '')} ${line}`)
      .join('\n'),
  );
  for (const { file, dns } of found) {
    if (file.use === 'former' || dns.state === 'published' || dns.state === 'unknown') continue;
    terminal.out(`\n${recordLines(file.key).join('\n')}`);
  }
  for (const { file } of found.filter(({ file, dns }) => file.use === 'next' && dns.state === 'published'))
    terminal.out(`\n ${file.key.selector} may sign:  broadsheet dkim use ${file.key.domain}`);
}

const USES: Record<KeyUse, string> = {
  signs: 'signs, made',
  next: 'waits, made',
  former: 'signs no more since',
};

const SIGNS: Record<Mark, [string, 'green' | 'red' | 'yellow']> = {
  done: ['✓', 'green'],
  look: ['!', 'yellow'],
  failed: ['✗', 'red'],
};

type InDns = { state: 'published' | 'missing' } | { state: 'wrong' | 'unknown'; found: string };

async function inDns(dns: Dns, { key }: KeyFile): Promise<InDns> {
  try {
    const published = publishedKey(await dns.txt(recordName(key)), key);
    if (published.state !== 'published') return published;
    return published.testing
      ? { state: 'wrong', found: 'it says t=y: receivers treat your mail as if it were not signed' }
      : { state: 'published' };
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    return { state: 'unknown', found: error.message };
  }
}

function markOf(use: KeyUse, { state }: InDns): Mark {
  if (state === 'published' || use === 'former') return 'done';
  return use === 'signs' && state !== 'unknown' ? 'failed' : 'look';
}

function dnsWords(use: KeyUse, dns: InDns): string {
  switch (dns.state) {
    case 'published':
      return 'in DNS';
    case 'missing':
      return use === 'former' ? 'no longer in DNS' : 'not in DNS: publish the record below';
    case 'wrong':
      return `in DNS, but ${dns.found}`;
    case 'unknown':
      return dns.found;
  }
}
