import type { Selectable } from 'kysely';
import type { NoticeTable } from '../database/tables/deliveries.ts';

export type NoticeRow = Selectable<NoticeTable>;

/** The notices held under a tenure: those that wait for a connection, and those that are out. */
export class HeldNotices {
  #waiting: NoticeRow[] = [];
  readonly #out = new Set<number>();

  get waiting(): number {
    return this.#waiting.length;
  }

  get ids(): number[] {
    return [...this.#waiting.map(({ id }) => id), ...this.#out];
  }

  add(notices: NoticeRow[]): void {
    this.#waiting.push(...notices);
  }

  /** Takes the one that waits longest. */
  depart(): NoticeRow | undefined {
    const notice = this.#waiting.shift();
    if (notice !== undefined) this.#out.add(notice.id);
    return notice;
  }

  landed({ id }: NoticeRow): void {
    this.#out.delete(id);
  }

  clear(): void {
    this.#waiting = [];
    this.#out.clear();
  }
}
