import type { FastifyReply, FastifyRequest } from 'fastify';
import { ACCESS_PURPOSES, type AccessPurpose } from '../../notices/notice.ts';
import { cameToPresentAddress } from '../../subscribers/access.ts';
import { type Reader, readerOf, tooOld } from '../reader.ts';
import type { AddRoutes, Site } from '../site.ts';
import { askNewAddress, confirmNewAddress, showAddress, showNewAddress } from './change-address.ts';
import { download, erase, showErase, showExport } from './own-data.ts';

/** What is behind a link of one purpose. */
interface Door {
  /** GET: changes nothing. */
  show: (site: Site, reply: FastifyReply, reader: Reader) => Promise<FastifyReply>;
  /** POST: its button was pressed. */
  act: (site: Site, request: FastifyRequest, reply: FastifyReply, reader: Reader) => Promise<FastifyReply>;
}

const DOORS: Record<AccessPurpose | 'new-address', Door> = {
  export: { show: showExport, act: download },
  erase: { show: showErase, act: erase },
  address: { show: showAddress, act: askNewAddress },
  'new-address': { show: showNewAddress, act: confirmNewAddress },
};
const PURPOSES = [...ACCESS_PURPOSES, 'new-address'] as const;

/** Buttons pressed an hour from one network. */
const MOST_AN_HOUR = 30;

/**
 * `/access/LINK`: a reader's own data, behind a link that came to their present address within the hour; and the yes of
 * a new address. What a link opens is signed into it: no page is asked for by a word that could be changed.
 */
export const addAccess: AddRoutes = (app, site) => {
  app.get<{ Params: { link: string } }>('/access/:link', async (request, reply) => {
    const { reader, door } = await open(site, request.params.link);
    return door.show(site, reply, reader);
  });

  const limited = { config: { rateLimit: { max: MOST_AN_HOUR, timeWindow: '1 hour' } } };
  app.post<{ Params: { link: string } }>('/access/:link', limited, async (request, reply) => {
    const { reader, door } = await open(site, request.params.link);
    return door.act(site, request, reply, reader);
  });
};

/** @throws PageError when the link opens nothing, or came to an address that the person has no longer. */
async function open(site: Site, link: string): Promise<{ reader: Reader; door: Door }> {
  const reader = await readerOf(site, link, PURPOSES);
  const { opened, person, newsletter } = reader;
  if (opened.purpose !== 'new-address' && !(await cameToPresentAddress(site.db, person, opened.notice))) {
    throw tooOld(site, opened, newsletter);
  }
  return { reader, door: DOORS[opened.purpose as keyof typeof DOORS] };
}
