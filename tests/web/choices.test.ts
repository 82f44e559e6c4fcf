import { expect, test } from 'vitest';
import { NOW } from '../subscribers/newsletters.ts';
import { type Visit, visit } from './visit.ts';

const stored = ({ db }: Visit) =>
  db.selectFrom('subscriptions').select(['rhythm', 'sections', 'state']).executeTakeFirstOrThrow();
const post = async (v: Visit, fields: Record<string, string | string[]>) => {
  const answer = await v.post(v.path('choices'), fields);
  return { status: answer.status, html: await answer.text() };
};

test('a reader chooses sections and how often, and sees what they chose', async () => {
  const v = await visit();
  const { html } = await post(v, { action: 'save', section: ['World'], rhythm: 'weekly' });
  expect(html).toContain('Saved. The next edition follows it.');
  expect(await stored(v)).toEqual({ rhythm: 'weekly', sections: '["World"]', state: 'active' });
  const again = await (await v.get(v.path('choices'))).text();
  expect(again.match(/value="([^"]+)" checked/g)).toEqual([
    'value="World" checked',
    'value="weekly" checked',
  ]);
});

test('without any section nothing is stored, and the page says what to do', async () => {
  const v = await visit();
  const { status, html } = await post(v, { action: 'save', rhythm: 'weekly' });
  expect(status).toBe(422);
  expect(html).toContain('Choose at least one section, or leave the newsletter.');
  expect(await stored(v)).toEqual({ rhythm: 'weekdays', sections: null, state: 'active' });
});

test('a pause ends by the button, or by itself', async () => {
  const v = await visit();
  expect((await post(v, { action: 'pause', days: '7' })).html).toContain('Paused until 1 December 2026.');
  expect((await post(v, { action: 'resume' })).html).toContain('Morning Briefing comes again.');
  await post(v, { action: 'pause', days: '7' });
  v.clock.now = NOW.add({ hours: 7 * 24 });
  expect(await (await v.get(v.path('choices'))).text()).not.toContain('Paused until');
  expect((await post(v, { action: 'pause', days: '8' })).status).toBe(400);
  expect((await post(v, { action: 'nonsense' })).status).toBe(400);
});

test('who has left finds the way back, not the choices; the link cannot bring them back', async () => {
  const v = await visit();
  await v.post(v.path('leave'), { 'List-Unsubscribe': 'One-Click' });
  for (const { html } of [
    await post(v, { action: 'save', section: ['World'] }),
    await post(v, { action: 'resume' }),
  ]) {
    expect(html).toContain('You have left Morning Briefing');
    expect(html).toContain('href="/join/morning"');
  }
  expect(await v.state()).toBe('unsubscribed');
});
