import { expect, onTestFinished, test } from 'vitest';
import { beginSending, pause, resume } from '../../../src/editions/life.ts';
import { createWeb } from '../../../src/web/server.ts';
import { addRevision, openNewsroom, SLOT } from '../../delivery/newsroom.ts';
import { testContext } from '../../setup/context.ts';
import { onEachDatabase } from '../../setup/databases.ts';

onEachDatabase((database) => {
  test('an edition that is mended while it is paused reads as it went out until it is resumed', async () => {
    const { db } = await database.create();
    const { editionId } = await openNewsroom(db);
    const app = await createWeb(testContext(db));
    onTestFinished(() => app.close());
    const subject = async () => {
      const { body } = await app.inject('/morning/2026-11-24');
      return /Subject of revision \d/.exec(body)?.[0];
    };
    await beginSending(db, editionId, SLOT);
    await pause(db, editionId, 'person', 'wrong number', 'Mai', SLOT);
    await addRevision(db, editionId, 2);
    await db.updateTable('editions').set({ revision: 2 }).execute();
    expect(await subject()).toBe('Subject of revision 1');
    await resume(db, editionId, 'Mai', SLOT);
    expect(await subject()).toBe('Subject of revision 2');

    await db.updateTable('editions').set({ state: 'sent', approved_revision: null }).execute();
    expect(await subject()).toBe('Subject of revision 2');
  });
});
