import type { BounceRule } from '../reasons.ts';

/** Exchange in all its ages, Microsoft 365, Outlook.com and Hotmail. */
export const exchange: BounceRule[] = [
  {
    text: /QUEUE\.Expired|message expired|unable to connect successfully|stopped trying/i,
    means: 'not reached in time',
    sample: '550 4.4.7 QUEUE.Expired; message expired',
  },
  {
    text: /RESOLVER\.ADR\.(RecipientNotFound|RecipNotFound|ExRecipNotFound|BadPrimary|Invalid\w*)|recipient not found by smtp address lookup/i,
    means: 'unknown user',
    sample: '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
  },
  {
    text: /Recipient (address )?(is )?not found in (the )?(directory|Azure|Entra)|(wasn't|was not|couldn't be|could not be) found (at|in|by) (the destination domain|\S+\.)|isn't in (the )?(global address list|recipient)/i,
    means: 'unknown user',
    sample: "The email address wasn't found at the destination domain. It might be misspelled",
  },
  {
    text: /RESOLVER\.(RST\.)?(NotAuthorized|SendPermission|DeliverToMailbox|AuthRequired|RecipAuth)|RESOLVER\.RST|not authorized to send|delivery restriction|only accepts? (e?mail|messages) from|sender is not authenticated for (the )?(recipient|mailbox)/i,
    means: 'refused by the reader',
    sample: '550 5.7.1 RESOLVER.RST.NotAuthorized; not authorized to send to this mailbox',
  },
  {
    text: /STOREDRV\.Deliver.*(quota|full)|mailbox (is )?full|MapiExceptionShutoffQuotaExceeded|quotaexceeded/i,
    means: 'mailbox full',
    sample: '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException',
  },
  {
    text: /STOREDRV\.Deliver.*(MailboxDisabled|AccountDisabled)|STOREDRV.*disabled|mailbox unavailable or disabled/i,
    means: 'suspended',
    sample: '550 5.2.1 STOREDRV.Deliver: mailbox disabled; MailboxDisabledException',
  },
  {
    text: /STOREDRV/i,
    means: 'system',
    sample: '554 5.2.0 STOREDRV.Deliver.Exception:StorageTransientException; could not open mailbox',
  },
  {
    text: /(exceeds?|larger than|over) (the )?(size|maximum|message)[ a-z]*(size|limit)|RESOLVER\.RST\.(Send|Recip)SizeLimit|SMTPSEND\.OverAdvertisedSize/i,
    means: 'too large',
    sample: '550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient',
  },
  {
    text: /(part of their network|IP|server|network).* (is on|on) our (block|deny) ?list|S3140|S3150|banned (sending|sender)|\bAS\((750|3150|3160|3140|843)/i,
    means: 'reputation',
    sample:
      '550 5.7.1 Unfortunately, messages from [192.0.2.7] were not sent. Part of their network is on our block list (S3140).',
  },
  {
    text: /recipient name is not recognized|unknown recipient|recipient was not found|empfänger (wurde )?nicht gefunden|destinataire (est )?introuvable/i,
    means: 'unknown user',
    sample: 'The recipient name is not recognized. MSEXCH:IMS:Paper:NEWS:EX1 0 (000C05A6) Unknown Recipient',
  },
  {
    text: /MSEXCH.*000C0595|MSEXCH.*content.*not.*supported|conversion/i,
    means: 'policy',
    sample: 'MSEXCH:IMS:Paper:NEWS:EX1 0 (000C0595) Ambiguous Recipient, content not supported',
  },
  {
    text: /e-?mail system was unable to deliver the message, but did not report a specific reason/i,
    means: 'unclear',
    sample: 'The e-mail system was unable to deliver the message, but did not report a specific reason.',
  },
  {
    text: /e-?mail account does not exist at the organization|account .* does not exist at the organization/i,
    means: 'unknown user',
    sample: 'The e-mail account does not exist at the organization this message was sent to.',
  },
  {
    text: /MTA's? .*hop count|loop detected|too many hops|routing loop|DNS loop|LoopDetected/i,
    means: 'network',
    sample: '554 5.4.14 Hop count exceeded - possible mail loop detected',
  },
  {
    text: /tenant|attribut(ed|ion)|not accepted.*(connector|domain)|Relay Access Denied|ATTR\d/i,
    status: /^[45]\.(7\.64|7\.750|7\.705|7\.708|4\.1)$/,
    means: 'policy',
    sample: '550 5.7.64 TenantAttribution; Relay Access Denied [ValidationStatus of Empty]',
  },
];
