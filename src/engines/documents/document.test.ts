import { afterAll, describe, expect, it } from 'vitest';
import { closeDocuments, DocumentError, readDocument } from './document.ts';
import type { DocumentFormat } from './document.ts';
import { missingPackage } from './error.ts';
import { docx, pdf, seeded, xlsx, zip } from './fixtures.ts';
import type { PdfText } from './fixtures.ts';

const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000);
console.log(`documents: SEED=${seed}`);
const random = seeded(seed);

afterAll(closeDocuments);

async function failure(promise: Promise<unknown>): Promise<DocumentError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DocumentError);
  return error as DocumentError;
}

const lines = (texts: string[], x: number, top: number, step = 14): PdfText[] =>
  texts.map((text, index) => ({ text, x, y: top - index * step }));

describe('PDF', () => {
  it('keeps lines, separates paragraphs by an empty line and pages by a form feed', async () => {
    const pages = Array.from({ length: random.integer(2, 5) }, () => ({
      heading: random.words(3),
      first: Array.from({ length: 3 }, () => random.words(8)),
      second: Array.from({ length: 4 }, () => random.words(8)),
    }));
    const title = random.words(3);
    const bytes = pdf(
      pages.map((page) => [
        { text: page.heading, x: 72, y: 720, size: 20, font: 'F2' as const },
        ...lines(page.first, 72, 680),
        ...lines(page.second, 72, 610),
      ]),
      { title },
    );
    const document = await readDocument(bytes, 'pdf');
    expect(document.pages).toBe(pages.length);
    expect(document.title).toBe(title);
    expect(document.text).toBe(
      pages.map((page) => [page.heading, page.first.join('\n'), page.second.join('\n')].join('\n\n')).join('\f'),
    );
  });

  it('reads text that is written out of order in the order of the page', async () => {
    const texts = Array.from({ length: 12 }, () => random.words(6));
    const shuffled = lines(texts, 72, 700)
      .map((line) => ({ line, key: random.next() }))
      .sort((a, b) => a.key - b.key)
      .map(({ line }) => line);
    expect((await readDocument(pdf([shuffled]), 'pdf')).text).toBe(texts.join('\n'));
  });

  it('reads two columns one after the other, below a heading over both', async () => {
    const heading = random.words(6);
    const left = Array.from({ length: 9 }, () => random.words(4));
    const right = Array.from({ length: 7 }, () => random.words(4));
    const page = [{ text: heading, x: 60, y: 730, size: 16 }, ...lines(left, 60, 700), ...lines(right, 330, 695)];
    const { text } = await readDocument(pdf([page]), 'pdf');
    expect(text).toBe([heading, left.join('\n'), right.join('\n')].join('\n\n'));
  });

  it('keeps the cells of a table in their row, separated by tabs', async () => {
    const rows = Array.from({ length: 6 }, () => [random.word(), String(random.integer(10, 99)), random.word()]);
    const page = rows.flatMap((row, index) =>
      row.map((text, column) => ({ text, x: 72 + column * 150, y: 700 - index * 15 })),
    );
    expect((await readDocument(pdf([page]), 'pdf')).text).toBe(rows.map((row) => row.join('\t')).join('\n'));
  });

  it('keeps paragraphs whole in columns whose lines are not level, and feet apart', async () => {
    const left = Array.from({ length: 12 }, () => random.words(4));
    const right = Array.from({ length: 12 }, () => random.words(4));
    const foot = `Page ${random.integer(1, 99)}`;
    const page = [...lines(left, 60, 700), ...lines(right, 330, 697), { text: foot, x: 280, y: 40, size: 8 }];
    const { text } = await readDocument(pdf([page]), 'pdf');
    expect(text).toBe([left.join('\n'), right.join('\n'), foot].join('\n\n'));
  });

  it.each([90, 180, 270])('reads a page that is turned by %i degrees', async (rotate) => {
    const texts = Array.from({ length: 6 }, () => random.words(6));
    expect((await readDocument(pdf([lines(texts, 72, 700)], { rotate }), 'pdf')).text).toBe(texts.join('\n'));
  });

  it('puts text that is turned against the page last, and bullets before their items', async () => {
    const items = Array.from({ length: 3 }, () => random.words(5));
    const page = items.flatMap((text, index) => [
      { text: '-', x: 72, y: 700 - index * 14 },
      { text, x: 100, y: 700 - index * 14 },
    ]);
    const margin = random.words(2);
    const { text } = await readDocument(pdf([[{ text: margin, x: 30, y: 400, turned: true }, ...page]]), 'pdf');
    expect(text).toBe(`${items.map((item) => `- ${item}`).join('\n')}\n\n${margin}`);
  });

  it('joins the pieces of a line into words by their distance', async () => {
    const page = [
      { text: 'Hel', x: 72, y: 700 },
      { text: 'lo', x: 72 + 0.722 * 11 + 0.556 * 11 + 0.222 * 11, y: 700 },
      { text: 'world', x: 105, y: 700 },
    ];
    expect((await readDocument(pdf([page]), 'pdf')).text).toBe('Hello world');
  });

  it('reads what is filled into a form beside its labels', async () => {
    const entries = Array.from({ length: 4 }, (_, index) => ({
      label: `${random.word()}:`,
      value: random.words(2),
      y: 700 - index * 30,
    }));
    const page = entries.map(({ label, y }) => ({ text: label, x: 72, y }));
    const fields = entries.map(({ value, y }) => ({ value, x: 200, y }));
    const { text } = await readDocument(pdf([page], { fields }), 'pdf');
    expect(text.replaceAll(/\n+/g, '\n')).toBe(entries.map(({ label, value }) => `${label}\t${value}`).join('\n'));
  });

  it('refuses a document with more pages than asked for', async () => {
    const count = random.integer(3, 8);
    const bytes = pdf(Array.from({ length: count }, () => lines([random.word()], 72, 700)));
    const error = await failure(readDocument(bytes, 'pdf', { maxPages: count - 1 }));
    expect(error).toMatchObject({ code: 'too_many_pages' });
    expect(error.message).toContain(String(count));
    expect((await readDocument(bytes, 'pdf', { maxPages: count })).pages).toBe(count);
  });

  it('names a document that needs a password', async () => {
    const bytes = pdf([lines([random.words(3)], 72, 700)], { encrypt: true });
    expect(await failure(readDocument(bytes, 'pdf'))).toMatchObject({ code: 'encrypted' });
  });

  it('names a document that is damaged', async () => {
    const bytes = Buffer.from(`%PDF-1.7\n${random.words(50)}`);
    expect(await failure(readDocument(bytes, 'pdf'))).toMatchObject({ code: 'corrupt' });
  });
});

