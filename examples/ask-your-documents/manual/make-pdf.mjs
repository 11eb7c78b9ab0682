// Writes ../documents/manual.pdf from manual.txt: a plain PDF 1.4 of text in Helvetica, page by page. Run it again after a change: node make-pdf.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const PAGE = { width: 595, height: 842, margin: 64 };
// Mean width of Helvetica's characters, in parts of the font size: close enough to break lines of prose.
const MEAN_WIDTH = 0.5;

const STYLES = {
  '# ': { font: 'F2', size: 20, after: 14 },
  '## ': { font: 'F2', size: 14, after: 8 },
  '### ': { font: 'F2', size: 11.5, after: 6 },
};
const BODY = { font: 'F1', size: 10.5, after: 9 };

const paragraphs = readFileSync(new URL('manual.txt', import.meta.url), 'utf8')
  .split(/\n\s*\n/)
  .map((text) => text.trim())
  .filter(Boolean);

const pages = [[]];
let y = PAGE.height - PAGE.margin;
for (const paragraph of paragraphs) {
  const mark = ['### ', '## ', '# '].find((each) => paragraph.startsWith(each));
  const style = mark ? STYLES[mark] : BODY;
  const lines = wrap(mark ? paragraph.slice(mark.length) : paragraph, style.size);
  const leading = style.size * 1.35;
  // A heading is not left alone at the foot of a page.
  if (y - leading * (lines.length > 3 && !mark ? 2 : lines.length) - (mark ? 40 : 0) < PAGE.margin) newPage();
  if (mark && pages.at(-1).length > 0) y -= 6;
  for (const line of lines) {
    if (y - leading < PAGE.margin) newPage();
    y -= leading;
    pages.at(-1).push(`BT /${style.font} ${style.size} Tf ${PAGE.margin} ${y.toFixed(1)} Td (${escape(line)}) Tj ET`);
  }
  y -= style.after;
}

writeFileSync(new URL('../documents/manual.pdf', import.meta.url), pdf(pages.map((lines) => lines.join('\n'))));

function newPage() {
  pages.push([]);
  y = PAGE.height - PAGE.margin;
}

function wrap(text, size) {
  const most = Math.floor((PAGE.width - 2 * PAGE.margin) / (size * MEAN_WIDTH));
  const lines = [''];
  for (const word of text.split(/\s+/)) {
    const longer = lines.at(-1) === '' ? word : `${lines.at(-1)} ${word}`;
    if (longer.length > most) lines.push(word);
    else lines[lines.length - 1] = longer;
  }
  return lines;
}

function escape(text) {
  return text.replace(/[\\()]/g, (character) => `\\${character}`);
}

function pdf(contents) {
  const first = 5;
  const kids = contents.map((_, index) => `${first + index * 2} 0 R`).join(' ');
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} /MediaBox [0 0 ${PAGE.width} ${PAGE.height}] >>`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>',
    ...contents.flatMap((content, index) => [
      `<< /Type /Page /Parent 2 0 R /Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents ${first + index * 2 + 1} 0 R >>`,
      `<< /Length ${Buffer.byteLength(content, 'latin1')} >>\nstream\n${content}\nendstream`,
    ]),
  ];
  let out = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = out.length;
    out += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const start = out.length;
  out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('')}`;
  out += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(out, 'latin1');
}
