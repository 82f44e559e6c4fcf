import { relative } from 'node:path';
import { domainToASCII } from 'node:url';
import { readConfig } from '../config.ts';
import { type KeyFile, listKeyFiles, makeKeyFile, putToUse } from '../delivery/dkim/key-files.ts';
import { kindOfKey, recordName } from '../delivery/dkim/keys.ts';
import { type Published, publishedKey } from '../delivery/dkim/published.ts';
import { type Dns, DnsError } from '../dns.ts';
import { RefusedError } from '../refused-error.ts';
import { columns, markLine, plural, styled } from '../terminal/terminal.ts';
import { recordLines } from './dkim-record-words.ts';
import { showKeys } from './dkim-show.ts';
import { MisuseError } from './misuse.ts';
import type { DefineCommand, Shell } from './shell.ts';

/** After that nothing of ours is on its way any more: receivers verify for so many days. */
const KEEP_DAYS = 7;

/** `broadsheet dkim make|use|show`: the keys that sign our mail, and their records in DNS. */
export const defineDkim: DefineCommand = (program, shell) => {
  const dkim = program
    .command('dkim')
    .summary('the keys that sign your mail: make one, put it to use, show them')
    .description(
      'The keys that sign your mail lie in DKIM_DIR (dkim/DOMAIN/SELECTOR.pem); receivers find the other half in DNS. Not needed with DKIM=relay or SMTP_URL=inbox:.',
    )
    .addHelpText(
      'after',
      '\nA first key:  make it, publish the record, then  broadsheet check\nA new one each year:  make it, publish the record, then  broadsheet dkim use DOMAIN  once DNS has it.\n\nExamples:\n  broadsheet dkim make news.example\n  broadsheet dkim use news.example\n  broadsheet dkim show',
    );
  dkim
    .command('make')
    .argument('<domain>', 'the one your newsletters are sent from: news.example')
    .summary('make a key and print the record to publish')
    .option('--ed25519', 'a short key of the newer kind, beside an RSA one: many receivers know only RSA')
    .option('--selector <name>', 'the name of the record; default: bs, year and month')
    .addHelpText('after', '\nExample:\n  broadsheet dkim make news.example')
    .action((domain: string, options: { ed25519?: boolean; selector?: string }) =>
      make(shell, checkedDomain(domain), options),
    );
  dkim
    .command('use')
    .argument('<name>', 'a domain, or the selector of a key that waits')
    .summary('let a key sign that waits, once DNS has its record')
    .addHelpText('after', '\nExample:\n  broadsheet dkim use news.example')
    .action((name: string) => use(shell, name));
  dkim
    .command('show')
    .argument('[domain]', 'only of this one')
    .summary('all keys, and whether DNS has their records')
    .option('--json', 'for scripts')
    .addHelpText('after', '\nExamples:\n  broadsheet dkim show\n  broadsheet dkim show news.example --json')
    .action((domain: string | undefined, options: { json?: boolean }) =>
      showKeys(shell, domain === undefined ? null : checkedDomain(domain), options),
    );
};

function make(
  { env, folder, now, terminal }: Shell,
  domain: string,
  { ed25519 = false, selector: given }: { ed25519?: boolean; selector?: string },
): void {
  const month = now().toString().slice(0, 7).replace('-', '');
  const selector = given === undefined ? `bs${month}${ed25519 ? 'e' : ''}` : checkedSelector(given);
  const { config } = readConfig(env, folder);
  const file = makeKeyFile(config.dkimFolder, { domain, selector, ed25519 });
  const waits = file.use === 'next';
  const signs = listKeyFiles(config.dkimFolder, ['signs']).filter(({ key }) => key.domain === domain);
  const replaces = signs.some(({ key }) => key.algorithm === file.key.algorithm);
  terminal.out(
    markLine(terminal, 'done', 'key', [
      `${relative(folder, file.path)}  ${kindOfKey(file.key)}; only this account may read it`,
      waits
        ? 'it waits: what signs now goes on signing until DNS has the record'
        : config.dkim === 'relay'
          ? 'it is not used while DKIM=relay stands in your settings: your relay signs'
          : 'it signs from now on: publish its record before you send',
    ]),
  );
  terminal.out(['', ...recordLines(file.key), '', ` ${styled(terminal, 'bold', 'Next')}`].join('\n'));
  const steps = [
    ['publish it at your DNS provider', 'DNS takes minutes, seldom hours'],
    ['broadsheet dkim show', 'whether DNS has it'],
    waits
      ? [
          `broadsheet dkim use ${domain}`,
          `then it signs, ${replaces ? 'instead of' : 'beside'} what signs now`,
        ]
      : ['broadsheet check', 'whether all else is well'],
  ];
  if (config.dkim === 'relay')
    steps.splice(2, 0, ['set DKIM=sign', 'once DNS has it; what runs must be started again']);
  terminal.out(
    columns(steps)
      .map((line) => `   ${line}`)
      .join('\n'),
  );
  const home = relative(folder, config.dkimFolder) || '.';
  terminal.out(
    `\n Keep ${home}/ with your backups, and bring it to every machine that sends or runs the clock.`,
  );
  if (ed25519 && signs.every(({ key }) => key.bits === null)) {
    terminal.out(` Many receivers know only RSA: make one too:  broadsheet dkim make ${domain}`);
  }
}

