import type { BounceRule } from '../reasons.ts';

/** Big mailbox providers that have words of their own: Yahoo, AOL, Comcast, Orange, La Poste, SFR, GMX, Mail.ru, QQ. */
export const providers: BounceRule[] = [
  {
    says: [/\bRCP-P[23]\b/],
    means: 'refused by the reader',
    sample: '550 5.1.1 RCP-P2 see the response codes of the postmaster',
  },
  {
    says: [/\b(POL|CON|DNS|MSG)-[PT]\d\b/],
    means: 'policy',
    sample: '554 5.7.1 POL-P4 see the response codes of the postmaster',
  },
  {
    says: [/\bRCP-P1\b/, /\bINT-P[134]\b/],
    means: 'unknown user',
    sample: '550 5.1.1 RCP-P1 see the response codes of the postmaster',
  },
  {
    says: [
      /this user doesn't have a \S+ account/i,
      /dd (This )?user doesn't have/i,
      /dd Requested mail action aborted, mailbox not found/i,
    ],
    means: 'unknown user',
    sample: "554 delivery error: dd This user doesn't have a mail.example account (ada@mail.example) [0]",
  },
  {
    says: [
      /dd Sorry,? your message to .* cannot be delivered\. This (account|mailbox) (has been|is) (disabled|discontinued)/i,
    ],
    means: 'suspended',
    sample:
      '554 delivery error: dd Sorry your message to ada@mail.example cannot be delivered. This account has been disabled or discontinued [#102].',
  },
  {
    says: [/\[(TS|TSS|BL|PH|GL)\d+\]/i, /temporarily deferred due to (unexpected|user complaints)/i],
    means: 'reputation',
    sample:
      '421 4.7.0 [TSS04] Messages from 192.0.2.7 temporarily deferred due to unexpected volume or user complaints',
  },
  {
    says: [
      /\b(OFR|LPN|LPC)\d*_(416|401|410|420)/i,
      /adresse d ?au moins un destinataire invalide/i,
      /destinataire (inconnu|invalide)/i,
      /(adresse|bo[iî]te|compte) .{0,40}(inconnue?|inexistante?|n'existe pas)/i,
    ],
    means: 'unknown user',
    sample: '550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]',
  },
  {
    says: [
      /(OFR|LPN|LPNO?)\d*_(426|417|430)/i,
      /compte du destinataire est bloqu/i,
      /recipient account is (blocked|locked)/i,
    ],
    means: 'suspended',
    sample: '550 5.5.0 Le compte du destinataire est bloque. The recipient account is blocked. LPN007_426',
  },
  {
    says: [
      /\b(OFR|LPN|LPC|WOO)[\d_]*_?(10\d|11\d|12\d|20\d|21\d|22\d|30\d|40\d|50\d|51\d)/i,
      /trop de connexions/i,
      /service refus[eé]/i,
    ],
    means: 'reputation',
    sample: '421 mwinf5c04 ME Trop de connexions, veuillez verifier votre configuration. OFR004_104 [104]',
  },
  {
    says: [/\bIB(60[3-9]|50[0-9]|21[0-9]|11[0-9]|10[0-9]|00[0-9])\b/i, /has sent to too many recipients/i],
    means: 'rate',
    sample: '550 5.1.1 <ada@paper.example> - 192.0.2.7 has sent to too many recipients this hour.',
  },
  {
    says: [/account or domain may not exist, they may be blacklisted/i],
    means: 'unknown host',
    sample: 'Not delivered: the account or domain may not exist, they may be blacklisted',
  },
  {
    says: [
      /bo[iî]te .{0,40}(pleine|satur)/i,
      /quota .{0,20}d[eé]pass/i,
      /mailbox .{0,20}voll/i,
      /postfach .{0,40}(voll|überfüllt)/i,
      /buz[oó]n .{0,20}lleno/i,
      /cuota .{0,20}excedid/i,
      /casella .{0,20}piena/i,
      /переполнен/i,
      /邮箱已满/i,
      /メールボックス.{0,10}(いっぱい|一杯)/i,
    ],
    means: 'mailbox full',
    sample: 'La boîte du destinataire est pleine',
  },
  {
    says: [
      /(нет такого|не существует|неизвест\S* пользовател|не найден)/i,
      /unbekannter (benutzer|empfänger)/i,
      /(benutzer|empfänger|adresse) .{0,30}(unbekannt|existiert nicht)/i,
      /(usuario|destinatario|buz[oó]n|cuenta) .{0,30}(desconocido|no existe|inexistente|sconosciuto)/i,
      /usu[aá]rio .{0,20}(desconhecido|n[aã]o existe)/i,
      /用户不存在/i,
      /ユーザ.{0,6}(不明|存在しません)/i,
      /宛先.{0,10}(存在しません|見つかりません)/i,
    ],
    means: 'unknown user',
    sample: 'Empfänger unbekannt: die Adresse existiert nicht',
  },
  {
    says: [
      /mailbox .{0,40}(unavailable or access denied|is inactive|inactive)/i,
      /mailbox (has been )?(temporarily )?(locked|frozen)/i,
      /user is (inactive|disabled)/i,
      /account (is |has been )?inactive/i,
    ],
    means: 'suspended',
    sample: '550 Mailbox is inactive',
  },
];
