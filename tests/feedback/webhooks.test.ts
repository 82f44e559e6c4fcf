import { createHmac, generateKeyPairSync, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { receiveWebhook, WEBHOOK_PROVIDERS } from '../../src/feedback/webhook.ts';
import type { WebhookRequest } from '../../src/feedback/webhook-provider.ts';
import { createWeb } from '../../src/web/server.ts';
import { testContext } from '../setup/context.ts';
import { onEachDatabase } from '../setup/databases.ts';
import { openPublisher, SLOT } from './publisher.ts';

const ADA = 'ada@paper.example';
const pem = (name: string) => readFileSync(new URL(`fixtures/${name}.pem`, import.meta.url), 'utf8');
const SNS_KEY = pem('sns-test-key');
const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:newsletter';
const SNS = 'https://sns.eu-west-1.amazonaws.com';
const CERTIFICATE = `${SNS}/SimpleNotificationService-0a1b.pem`;
const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const MAILGUN = 'key-of-the-tests-mailgun';
const BREVO = 'token-of-the-tests-brevo';
const POSTMARK = 'news:password-of-the-tests';

const env = {
  WEBHOOK_SES_TOPIC: TOPIC,
  WEBHOOK_POSTMARK: POSTMARK,
  WEBHOOK_MAILGUN: MAILGUN,
  WEBHOOK_SENDGRID: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  WEBHOOK_BREVO: BREVO,
};

interface Event {
  what: 'gone' | 'full' | 'complaint' | 'leave';
  token: string;
}

const REPLIES = { gone: '550 5.1.1 no such mailbox here', full: '552 5.2.2 mailbox is full' };
const seconds = SLOT.epochMilliseconds / 1000 + 60;
const json = (body: unknown, headers: Record<string, string> = {}): WebhookRequest => ({
  headers,
  body: Buffer.from(JSON.stringify(body)),
});
const messageId = (token: string) => `<morning.2026-11-24.${token}@news.example>`;

/** One of each provider, as we made it up from their documentation, signed as they sign. */
const SAMPLES: Record<string, { make: (event: Event) => WebhookRequest; cannot?: Event['what'][] }> = {
  'amazon-ses': {
    // SES has no word for leaving.
    cannot: ['leave'],
    make: ({ what, token }) =>
      sns({
        notificationType: what === 'complaint' ? 'Complaint' : 'Bounce',
        mail: { source: `bounce+${token}@bounce.news.example`, messageId: '0102018f-aa-000000' },
        ...(what === 'complaint'
          ? { complaint: { complaintFeedbackType: 'abuse' } }
          : {
              bounce: {
                bounceType: what === 'gone' ? 'Permanent' : 'Transient',
                bounceSubType: 'General',
                bouncedRecipients: [
                  { emailAddress: ADA, action: 'failed', diagnosticCode: `smtp; ${REPLIES[what as 'gone']}` },
                ],
              },
            }),
      }),
  },
  postmark: {
    make: ({ what }) =>
      json(
        what === 'leave'
          ? {
              RecordType: 'SubscriptionChange',
              Recipient: ADA,
              SuppressSending: true,
              Origin: 'Recipient',
              ChangedAt: '2026-11-24T07:01:00Z',
            }
          : {
              ...{
                RecordType: what === 'complaint' ? 'SpamComplaint' : 'Bounce',
                Email: ADA,
                BouncedAt: '2026-11-24T07:01:00Z',
              },
              ...(what !== 'complaint' && {
                Type: what === 'gone' ? 'HardBounce' : 'SoftBounce',
                Details: `smtp;${REPLIES[what as 'gone']}`,
              }),
            },
        { authorization: `Basic ${Buffer.from(POSTMARK).toString('base64')}` },
      ),
  },
  mailgun: {
    make: ({ what, token }) => {
      const timestamp = String(seconds);
      const signature = createHmac('sha256', MAILGUN).update(`${timestamp}once`).digest('hex');
      const failed = {
        severity: 'permanent',
        reason: 'bounce',
        'delivery-status': {
          code: Number(REPLIES[what as 'gone']?.slice(0, 3)),
          message: REPLIES[what as 'gone'],
        },
      };
      return json({
        signature: { timestamp, token: 'once', signature },
        'event-data': {
          ...(what === 'complaint'
            ? { event: 'complained' }
            : what === 'leave'
              ? { event: 'unsubscribed' }
              : { event: 'failed', ...failed }),
          ...{
            recipient: ADA,
            timestamp: seconds + 0.5,
            message: { headers: { 'message-id': messageId(token).slice(1, -1) } },
          },
        },
      });
    },
  },
  sendgrid: {
    make: ({ what, token }) => {
      const event = { gone: 'bounce', full: 'bounce', complaint: 'spamreport', leave: 'unsubscribe' }[what];
      const body = Buffer.from(
        JSON.stringify([
          { event: 'processed', email: ADA },
          {
            event,
            email: ADA,
            timestamp: seconds,
            'smtp-id': messageId(token),
            type: 'bounce',
            reason: REPLIES[what as 'gone'],
          },
        ]),
      );
      const signature = sign('sha256', Buffer.concat([Buffer.from('1764000000'), body]), privateKey).toString(
        'base64',
      );
      return {
        headers: {
          'x-twilio-email-event-webhook-signature': signature,
          'x-twilio-email-event-webhook-timestamp': '1764000000',
        },
        body,
      };
    },
  },
  brevo: {
    make: ({ what, token }) => {
      const event = { gone: 'hard_bounce', full: 'soft_bounce', complaint: 'spam', leave: 'unsubscribed' }[
        what
      ];
      return json(
        {
          event,
          email: ADA,
          'message-id': messageId(token),
          ts_event: seconds,
          reason: REPLIES[what as 'gone'],
        },
        { authorization: `Bearer ${BREVO}` },
      );
    },
  },
};

/** As SNS wraps and signs what it is given. */
function sns(
  message: unknown,
  changes: Record<string, string> = {},
  version: '1' | '2' = '2',
): WebhookRequest {
  const body: Record<string, string> = {
    ...{ Type: 'Notification', MessageId: 'm-1', TopicArn: TOPIC, Message: JSON.stringify(message) },
    ...{
      Timestamp: '2026-11-24T07:01:00.000Z',
      SignatureVersion: version,
      SigningCertURL: CERTIFICATE,
      ...changes,
    },
  };
  const names =
    body.Type === 'Notification'
      ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
      : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
  const text = names.map((name) => (body[name] === undefined ? '' : `${name}\n${body[name]}\n`)).join('');
  const signature = sign(version === '1' ? 'sha1' : 'sha256', Buffer.from(text), SNS_KEY).toString('base64');
  return json({ ...body, Signature: signature });
}

onEachDatabase((database) => {
  async function publisher() {
    const { db } = await database.create();
    const context = testContext(db, { env: { BOUNCE_DOMAIN: 'bounce.news.example', ...env } });
    const fetched: string[] = [];
    const fetchText = async (url: string) => {
      fetched.push(url);
      return pem('sns-test-cert');
    };
    const opened = await openPublisher(db, [ADA]);
    const { token } = await opened.edition();
    const receive = (name: string, request: WebhookRequest) =>
      receiveWebhook(context, name, request, fetchText);
    return {
      ...opened,
      db,
      context,
      fetched,
      receive,
      event: (what: Event['what']): Event => ({ what, token: token(ADA) }),
    };
  }

  test('every provider has a sample here', () => {
    expect(Object.keys(SAMPLES)).toEqual(Object.keys(WEBHOOK_PROVIDERS));
  });

  // What a provider says is read before any database is asked.
  for (const [name, { make, cannot = [] }] of database.kind === 'sqlite' ? Object.entries(SAMPLES) : []) {
    test.each(
      (
        [
          ['gone', 'active, suppressed: gone'],
          ['full', 'active'],
          ['complaint', 'unsubscribed, suppressed: complaint'],
          ['leave', 'unsubscribed'],
        ] as const
      ).filter(([what]) => !cannot.includes(what)),
    )(`${name}: %s comes to the same outcome as by mail, once`, async (what, outcome) => {
      const { db, receive, event, standing } = await publisher();
      expect(await receive(name, make(event(what)))).toBe(200);
      expect(await receive(name, make(event(what)))).toBe(200);
      expect(await standing(ADA)).toBe(outcome);
      expect(await db.selectFrom('bounces').select('id').execute()).toHaveLength(1);
    });

    test(`${name}: unsigned or changed by one letter it is refused, and changes nothing`, async () => {
      const { db, receive, event } = await publisher();
      const request = make(event('complaint'));
      const unsigned = json(
        name === 'mailgun' || name === 'amazon-ses' ? { event: 'x' } : JSON.parse(request.body.toString()),
      );
      expect(await receive(name, unsigned)).toBe(401);
      for (const forged of forgeries(request)) expect([401, 403]).toContain(await receive(name, forged));
      expect(await db.selectFrom('bounces').select('id').execute()).toEqual([]);
    });
  }

  test('a service that is not set up, or not known, is not there', async () => {
    const { context } = await publisher();
    const fetchText = async () => '';
    const none = {
      ...context,
      secrets: { ...context.secrets, webhooks: { ...context.secrets.webhooks, brevo: null } },
    };
    expect(await receiveWebhook(none, 'brevo', json({}, { authorization: 'Bearer ' }), fetchText)).toBe(404);
    expect(await receiveWebhook(context, 'constructor', json({}), fetchText)).toBe(404);
  });

  test('SNS: both versions of the signature count; certificate and confirmation come from SNS of that region alone', async () => {
    const { receive, event, fetched, standing } = await publisher();
    const note = JSON.parse(
      JSON.parse(SAMPLES['amazon-ses']?.make(event('gone')).body.toString() ?? '').Message,
    );
    for (const url of [
      'https://sns.eu-west-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem',
      'https://sns.us-east-1.amazonaws.com/SimpleNotificationService-1.pem',
      'https://bucket.s3.amazonaws.com/SimpleNotificationService-1.pem',
      'http://sns.eu-west-1.amazonaws.com/SimpleNotificationService-1.pem',
      'https://sns.eu-west-1.amazonaws.com:8443/SimpleNotificationService-1.pem',
    ])
      expect(await receive('amazon-ses', sns(note, { SigningCertURL: url }))).toBe(403);
    expect(await receive('amazon-ses', sns(note, { TopicArn: `${TOPIC}2` }))).toBe(403);
    expect(fetched).toEqual([]);
    const confirmation = {
      Type: 'SubscriptionConfirmation',
      Token: 't',
      SubscribeURL: `${SNS}/?Action=ConfirmSubscription`,
    };
    expect(await receive('amazon-ses', sns('', confirmation))).toBe(200);
    expect(fetched).toEqual([CERTIFICATE, confirmation.SubscribeURL]);
    expect(
      await receive('amazon-ses', sns('', { ...confirmation, SubscribeURL: 'https://evil.example/' })),
    ).toBe(403);
    expect(await receive('amazon-ses', sns(note, {}, '1'))).toBe(200);
    expect(await standing(ADA)).toBe('active, suppressed: gone');
  });

  test('SES: found by the id that its 250 told us, where nothing else tells', async () => {
    const { db, receive, standing } = await publisher();
    const id = '0102018f3c1d2e4a-1b2c3d4e-5f60-7182-93a4-b5c6d7e8f901-000000';
    await db
      .updateTable('deliveries')
      .set({ response: `250 Ok ${id}` })
      .execute();
    const bounce = {
      bounceType: 'Permanent',
      bounceSubType: 'NoEmail',
      bouncedRecipients: [{ emailAddress: ADA }],
    };
    expect(
      await receive('amazon-ses', sns({ notificationType: 'Bounce', mail: { messageId: id }, bounce })),
    ).toBe(200);
    expect(await standing(ADA)).toBe('active, suppressed: gone');
  });

  test('over HTTP: the bytes are what is signed, whatever the type says, and a GET is not there', async () => {
    const { context, event, standing } = await publisher();
    const app = await createWeb(context);
    const { headers, body } = (SAMPLES.sendgrid as (typeof SAMPLES)[string]).make(event('gone'));
    const post = (url: string, extra: Record<string, string>) =>
      app.inject({
        method: 'POST',
        url,
        headers: { ...(headers as Record<string, string>), ...extra },
        payload: body,
      });
    expect((await post('/webhooks/sendgrid', { 'content-type': 'application/json' })).statusCode).toBe(200);
    expect(await standing(ADA)).toBe('active, suppressed: gone');
    expect((await post('/webhooks/brevo', { 'content-type': 'text/plain; charset=utf-8' })).statusCode).toBe(
      401,
    );
    expect((await app.inject({ method: 'GET', url: '/webhooks/sendgrid' })).statusCode).toBe(404);
    await app.close();
  });
});

/** The same request with one letter of its proof, or of what is proved, changed. */
function* forgeries(request: WebhookRequest): Generator<WebhookRequest> {
  const flip = (text: string) => {
    const at = Math.floor(text.length * 0.6);
    return `${text.slice(0, at)}${text[at] === 'A' || text[at] === '1' ? '2' : '1'}${text.slice(at + 1)}`;
  };
  for (const [name, value] of Object.entries(request.headers)) {
    yield { ...request, headers: { ...request.headers, [name]: flip(String(value)) } };
  }
  const body = request.body.toString();
  const signed = /"(?:Signature|signature)":"([^"]{20,})"/.exec(body)?.[1];
  if (signed !== undefined) {
    const changed = `${signed.startsWith('a') ? 'b' : 'a'}${signed.slice(1)}`;
    yield { ...request, body: Buffer.from(body.replace(signed, changed)) };
  }
}