describe('DOCX', () => {
  it('writes headings, lists and tables as Markdown and finds the title', async () => {
    const heading = random.words(3);
    const section = random.words(2);
    const body = `${random.words(9)} <&> ${random.words(2)}`;
    const items = Array.from({ length: random.integer(2, 5) }, () => random.words(3));
    const table = Array.from({ length: 4 }, () => [random.word(), random.word(), random.word()]);
    const title = random.words(4);
    const document = await readDocument(
      docx(
        [
          { text: heading, style: 'Heading1' },
          { text: body },
          { items },
          { text: section, style: 'Heading2' },
          { table },
        ],
        title,
      ),
      'docx',
      { tables: true },
    );
    const row = (cells: string[]): string => `| ${cells.join(' | ')} |`;
    expect(document.text).toBe(
      [
        `# ${heading}`,
        body,
        items.map((item) => `- ${item}`).join('\n'),
        `## ${section}`,
        [row(table[0]!), '| --- | --- | --- |', ...table.slice(1).map(row)].join('\n'),
      ].join('\n\n'),
    );
    expect(document.title).toBe(title);
    expect(document.tables).toEqual([{ header: table[0], rows: table.slice(1) }]);
  });

  it('refuses an archive that inflates beyond the bound before it is unpacked', async () => {
    const bomb = zip({ '[Content_Types].xml': '<Types/>', 'word/document.xml': Buffer.alloc(30_000_000, 0x20) });
    expect(bomb.length).toBeLessThan(100_000);
    expect(await failure(readDocument(bomb, 'docx', { maxInflatedBytes: 10_000_000 }))).toMatchObject({
      code: 'too_large',
    });
  });

  it('refuses archives that are not Word documents, damaged ones and protected ones', async () => {
    const good = docx([{ text: random.words(5) }]);
    expect(await failure(readDocument(zip({ 'a.txt': 'x' }), 'docx'))).toMatchObject({ code: 'mismatch' });
    expect(await failure(readDocument(xlsx([{ name: 'S', rows: [['a']] }]), 'docx'))).toMatchObject({
      code: 'mismatch',
    });
    expect(await failure(readDocument(good.subarray(0, good.length - 30), 'docx'))).toMatchObject({ code: 'corrupt' });
    const ole = Buffer.concat([
      Buffer.from('d0cf11e0a1b11ae1', 'hex'),
      Buffer.alloc(504),
      Buffer.from('EncryptedPackage', 'utf16le'),
    ]);
    expect(await failure(readDocument(ole, 'docx'))).toMatchObject({ code: 'encrypted' });
  });
});

