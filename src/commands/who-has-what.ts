import type { DeliveryReport } from '../delivery/report.ts';
import type { EditionRow } from '../editions/find.ts';
import { formatCount, plural } from '../terminal/terminal.ts';

/** Who has an edition that is going out, or was paused or stopped, and who has not. */
export interface WhoHasWhat {
  /** By the revision they have, oldest first. */
  sent: { revision: number; count: number }[];
  /** On the wire at this moment: their answers still count. */
  onTheWire: number;
  /** Who may still get it; of a stopped one whom a sender has still in hand. */
  open: number;
  /** Left out because it was stopped. */
  stopped: number;
}

export function whoHasWhat({ sent, open, excluded }: DeliveryReport): WhoHasWhat {
  return {
    sent: sent.byRevision,
    onTheWire: open.onTheWire,
    open: open.total - open.onTheWire,
    stopped: excluded.by.find(({ name }) => name === 'stopped')?.count ?? 0,
  };
}

/** `3,718 people have revision 4`, `5 are on the wire`, `3,889 have nothing`, and what can be done now. */
export function whoHasWhatLines({ state, fullName }: EditionRow, report: DeliveryReport): string[] {
  const { sent, onTheWire, open, stopped } = whoHasWhat(report);
  const over = state === 'cancelled';
  const without = over ? open + stopped : open;
  return [
    ...(sent.length === 0 ? ['nobody has it'] : []),
    ...sent.map(
      ({ revision, count }) =>
        `${plural(count, 'person', 'people')} ${count === 1 ? 'has' : 'have'} revision ${revision}`,
    ),
    ...(onTheWire > 0 ? [`${formatCount(onTheWire)} on the wire: their answers still count`] : []),
    ...(without > 0 || over
      ? [
          `${formatCount(without)} ${over ? 'get nothing' : state === 'paused' ? 'wait' : 'are still to get it'}`,
        ]
      : []),
    ...(state === 'paused'
      ? [
          `change it    broadsheet edition edit ${fullName}`,
          `go on        broadsheet edition resume ${fullName}`,
          `stop it      broadsheet edition cancel ${fullName}`,
        ]
      : []),
  ];
}
