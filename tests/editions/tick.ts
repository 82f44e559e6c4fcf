// A scheduler of its own: says that it is ready, and at the word of its parent runs one tick and ends.
import { once } from 'node:events';
import { connect } from '../../src/database/connect.ts';
import { beginSending } from '../../src/editions/life.ts';
import { prepareDueEditions } from '../../src/editions/prepare-due.ts';
import { releaseDueEditions } from '../../src/editions/release-due.ts';
import { contextOn, instant } from './newsroom.ts';

const [job, url = '', now = ''] = process.argv.slice(2);
const db = connect(url);
const context = contextOn(db, { at: instant(now) });
const { signal } = new AbortController();
await db.selectFrom('newsletters').select('id').execute();
process.stdout.write('ready\n');
await once(process.stdin, 'data');
if (job === 'prepare') await prepareDueEditions(context, signal);
else await releaseDueEditions(context, signal, async (_, id) => beginSending(db, id, context.now()));
await db.destroy();
process.exit(0);