describe('XLSX', () => {
  it('writes each sheet as a heading and a table with cached values, dates in ISO 8601', async () => {
    const date = new Date(Date.UTC(random.integer(1990, 2030), random.integer(0, 11), random.integer(1, 28)));
    const rows = Array.from({ length: 3 }, () => [
      random.word(),
      random.integer(1, 9999),
      date,
      random.next() < 0.5,
      random.word(),
    ]);
    const name = random.word();
    const document = await readDocument(
      xlsx([
        { name, rows: [['name', 'amount', 'date', 'paid', 'note'], ...rows] },
        {
          name: 'gaps',
          rows: [
            ['a', null, 'c'],
            [null, 'b & <b>', null],
          ],
        },
      ]),
      'xlsx',
      { tables: true },
    );
    const cells = rows.map((row) =>
      row.map((value) =>
        value instanceof Date
          ? value.toISOString().slice(0, 10)
          : String(value).replace(/^(true|false)$/, (v) => v.toUpperCase()),
      ),
    );
    expect(document.pages).toBe(2);
    expect(document.tables).toEqual([
      { name, header: ['name', 'amount', 'date', 'paid', 'note'], rows: cells },
      {
        name: 'gaps',
        header: [],
        rows: [
          ['a', '', 'c'],
          ['', 'b & <b>'],
        ],
      },
    ]);
    expect(document.text).toContain(`## ${name}\n\n| name | amount | date | paid | note |\n`);
    expect(document.text).toContain(`| ${cells[1]!.join(' | ')} |`);
  });
});

