import type { Migration } from 'kysely/migration';
import * as init from './001-init.ts';

/** All migrations in order, imported by name so that the compiler sees them. Released ones are never edited. */
export const migrations: Record<string, Migration> = {
  '001-init': init,
};
