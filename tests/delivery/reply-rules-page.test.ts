import { expect, test } from 'vitest';
import { outcomeWords } from '../../src/commands/reply-words.ts';
import { REPLY_RULES, type ReplyRule } from '../../src/delivery/reply-rules.ts';

/** As a table cell: what would end it, or be taken for markup, is kept from it. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;');
}

function row({ why, stage, sample, means }: ReplyRule): string {
  return `| ${cell(why)}${stage === undefined ? '' : ` (${stage})`} | ${outcomeWords(means)} | ${cell(sample)} |`;
}

test('docs/reply-rules.md lists the rules as they are (npx vitest run tests/delivery/reply-rules-page.test.ts -u)', async () => {
  const page = [
    '# The rules for replies',
    '',
    'In the order in which they are read, after your own (`REPLY_RULES`); the first that fits decides. Each sample is',
    'a reply that its rule decides. What the outcomes mean, and how to add rules, stands in [replies.md](replies.md).',
    '',
    '| why | outcome | sample |',
    '| --- | ------- | ------ |',
    ...REPLY_RULES.map(row),
    '',
  ].join('\n');
  await expect(page).toMatchFileSnapshot('../../docs/reply-rules.md');
});