describe('HTML', () => {
  it('drops scripts and styles and writes structure as Markdown', async () => {
    const [title, heading, first, second, hidden, code] = [3, 4, 9, 6, 5, 2].map((count) => random.words(count)) as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const html = `<!doctype html><html><head><title> ${title} </title><style>${hidden}</style></head><body>
      <script>var x = "${hidden}";</script><h2>${heading}</h2><p>${first}<br><b>${second}</b>&amp;&nbsp;x</p><p hidden>${hidden}</p>
      <ol start="3"><li>one<ul><li>inner</li></ul></li><li>two</li></ol><blockquote><p>${second}</p></blockquote>
      <pre>${code}\n  indented</pre>
      <table><caption>cap</caption><thead><tr><td>k</td><td>v</td></tr></thead><tr><td colspan=2>a|b</td></tr></table></body></html>`;
    const document = await readDocument(Buffer.from(html), 'html', { tables: true });
    expect(document.title).toBe(title);
    expect(document.text).toBe(
      [
        `## ${heading}`,
        `${first}\n${second}&\u00a0x`,
        '3. one\n   - inner\n4. two',
        `> ${second}`,
        `\`\`\`\n${code}\n  indented\n\`\`\``,
        'cap',
        '| k | v |\n| --- | --- |\n| a\\|b | a\\|b |',
      ].join('\n\n'),
    );
    expect(document.text).not.toContain(hidden);
    expect(document.tables).toEqual([{ name: 'cap', header: ['k', 'v'], rows: [['a|b', 'a|b']] }]);
  });

  it('takes the encoding from the page', async () => {
    const html = Buffer.from('<meta charset="iso-8859-1"><p>caf\u00e9</p>', 'latin1');
    expect((await readDocument(html, 'html')).text).toBe('café');
  });

  it('survives mark-up nested far deeper than a stack', async () => {
    const inner = random.words(3);
    const html = `${'<div>'.repeat(5000)}${inner}${'</div>'.repeat(5000)}`;
    expect((await readDocument(Buffer.from(html), 'html')).text).toBe(inner);
  });
});

describe('CSV', () => {
  it.each([',', ';', '\t', '|'])('reads records separated by %j as lines of column and value', async (delimiter) => {
    const header = ['name', 'amount', 'note'];
    const rows = Array.from({ length: random.integer(2, 9) }, () => [
      random.word(),
      String(random.integer(0, 999)),
      random.words(2),
    ]);
    const csv = [header, ...rows].map((row) => row.join(delimiter)).join('\r\n');
    const document = await readDocument(Buffer.from(csv), 'csv', { tables: true });
    expect(document.text).toBe(rows.map(([a, b, c]) => `name: ${a}, amount: ${b}, note: ${c}`).join('\n'));
    expect(document.tables).toEqual([{ header, rows }]);
  });

  it('reads quoted delimiters, line ends and quotes, and empty fields', async () => {
    const document = await readDocument(Buffer.from('a,b,c\n"x, ""y""","two\nlines",\n,,"z"'), 'csv', { tables: true });
    expect(document.tables).toEqual([
      {
        header: ['a', 'b', 'c'],
        rows: [
          ['x, "y"', 'two\nlines', ''],
          ['', '', 'z'],
        ],
      },
    ]);
    expect(document.text).toBe('a: x, "y", b: two lines\nc: z');
  });

  it('does not take a first row with numbers for a header', async () => {
    const document = await readDocument(Buffer.from('ada,36\nbob,40\n'), 'csv', { tables: true });
    expect(document.tables).toEqual([
      {
        header: [],
        rows: [
          ['ada', '36'],
          ['bob', '40'],
        ],
      },
    ]);
    expect(document.text).toBe('ada, 36\nbob, 40');
    expect(await readDocument(Buffer.from('ada,36\nbob,40\n'), 'csv')).toEqual({ text: document.text });
  });

  it('names a quoted field that never ends', async () => {
    expect(await failure(readDocument(Buffer.from('a,b\n"x,y\n'), 'csv'))).toMatchObject({ code: 'corrupt' });
  });
});

describe('text', () => {
  const text = `naïve café – ${random.words(4)}\nsecond line`;

  it.each([
    ['UTF-8', Buffer.from(text)],
    ['UTF-8 with a mark', Buffer.concat([Buffer.from('efbbbf', 'hex'), Buffer.from(text)])],
    ['UTF-16 LE', Buffer.concat([Buffer.from('fffe', 'hex'), Buffer.from(text, 'utf16le')])],
    ['UTF-16 BE', Buffer.concat([Buffer.from('feff', 'hex'), Buffer.from(text, 'utf16le').swap16()])],
    ['windows-1252', Buffer.from(text.replace('–', '\u0096'), 'latin1')],
  ])('decodes %s', async (_, bytes) => {
    expect((await readDocument(bytes, 'txt')).text).toBe(text);
    expect((await readDocument(bytes, 'md')).text).toBe(text);
  });
});

