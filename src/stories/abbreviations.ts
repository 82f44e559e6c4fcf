/** What a word with a full stop after it says about the end of a sentence, by language. */
export interface Abbreviations {
  /** Stands before a name: "Mr. Kim". Never ends a sentence. */
  before: Set<string>;
  /** Stands before a number: "No. 10". Without one after it, it is an ordinary word. */
  beforeNumber: Set<string>;
  /** May end a sentence, and does when a word that opens sentences follows: "Briggs & Co. It closed". */
  either: Set<string>;
  /** Words that open sentences and hardly ever are part of a name. */
  openers: Set<string>;
}

const set = (words: string) => new Set(words.trim().split(/\s+/));

const everywhere: Abbreviations = {
  before: set('mr mrs ms dr prof st ste mt ft vs cf viz approx ca e.g i.e eg ie dipl ing hon rev gen lt col'),
  beforeNumber: set('no nos nr n° nº p pp fig figs vol ch art sec par pt tel ext'),
  either: set('co inc ltd corp jr sr bros etc al'),
  openers: new Set(),
};

const english: Abbreviations = {
  before: set(
    `messrs mme mlle msgr sen sens rep reps gov govs capt cpt cmdr cdr sgt cpl maj adm pvt pres supt det insp
     fr br amb atty ald asst assoc dist hon rt revd ofc spc brig gens profs drs sgts mx`,
  ),
  beforeNumber: set('jan feb mar apr jun jul aug sep sept oct nov dec nos arts pars ver rev est'),
  either: set(
    `ave blvd rd hwy bldg dept univ assn gov't int'l mfg llc plc esq ph.d m.d b.a m.a m.b.a
     jan feb aug sept oct nov dec mon tue tues wed thu thur thurs fri
     ala ariz ark calif colo conn del fla ga ill ind kan ky la md mass mich minn miss mo mont neb nev okla ore pa
     tenn tex va vt wash wis wyo ont que n.y n.j n.h n.c s.c n.d s.d n.m r.i w.va d.c`,
  ),
  openers: set(
    `the a an this that these those it its he she they we i you his her their our my your there here what which who
     whose where when why how if in on at by for from with without after before since until while as although though
     but and or nor yet so because however meanwhile moreover still instead also not no none all both each every some
     many most few several one two three four five another other others more last next then now today yesterday
     tomorrow once during under over between among about against despite unlike such even only just according did do
     does is are was were has have had can could will would should may might must let please`,
  ),
};

const byLanguage: Record<string, Abbreviations> = {
  en: english,
  de: {
    before: set(
      `z.b d.h u.a z.t i.d.r o.ä s.o s.u bzw bspw evtl ggf inkl exkl zzgl vgl geb gest hr fr frl hrsg str
       sog u.u v.a m.e a.d b.d jan feb okt nov dez rd max min mind dr.med gebr dipl.-ing abs kap`,
    ),
    beforeNumber: set('nr bd art abs kap s ziff'),
    either: set('usw u.s.w etc mio mrd u.s ff bzw'),
    openers: set(
      `der die das ein eine einer es er sie wir ich ihr sein seine ihre dieser diese dieses und aber doch denn auch
       nach vor bei mit für von zu zum zur im in am an auf aus seit bis während als wenn dann dort hier so wie was wer
       warum nicht noch nun schon damit dabei außerdem trotz`,
    ),
  },
  fr: {
    before: set('m mm mme mmes mlle mlles me mgr dr drs pr prof st ste av bd env boul c.-à-d p.ex réf mrs'),
    beforeNumber: set('n° no art p pp chap vol fig tél'),
    either: set('etc j.-c cie'),
    openers: set(
      `le la les un une des ce cet cette ces il elle ils elles on nous vous je son sa ses leur leurs mais et ou donc or
       ni car dans en sur sous par pour avec sans selon après avant depuis pendant à au aux de du quand si comme
       que qui quoi où pourquoi comment ainsi cependant toutefois`,
    ),
  },
  es: {
    before: set(
      'sr sra srta sres dr dra d dña dn ud uds vd vds ee gral cnel tte cap prof ing lic arq p.ej av avda pza',
    ),
    beforeNumber: set('núm num nº n.º pág págs art tel cap'),
    either: set('etc ee.uu cía s.a'),
    openers: set(
      `el la los las un una unos unas este esta estos estas ese esa eso él ella ellos ellas su sus se lo le y e o u pero
       sino en de del al a con sin por para según tras ante desde hasta entre sobre cuando si como qué quién dónde
       además también no ya aún`,
    ),
  },
  vi: {
    before: set('tp tx tt q p đ ts ths gs pgs bs ks ls cn kts thạc.sĩ gs.ts pgs.ts tp.hcm'),
    beforeNumber: set('số đ q p'),
    either: set('v.v'),
    openers: set('và nhưng các những một trong theo tại ông bà anh chị nếu khi với từ để'),
  },
  ar: {
    before: set('د أ م أ.د ص.ب'),
    beforeNumber: set('ص ج رقم'),
    either: set('إلخ الخ'),
    openers: new Set(),
  },
};

const known = new Map(
  Object.entries(byLanguage).map(([language, own]) => [language, merge(everywhere, own)]),
);
const rest = merge(everywhere, english);

/** The abbreviations of `language` (BCP 47); English ones where it is not known or not listed. */
export function abbreviationsOf(language: string | null): Abbreviations {
  return known.get((language ?? 'en').slice(0, 2).toLowerCase()) ?? rest;
}

function merge(a: Abbreviations, b: Abbreviations): Abbreviations {
  return {
    before: a.before.union(b.before),
    beforeNumber: a.beforeNumber.union(b.beforeNumber),
    either: a.either.union(b.either),
    openers: a.openers.union(b.openers),
  };
}
