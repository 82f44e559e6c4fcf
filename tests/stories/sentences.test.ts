import { describe, expect, test } from 'vitest';
import { splitSentences } from '../../src/stories/sentences.ts';

/** Each entry is a text as its sentences: joined by a space they must come apart again at the same places. */
function comesApart(language: string, cases: string[][]) {
  test.each(cases.map((sentences) => [sentences.join(' '), sentences] as const))('%s', (text, sentences) => {
    expect(splitSentences(text, language)).toEqual(sentences);
  });
}

describe('ordinary ends', () => {
  comesApart('en', [
    ['The ferry left.', 'Nobody waved.'],
    ['Who paid for it?', 'The city did.'],
    ['What a night!', 'The square was full.'],
    ['Wait!!', 'There is more.'],
    ['Really??', 'The minister laughed.'],
    ['So soon!?', 'It was barely March.'],
    ['So soon?!', 'It was barely March.'],
    ['It cost 3.5 percent more.', 'Rents fell.'],
    ['The ticket was $40.50.', 'It is now free.'],
    ['Tickets cost $40.50 at the door.'],
  ]);
});

describe('titles, initials and numbers', () => {
  comesApart('en', [
    ['Mr. Kim met Mrs. Park and Dr. Osei.', 'Sen. Ruth Hale (D-Ohio) stayed away.'],
    ['The novel by J. K. Marlow sold well.', 'Anna B. Lund translated it.'],
    ['No. 10 gave no comment.', 'She said no.', 'Ministers agreed.'],
    ['See p. 14 and fig. 3 of the report.', 'It runs to vol. 2.'],
    ['You will find it under N°. 77.204.18.', 'Bring a torch.'],
    ['My sister and I.', 'Did you know Peter I. Strand?'],
    ['We could see Mt. Hekla from St. John’s Church on 9th st. near the pier.'],
    ['That was Carl Dahl Jr.’s idea.'],
    ['On Jan. 5 the talks resumed.', 'By Dec. 1 they had failed.'],
    ['The committee took vitamin C.', 'It helped nobody.'],
  ]);
});

describe('companies, countries and hours', () => {
  comesApart('en', [
    ['The yard belongs to Holm, Lund & Co. and nobody else.'],
    ['The yard was sold to Holm, Lund & Co.', 'It reopens in May.'],
    ['Were Ines and co. at the hearing?'],
    ['We waited for Ines and co.', 'They never came.'],
    ['Northgate Inc. Chief Executive Ada Wren resigned.', 'The shares fell.'],
    ['She toured the U.S.A. in spring.'],
    ['He moved to the U.S.', 'How long he will stay is unclear.'],
    ['The rule binds every country in the E.U.', 'What of the rest?'],
    ['A former U.S. Treasury official agreed.'],
    ['The firm has sold to the U.S. for 40 years.'],
    ['At 5 a.m. Mr. Odell opened the gate.', 'He closed it at 6 p.m.', 'Mr. Odell then slept.'],
    ['The train leaves at 7 p.m. GMT on Sundays.'],
    ['She holds a Ph.D. in geology.', 'The survey was hers.'],
  ]);
});

describe('quotations and brackets', () => {
  comesApart('en', [
    ['He turned round, "That is enough." she heard.'],
    ["He turned round, 'That is enough.' she heard."],
    ['He turned round, "That is enough."', 'The door closed behind him.'],
    ['“Are we done?” Kim asked.', 'Nobody answered.'],
    ['“We came. We saw. We left,” she said.', 'The hall laughed.'],
    ['It was ‘a mess. A real mess.’', 'The players’ union agreed.'],
    ['The mayor (She was elected in May.) spoke last.'],
    ['The lake is rising.', '(It rose in June too.)', 'Farmers are worried.'],
    ['"The gate [...] held all night [...]" (Lund 12).'],
    ['The harbour, he wrote, “will be quieter then. . . .”'],
  ]);
});

describe('ellipses', () => {
  comesApart('en', [
    ['I was not sure ... well, what I saw...see . . . the thing is . . . I ran.'],
    ['Nobody meant that....', 'The vote went ahead.'],
    ['Mark what is missing with dots . . . .', 'Then go on.'],
    ['The mayor’s office…', 'Nobody knows who is in it.'],
    ['The old custom . . . was kept up for years.', '. . . The bells were sold. . . .'],
  ]);
});

