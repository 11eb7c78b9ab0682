import { types } from 'node:util';
import type { ConstraintData, ShapeFacts } from './data.ts';

/** Longest text of a value in a message, in UTF-16 units. AWS prints the whole value; a message here stays bounded. */
const PRINTED_VALUE_LENGTH_MAX = 1024;
/** Containers inside of which no more is printed. */
const PRINTED_DEPTH_MAX = 8;

/** How AWS writes a member's name in a message: as its own Java code does, with the first letter small. */
export function memberLabel(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}

/** The text of a string, also of the String objects that the SDK's codecs make of JSON text; `undefined` for anything else. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return types.isStringObject(value) ? String(value) : undefined;
}

/**
 * A value as AWS prints it in a validation message, which is what Java's `toString` makes of it: `[a, b]` for a list,
 * `{k=v}` for a map, `KeySchemaElement(attributeName=pk, keyType=HASH)` for a structure,
 * `java.nio.HeapByteBuffer[pos=0 lim=3 cap=3]` for a blob.
 */
export function printValue(value: unknown, shapeName: string | undefined, shapes: ConstraintData['shapes']): string {
  const printer = new Printer(shapes);
  printer.print(value, shapeName, 0);
  const text = printer.text;
  return text.length > PRINTED_VALUE_LENGTH_MAX ? `${cut(text, PRINTED_VALUE_LENGTH_MAX)}...` : text;
}

/** The start of a text, never with half a character at its end. */
function cut(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

class Printer {
  text = '';
  readonly #shapes: ConstraintData['shapes'];

  constructor(shapes: ConstraintData['shapes']) {
    this.#shapes = shapes;
  }

  print(value: unknown, shapeName: string | undefined, depth: number): void {
    if (this.text.length > PRINTED_VALUE_LENGTH_MAX) return;
    const shape: ShapeFacts | undefined = shapeName === undefined ? undefined : this.#shapes[shapeName];
    const text = textOf(value);
    if (value === null || value === undefined) this.text += 'null';
    else if (text !== undefined) this.text += cut(text, PRINTED_VALUE_LENGTH_MAX + 2);
    else if (typeof value === 'number') this.text += printNumber(value, shape?.type === 'float');
    else if (typeof value === 'boolean' || typeof value === 'bigint') this.text += String(value);
    else if (typeof value !== 'object') this.text += typeof value;
    else if (value instanceof Date) this.text += value.toISOString();
    else if (ArrayBuffer.isView(value))
      this.text += `java.nio.HeapByteBuffer[pos=0 lim=${value.byteLength} cap=${value.byteLength}]`;
    else if (depth >= PRINTED_DEPTH_MAX) this.text += '...';
    else if (Array.isArray(value)) {
      this.#printAll('[', value, ']', (element) => this.print(element, shape?.member, depth + 1));
    } else {
      const structure = shape?.type === 'structure';
      const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
      this.#printAll(structure ? `${shapeName}(` : '{', entries, structure ? ')' : '}', ([key, inner]) => {
        this.text += `${structure ? memberLabel(key) : key}=`;
        this.print(inner, structure ? shape.members?.[key] : shape?.value, depth + 1);
      });
    }
  }

  #printAll<T>(open: string, values: readonly T[], close: string, print: (value: T) => void): void {
    this.text += open;
    for (const [index, value] of values.entries()) {
      if (this.text.length > PRINTED_VALUE_LENGTH_MAX) return;
      if (index > 0) this.text += ', ';
      print(value);
    }
    this.text += close;
  }
}

function printNumber(value: number, float: boolean): string {
  return float && Number.isInteger(value) && Math.abs(value) < 1e7 ? value.toFixed(1) : String(value);
}
