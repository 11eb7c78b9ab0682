import { deflateRawSync, crc32 } from 'node:zlib';

/** A small seeded generator (mulberry32), so that a failing test can be repeated from the seed it prints. */
export function seeded(seed: number) {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  const syllables = ['ba', 'ke', 'lo', 'mi', 'nu', 'ra', 'se', 'ti', 'vo', 'zu', 'dar', 'fen'];
  const word = (): string =>
    Array.from({ length: integer(2, 4) }, () => syllables[integer(0, syllables.length - 1)]).join('');
  const words = (count: number): string => Array.from({ length: count }, word).join(' ');
  return { next, integer, word, words };
}

export type PdfText = { text: string; x: number; y: number; size?: number; font?: 'F1' | 'F2'; turned?: boolean };

/** Writes a PDF 1.4 with Helvetica and Helvetica-Bold by hand. `y` counts up from the page's lower edge, as PDF does. */
export function pdf(
  pages: PdfText[][],
  info: { title?: string; encrypt?: boolean; rotate?: number; fields?: { value: string; x: number; y: number }[] } = {},
): Buffer {
  const objects: string[] = [];
  const add = (body: string): number => objects.push(body);
  const firstField = 6 + pages.length * 2;
  const fields = (info.fields ?? []).map((_, index) => `${firstField + index} 0 R`).join(' ');
  add(`<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [${fields}] >> >>`);
  const kids = pages.map((_, index) => `${6 + index * 2} 0 R`).join(' ');
  add(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>');
  add('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>');
  add(`<< /Title (${escapePdf(info.title ?? '')}) >>`);
  for (const page of pages) {
    const content = page
      .map(
        ({ text, x, y, size = 11, font = 'F1', turned = false }) =>
          `BT /${font} ${size} Tf ${turned ? '0 1 -1 0' : '1 0 0 1'} ${x} ${y} Tm (${escapePdf(text)}) Tj ET`,
      )
      .join('\n');
    const number = objects.length + 1;
    add(
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Rotate ${info.rotate ?? 0} /Annots [${objects.length === 5 ? fields : ''}] /Contents ${number + 1} 0 R ` +
        `/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>`,
    );
    add(`<< /Length ${Buffer.byteLength(content, 'latin1')} >>\nstream\n${content}\nendstream`);
  }
  for (const { value, x, y } of info.fields ?? []) {
    add(
      `<< /Type /Annot /Subtype /Widget /FT /Tx /T (f${objects.length}) /V (${escapePdf(value)}) /F 4 /P 6 0 R ` +
        `/Rect [${x} ${y - 4} ${x + 200} ${y + 12}] >>`,
    );
  }
  let encrypt = '';
  if (info.encrypt) {
    // Revision 2, 40-bit, with check values that no empty password fits.
    const number = add(
      `<< /Filter /Standard /V 1 /R 2 /Length 40 /P -44 /O <${'ab'.repeat(32)}> /U <${'cd'.repeat(32)}> >>`,
    );
    encrypt = ` /Encrypt ${number} 0 R /ID [<${'01'.repeat(16)}> <${'01'.repeat(16)}>]`;
  }
  let file = '%PDF-1.4\n';
  const offsets = objects.map((body, index) => {
    const offset = file.length;
    file += `${index + 1} 0 obj\n${body}\nendobj\n`;
    return offset;
  });
  const xref = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n`;
  file += offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  file += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R /Info 5 0 R${encrypt} >>\nstartxref\n${xref}\n%%EOF\n`;
  return Buffer.from(file, 'latin1');
}

const escapePdf = (text: string): string => text.replace(/[\\()]/g, (character) => `\\${character}`);

/** Writes a zip of deflated entries, independently of the reader under test. */
export function zip(parts: Record<string, string | Buffer>): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const [name, content] of Object.entries(parts)) {
    const raw = Buffer.from(content);
    const packed = deflateRawSync(raw);
    const path = Buffer.from(name);
    const fields = Buffer.alloc(26);
    fields.writeUInt16LE(20, 0);
    fields.writeUInt16LE(8, 4);
    fields.writeUInt32LE(crc32(raw), 10);
    fields.writeUInt32LE(packed.length, 14);
    fields.writeUInt32LE(raw.length, 18);
    fields.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), fields, path, packed]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(offset, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), fields, tail, path]));
    files.push(local);
    offset += local.length;
  }
  const entries = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.write('PK\u0005\u0006');
  end.writeUInt16LE(directory.length, 8);
  end.writeUInt16LE(directory.length, 10);
  end.writeUInt32LE(entries.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, entries, end]);
}

const xmlText = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

const paragraph = (text: string, style?: string): string =>
  `<w:p>${style ? `<w:pPr><w:pStyle w:val="${style}"/></w:pPr>` : ''}<w:r><w:t xml:space="preserve">${xmlText(text)}</w:t></w:r></w:p>`;

export type DocxBlock = { text: string; style?: string } | { items: string[] } | { table: string[][] };

/** Writes a Word document of paragraphs, bulleted lists and tables. */
export function docx(blocks: DocxBlock[], title = ''): Buffer {
  const body = blocks
    .map((block) => {
      if ('text' in block) return paragraph(block.text, block.style);
      if ('items' in block) {
        return block.items
          .map(
            (item) =>
              `<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>${xmlText(item)}</w:t></w:r></w:p>`,
          )
          .join('');
      }
      const rows = block.table.map((row, index) => {
        const cells = row.map((cell) => `<w:tc>${paragraph(cell)}</w:tc>`).join('');
        return `<w:tr>${index === 0 ? '<w:trPr><w:tblHeader/></w:trPr>' : ''}${cells}</w:tr>`;
      });
      return `<w:tbl>${rows.join('')}</w:tbl>`;
    })
    .join('');
  const types = 'application/vnd.openxmlformats-officedocument.wordprocessingml';
  const relationships = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';
  const w = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"';
  return zip({
    '[Content_Types].xml':
      '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">' +
      '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>' +
      `<Override PartName="/word/document.xml" ContentType="${types}.document.main+xml"/>` +
      `<Override PartName="/word/styles.xml" ContentType="${types}.styles+xml"/>` +
      `<Override PartName="/word/numbering.xml" ContentType="${types}.numbering+xml"/></Types>`,
    '_rels/.rels':
      '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' +
      `<Relationship Id="r1" Type="${relationships}/officeDocument" Target="word/document.xml"/></Relationships>`,
    'word/_rels/document.xml.rels':
      '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">' +
      `<Relationship Id="r1" Type="${relationships}/styles" Target="styles.xml"/>` +
      `<Relationship Id="r2" Type="${relationships}/numbering" Target="numbering.xml"/></Relationships>`,
    'word/document.xml': `<?xml version="1.0"?><w:document ${w}><w:body>${body}</w:body></w:document>`,
    'word/styles.xml':
      `<?xml version="1.0"?><w:styles ${w}>` +
      '<w:style w:type="paragraph" w:styleId="Heading1"><w:name w:val="heading 1"/></w:style>' +
      '<w:style w:type="paragraph" w:styleId="Heading2"><w:name w:val="heading 2"/></w:style></w:styles>',
    'word/numbering.xml':
      `<?xml version="1.0"?><w:numbering ${w}><w:abstractNum w:abstractNumId="0"><w:lvl w:ilvl="0"><w:numFmt w:val="bullet"/></w:lvl>` +
      '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num></w:numbering>',
    'docProps/core.xml':
      '<?xml version="1.0"?><cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" ' +
      `xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>${xmlText(title)}</dc:title></cp:coreProperties>`,
  });
}

/** Writes a workbook. Strings alternate between shared and inline ones; a `Date` is a serial number in a date style. */
export function xlsx(sheets: { name: string; rows: (string | number | boolean | Date | null)[][] }[]): Buffer {
  const shared: string[] = [];
  const column = (index: number): string =>
    index < 26 ? String.fromCharCode(65 + index) : column(Math.floor(index / 26) - 1) + column(index % 26);
  const parts: Record<string, string> = {};
  for (const [sheetIndex, sheet] of sheets.entries()) {
    const rows = sheet.rows.map((row, rowIndex) => {
      const cells = row.map((value, columnIndex) => {
        const reference = `r="${column(columnIndex)}${rowIndex + 1}"`;
        if (value === null) return '';
        if (typeof value === 'number') return `<c ${reference}><v>${value}</v></c>`;
        if (typeof value === 'boolean') return `<c ${reference} t="b"><v>${value ? 1 : 0}</v></c>`;
        if (value instanceof Date) return `<c ${reference} s="1"><v>${value.getTime() / 86_400_000 + 25_569}</v></c>`;
        if (columnIndex % 2 === 0) return `<c ${reference} t="s"><v>${shared.push(value) - 1}</v></c>`;
        return `<c ${reference} t="inlineStr"><is><t>${xmlText(value)}</t></is></c>`;
      });
      return `<row r="${rowIndex + 1}">${cells.join('')}</row>`;
    });
    parts[`xl/worksheets/sheet${sheetIndex + 1}.xml`] =
      `<?xml version="1.0"?><worksheet><sheetData>${rows.join('')}</sheetData></worksheet>`;
  }
  return zip({
    '[Content_Types].xml': '<?xml version="1.0"?><Types/>',
    'xl/workbook.xml': `<?xml version="1.0"?><workbook><sheets>${sheets
      .map((sheet, index) => `<sheet name="${xmlText(sheet.name)}" sheetId="${index + 1}" r:id="rId${index + 1}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<?xml version="1.0"?><Relationships>${sheets
      .map((_, index) => `<Relationship Id="rId${index + 1}" Target="worksheets/sheet${index + 1}.xml"/>`)
      .join('')}</Relationships>`,
    'xl/styles.xml':
      '<?xml version="1.0"?><styleSheet><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
    'xl/sharedStrings.xml': `<?xml version="1.0"?><sst>${shared.map((text) => `<si><t>${xmlText(text)}</t></si>`).join('')}</sst>`,
    ...parts,
  });
}
