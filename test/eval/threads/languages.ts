/** Drafts are written in the language of the thread. */
import type { EvalThread } from '../thread.ts';

const ENGLISH = /\b(?:the|steps to reproduce|expected|summary|environment|should)\b/i;

export const LANGUAGES: EvalThread[] = [
  {
    name: 'a bug in German',
    said: [
      [
        'Jörg',
        'Der Login funktioniert nicht, wenn ein Umlaut im Passwort ist. Seit dem Update auf 3.8 gestern.',
      ],
      ['Silke', 'bei mir auch, mit ß. Es erscheint nur "Unbekannter Fehler".'],
      ['Jörg', 'Betroffen sind ungefähr 200 Kunden, sie kommen nicht an ihre Rechnungen.'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      facts: [/Umlaut/, /3\.8/, /Unbekannter Fehler/, /200 Kunden/, /Rechnungen/],
      absent: [ENGLISH, /bei mir auch/i],
    },
  },
  {
    name: 'a wish in Spanish',
    said: [
      ['Lucía', 'Necesitamos descargar todas las facturas de un mes en un solo archivo ZIP.'],
      ['Iván', 'Hoy los clientes las descargan una por una, algunos tienen más de 80.'],
      ['Lucía', 'Con elegir el mes es suficiente, no hace falta filtrar por cliente.'],
    ],
    expected: {
      tickets: 1,
      types: ['feature'],
      facts: [/facturas/i, /ZIP/, /\b80\b/, /mes/i],
      absent: [ENGLISH],
    },
  },
  {
    name: 'a bug in Japanese',
    said: [
      ['佐藤', '請求書のPDFで合計金額が表示されません。昨日のリリース4.2からです。'],
      ['田中', '消費税が0円の請求書だけで起きています。'],
      ['佐藤', '合計金額は税が0円でも表示されるべきです。'],
    ],
    expected: {
      tickets: 1,
      types: ['bug'],
      facts: [/請求書/, /合計金額/, /4\.2/, /0円/],
      absent: [ENGLISH],
    },
  },
];