describe('addresses, brands and missing spaces', () => {
  comesApart('en', [
    ['Write to Ida.Berg@ledger.example.', 'She answers.'],
    ['The map is at https://maps.ledger.example/a.1/gates_map.html.', 'It is free.'],
    ['She works at Yoohoo! in the post room.'],
    ['The camera is new.', 'iPads were not tested.'],
  ]);
  test('a full stop between two words ends a sentence without a space', () => {
    expect(splitSentences('The sea rose.Nobody slept.Mr. Odell counted 1,200.That was all.', 'en')).toEqual([
      'The sea rose.',
      'Nobody slept.',
      'Mr. Odell counted 1,200.',
      'That was all.',
    ]);
  });
});

describe('lists and lines', () => {
  comesApart('en', [
    ['1.) Close the gate', '2.) Call the warden'],
    ['1.) Close the gate.', '2.) Call the warden.'],
    ['1) Close the gate', '2) Call the warden'],
    ['1) Close the gate.', '2) Call the warden.'],
    ['1. Close the gate', '2. Call the warden'],
    ['1. Close the gate.', '2. Call the warden.'],
    ['• 9. Close the gate', '• 10. Call the warden'],
    ['⁃9. Close the gate', '⁃10. Call the warden'],
    ['a. Close the gate', 'b. Call the warden', 'c. Wait'],
  ]);
  test('a sentence broken over lines is one; lines without any full stop are entries', () => {
    expect(splitSentences('The water came in\nover the quay at noon.', 'en')).toEqual([
      'The water came in over the quay at noon.',
    ]);
    expect(splitSentences('It was a dark \nnight at sea.', 'en')).toEqual(['It was a dark night at sea.']);
    expect(splitSentences('tide tables\nharbour dues\nberths, moorings\n', 'en')).toEqual([
      'tide tables',
      'harbour dues',
      'berths, moorings',
    ]);
  });
  test('a blank line ends a sentence, with or without a full stop', () => {
    expect(splitSentences('Storm warning\n\nThe gates close at six.', 'en')).toEqual([
      'Storm warning',
      'The gates close at six.',
    ]);
  });
  test('nothing gives nothing', () => expect(splitSentences(' \n\n ', null)).toEqual([]));
  test('an unclosed bracket does not swallow a long paragraph', () => {
    const text = `The plan (a draft was shown. ${'The council met again. '.repeat(80)}`;
    expect(splitSentences(text, 'en').length).toBeGreaterThan(70);
  });
});

describe('German', () => {
  comesApart('de', [
    ['Am 3. Oktober kam Dr. Meier um 5.30 Uhr, z. B. mit dem Rad.', 'Der 2. Weltkrieg endete 1945.'],
    ['„Das ist gut.“', 'Er ging nach Hause.'],
    ['Es kostet rund 3,5 Mio. Euro.', 'Die Stadt zahlt.'],
  ]);
});
describe('French', () => {
  comesApart('fr', [
    ['« Oui ! » dit-il.', 'M. Dupont a parlé à 15 h.', 'Selon Mme Roy, le port rouvre.'],
    ['Où est-il ?', 'Nul ne sait.'],
  ]);
});
describe('Spanish', () => {
  comesApart('es', [
    ['¿Qué pasa?', '¡Nada!', 'El Sr. López vive en EE. UU. desde 1990.', 'La Sra. Ruiz no.'],
  ]);
});
describe('Vietnamese', () => {
  comesApart('vi', [['Ông Nam sống ở TP. Huế.', 'TS. Lan đến lúc 7 giờ.', 'Giá tăng 3,5%.', 'Vì sao?']]);
});
describe('Arabic', () => {
  comesApart('ar', [['قال د. أحمد إن المطر غزير.', 'هل سمعت؟', 'نعم!', 'انتهى الخبر.']]);
});
describe('Japanese', () => {
  test('full-width marks end sentences, except before a particle that goes on', () => {
    expect(splitSentences('彼は「行きます。」と言った。本当ですか？はい！次の文。', 'ja')).toEqual([
      '彼は「行きます。」と言った。',
      '本当ですか？',
      'はい！',
      '次の文。',
    ]);
  });
});