it('takes the title of Markdown from its first heading', async () => {
  const title = random.words(3);
  const text = `intro\n\n# ${title} #\n\n# other\n`;
  expect(await readDocument(Buffer.from(text), 'md')).toEqual({ text, title });
});

describe('bad input', () => {
  it.each(['doc', 'xls'] as const)('refuses binary .%s documents', async (format) => {
    const error = await failure(readDocument(Buffer.from('d0cf11e0a1b11ae1', 'hex'), format));
    expect(error.code).toBe('unsupported');
    expect(error.message).toContain(`.${format}x`);
  });

  it('refuses bytes that are not of the named format', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d', 'hex');
    const cases: [Buffer, DocumentFormat][] = [
      [Buffer.from(random.words(9)), 'pdf'],
      [Buffer.from(random.words(9)), 'docx'],
      [Buffer.from(random.words(9)), 'xlsx'],
      [pdf([[]]), 'docx'],
      [pdf([[]]), 'html'],
      [docx([]), 'txt'],
      [png, 'csv'],
      [Buffer.from('a\0b'), 'md'],
    ];
    for (const [bytes, format] of cases) expect((await failure(readDocument(bytes, format))).code).toBe('mismatch');
  });

  it('refuses empty documents, unknown formats and documents over the bound', async () => {
    expect((await failure(readDocument(new Uint8Array(), 'txt'))).code).toBe('corrupt');
    expect((await failure(readDocument(Buffer.from('x'), 'rtf' as DocumentFormat))).code).toBe('unsupported');
    const text = Buffer.from(random.words(20));
    expect((await failure(readDocument(text, 'txt', { maxBytes: text.length - 1 }))).code).toBe('too_large');
    expect((await readDocument(text, 'txt', { maxBytes: text.length })).text).toBe(text.toString());
  });

  it('stops when the caller aborts, with the reason the caller gave, and reads on afterwards', async () => {
    const reason = new Error(random.words(2));
    const controller = new AbortController();
    const bytes = pdf(
      Array.from({ length: 400 }, () =>
        lines(
          Array.from({ length: 40 }, () => random.words(8)),
          72,
          700,
        ),
      ),
    );
    const reading = readDocument(bytes, 'pdf', { signal: controller.signal });
    controller.abort(reason);
    await expect(reading).rejects.toBe(reason);
    await expect(readDocument(bytes, 'pdf', { signal: controller.signal })).rejects.toBe(reason);
    expect((await readDocument(Buffer.from('after'), 'txt')).text).toBe('after');
  });

  it('leaves the buffer of the caller as it was', async () => {
    const bytes = pdf([lines([random.words(4)], 72, 700)]);
    const before = Buffer.from(bytes);
    await readDocument(bytes, 'pdf');
    expect(bytes.equals(before)).toBe(true);
  });

  it('refuses documents when too many are waiting, and reads the others', async () => {
    const texts = Array.from({ length: 300 }, () => random.words(3));
    const results = await Promise.allSettled(texts.map((text) => readDocument(Buffer.from(text), 'txt')));
    const refused = results.filter((result) => result.status === 'rejected');
    expect(refused.length).toBeGreaterThan(0);
    for (const { reason } of refused) expect(reason).toMatchObject({ name: 'DocumentError', code: 'busy' });
    for (const [index, result] of results.entries())
      if (result.status === 'fulfilled') expect(result.value.text).toBe(texts[index]);
    expect(results.length - refused.length).toBeGreaterThanOrEqual(256);
  });
});

describe('missingPackage', () => {
  it('says how to add a package that is not installed, and leaves other failures alone', () => {
    const absent = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
    const error = missingPackage(absent, 'mammoth', 'npm install mammoth') as DocumentError;
    expect(error).toMatchObject({ name: 'DocumentError', code: 'missing_package', cause: absent });
    expect(error.message).toContain('npm install mammoth');
    const other = new Error(random.word());
    expect(missingPackage(other, 'mammoth', 'npm install mammoth')).toBe(other);
  });
});
