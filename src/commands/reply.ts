import { basename } from 'node:path';
import { Option } from 'commander';
import { readConfig } from '../config.ts';
import { readReplyRules } from '../delivery/own-reply-rules.ts';
import { ruleFor, tidy } from '../delivery/replies.ts';
import { type Meaning, type ReplyRule, STAGES, type Stage } from '../delivery/reply-rules.ts';
import { styled, wrapped } from '../terminal/terminal.ts';
import { consequenceOf, outcomeWords } from './reply-words.ts';
import type { DefineCommand } from './shell.ts';

/** `broadsheet reply '550 5.7.1 …'`: what a relay's reply means, by which rule, and for whom. */
export const defineReply: DefineCommand = (program, shell) => {
  const { terminal } = shell;
  program
    .command('reply')
    .argument('<reply...>', 'as the relay gave it: code and words')
    .summary("what a relay's reply means, by which rule, and what becomes of the reader")
    .addOption(
      new Option('--stage <stage>', 'what it answered: session (login), sender (MAIL FROM), recipient')
        .choices(STAGES)
        .default('recipient' satisfies Stage),
    )
    .option('--json', 'for scripts')
    .addHelpText(
      'after',
      "\nOnly reads: nothing is changed or sent. Rules of your own (REPLY_RULES) are read first; docs/replies.md lists ours.\n\nExamples:\n  broadsheet reply '550 5.1.1 User unknown'\n  broadsheet reply --stage session '454 4.7.0 Temporary authentication failure'",
    )
    .action((words: string[], options: { stage: Stage; json?: boolean }) => {
      const { config } = readConfig(shell.env, shell.folder);
      const ownRules = readReplyRules(config.replyRules);
      const reply = tidy(words.join(' '));
      const rule = ruleFor(reply, options.stage, ownRules);
      const outcome = rule?.means ?? UNREADABLE;
      const number = rule === null ? 0 : ownRules.indexOf(rule) + 1;
      const consequence = consequenceOf(outcome, reply);
      if (options.json) {
        const told = rule && { why: rule.why, own: number > 0, ...(number > 0 && { number }) };
        terminal.out(
          JSON.stringify({ reply, stage: options.stage, rule: told, outcome, consequence }, null, 2),
        );
        return;
      }
      const room = terminal.columns - INDENT;
      const line = (name: string, text: string) => {
        const [first, ...rest] = terminal.interactive ? wrapped(text, room) : [text];
        terminal.out(
          [` ${name.padEnd(INDENT - 1)}${first}`, ...rest.map((each) => ' '.repeat(INDENT) + each)].join(
            '\n',
          ),
        );
      };
      line('reply', reply);
      line('rule', whoseRule(rule, number, config.replyRules));
      line('outcome', styled(terminal, 'bold', outcomeWords(outcome)));
      line('reader', consequence);
    });
};

const INDENT = 11;

/** Nobody can tell what such a server does: it is taken for its own trouble. */
const UNREADABLE: Meaning = { kind: 'relay', trouble: 'rest' };

function whoseRule(rule: ReplyRule | null, number: number, file: string | null): string {
  if (rule === null) return 'none: it is no reply of a mail server (RFC 5321: three digits, then words)';
  return `${rule.why} (${number > 0 && file !== null ? `yours: ${basename(file)}, rule ${number}` : 'ours'})`;
}