async function use({ env, folder, now, dns, terminal }: Shell, name: string): Promise<void> {
  const { config } = readConfig(env, folder);
  const all = listKeyFiles(config.dkimFolder);
  const named = all.filter(({ key }) => key.domain === asDomain(name) || key.selector === name.toLowerCase());
  const waiting = named.filter((file) => file.use === 'next');
  const domains = new Set(waiting.map(({ key }) => key.domain));
  if (domains.size > 1)
    throw new RefusedError(`${name} waits for ${[...domains].join(' and for ')}: say which domain.`);
  if (waiting.length === 0) throw new RefusedError(nothingWaits(name, named, all));
  for (const file of waiting) await requirePublished(dns, file);
  for (const file of waiting) {
    const { domain, selector, algorithm } = file.key;
    const before = all.filter(
      ({ key, use }) => use === 'signs' && key.domain === domain && key.algorithm === algorithm,
    );
    putToUse(file, before, now());
    const until = now().toZonedDateTimeISO('UTC').toPlainDate().add({ days: KEEP_DAYS });
    terminal.out(markLine(terminal, 'done', 'record', `${recordName(file.key)} is in DNS`));
    terminal.out(
      markLine(
        terminal,
        'done',
        'key',
        `${selector} signs for ${domain}: what runs takes it up within a minute`,
      ),
    );
    for (const { key } of before) {
      terminal.out(
        markLine(terminal, 'look', 'before', [
          `${key.selector} signs no more, and lies beside it as ${key.selector}.pem.old`,
          `→ keep its record ${KEEP_DAYS} days, until ${until}: mail on its way is verified by it`,
        ]),
      );
    }
  }
}

/** @throws RefusedError unless the record by which receivers verify is in DNS: else all mail would fail. */
async function requirePublished(dns: Dns, { key }: KeyFile): Promise<void> {
  const name = recordName(key);
  let published: Published;
  try {
    published = publishedKey(await dns.txt(name), key);
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    throw new RefusedError(`${error.message}: nothing was changed. Try again in a moment.`);
  }
  if (published.state === 'published') return;
  const found = published.state === 'missing' ? 'no TXT record is there' : published.found;
  throw new RefusedError(
    `${name}: ${found}. Nothing was changed, since mail signed by ${key.selector} would not verify. Publish the record (broadsheet dkim show prints it); it may take until its TTL has run out.`,
  );
}

function nothingWaits(name: string, named: KeyFile[], all: KeyFile[]): string {
  const signing = named.find((file) => file.use === 'signs');
  if (signing !== undefined) {
    return `${signing.key.selector} signs for ${signing.key.domain} already, and no other key waits. A new one:  broadsheet dkim make ${signing.key.domain}`;
  }
  const waiting = all
    .filter((file) => file.use === 'next')
    .map(({ key }) => `${key.selector} (${key.domain})`);
  const others =
    waiting.length === 0 ? 'None does.' : `${plural(waiting.length, 'key')}: ${waiting.join(', ')}.`;
  return `No key waits under the name ${name}. ${others} All keys:  broadsheet dkim show`;
}

function asDomain(text: string): string {
  return domainToASCII(text.replace(/\.$/, '')).toLowerCase();
}

function checkedDomain(text: string): string {
  // Node reads the name as that of a URL, and would take what stands after it away.
  const domain = /[\s/\\@:?#%]/.test(text) ? '' : asDomain(text);
  if (!/^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)+[a-z0-9-]{2,}$/.test(domain))
    throw new MisuseError(`Expected a domain such as news.example, found ${text}.`);
  return domain;
}

/** RFC 6376 section 3.1: labels with dots between; a file is named for it. */
function checkedSelector(text: string): string {
  const selector = text.toLowerCase();
  if (
    !/^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/.test(selector) ||
    selector.length > 63
  )
    throw new MisuseError(`--selector: expected letters, digits and hyphens, found ${text}.`);
  return selector;
}
