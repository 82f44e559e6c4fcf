import { expect, test } from 'vitest';
import { ruleFor } from '../../src/feedback/judge.ts';
import { BOUNCE_RULES } from '../../src/feedback/rules/index.ts';

test.each(BOUNCE_RULES.map((rule) => [rule.sample, rule] as const))('%s', (sample, rule) => {
  const found = ruleFor({
    recipient: '',
    status: null,
    said: sample,
    servers: rule.where === undefined ? '' : (rule.sampleServer ?? ''),
    afterData: rule.afterData === true,
  });
  expect(found, found?.sample).toBe(rule);
});
