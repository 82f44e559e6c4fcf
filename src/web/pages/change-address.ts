import type { FastifyReply, FastifyRequest } from 'fastify';
import { addressFault, addressKey, trimAddress } from '../../subscribers/address.ts';
import { askToChangeAddress, changeAddress, findAddressWish } from '../../subscribers/change-address.ts';
import { Form, originOf } from '../form.ts';
import { pathFor, type Reader, tooOld } from '../reader.ts';
import type { Site } from '../site.ts';
import { tell } from '../words.ts';

/** The form for a new address; again with what was typed, where that has a fault. */
export async function showAddress(
  site: Site,
  reply: FastifyReply,
  { frame, address }: Reader,
  { typed, fault }: { typed?: string; fault?: string } = {},
): Promise<FastifyReply> {
  const words = frame.tongue.words.address;
  const view = {
    title: words.title,
    text: tell(frame.tongue, words.text, { address }),
    label: words.label,
    address: typed,
    fault,
    action: words.action,
  };
  return site.show(reply, 'address', frame, view, { status: fault ? 422 : 200 });
}

/** Writes to the new address; the answer never tells whether it is known. */
export async function askNewAddress(
  site: Site,
  request: FastifyRequest,
  reply: FastifyReply,
  reader: Reader,
): Promise<FastifyReply> {
  const { frame, person, newsletter } = reader;
  const { words } = frame.tongue;
  const typed = trimAddress(new Form(request.body).text('address'));
  if (typed === '') return showAddress(site, reply, reader, { fault: words.join.noAddress });
  if (addressFault(typed) !== null) {
    const fault = tell(frame.tongue, words.join.notAnAddress, { address: typed.slice(0, 100) });
    return showAddress(site, reply, reader, { typed, fault });
  }
  if (addressKey(typed) === person.email_key) {
    return showAddress(site, reply, reader, { typed, fault: words.address.same });
  }
  await askToChangeAddress(site.db, person.token, newsletter, typed, site.now());
  const { title, text, note } = words.newAddressAsked;
  // In full: the reader has just typed it, and a mistake in it must be seen.
  return site.show(reply, 'message', frame, {
    title,
    text: tell(frame.tongue, text, { address: typed }),
    note,
  });
}

/**
 * The page that a reader's new address opens: one button. It may be a stranger's, mistyped, so before the yes it
 * names nobody and leads nowhere else.
 * @throws PageError when another wish came after it.
 */
export async function showNewAddress(site: Site, reply: FastifyReply, reader: Reader): Promise<FastifyReply> {
  const { frame, opened, person, newsletter } = reader;
  const { tongue } = frame;
  const wish = await findAddressWish(site.db, person, opened.notice);
  if (wish === undefined || wish.state === 'stale') throw tooOld(site, opened, newsletter);
  if (wish.state === 'done') return showChanged(site, reply, reader, wish.to);
  const { title, text, action, note } = tongue.words.newAddress;
  const values = { newsletter: newsletter.name, address: wish.to };
  return site.show(reply, 'confirm', frame, { title, text: tell(tongue, text, values), action, note });
}

/** Its button: the address changes, unless it is taken by now. @throws PageError as showNewAddress. */
export async function confirmNewAddress(
  site: Site,
  request: FastifyRequest,
  reply: FastifyReply,
  reader: Reader,
): Promise<FastifyReply> {
  const { frame, opened, person, newsletter } = reader;
  const origin = originOf(request, 'page', '/access');
  const { token } = person;
  const change = await changeAddress(site.db, token, newsletter, opened.notice, origin, site.now());
  if (change === undefined || change.state === 'stale') throw tooOld(site, opened, newsletter);
  if (change.state === 'done') return showChanged(site, reply, reader, change.to);
  const { title, text } = frame.tongue.words.addressTaken;
  const told = tell(frame.tongue, text, { address: change.to });
  return site.show(reply, 'message', frame, { title, text: told }, { status: 409 });
}

function showChanged(site: Site, reply: FastifyReply, reader: Reader, address: string): FastifyReply {
  const { tongue } = reader.frame;
  const { addressChanged, confirmed } = tongue.words;
  return site.show(reply, 'message', reader.frame, {
    title: addressChanged.title,
    text: tell(tongue, addressChanged.text, { address }),
    note: addressChanged.note,
    link: { href: pathFor(site, reader, 'choices'), text: confirmed.choices },
  });
}
