import type { FromStringShapeDeserializer } from '@smithy/core/protocols';
import { NormalizedSchema } from '@smithy/core/schema';
import { SerializationError } from './message.ts';

/**
 * Reads what travels as text: a label, a query parameter, a header, a form's field. The SDK's reader, made for answers that AWS wrote, takes
 * any text for a number (`NaN`, or 0 for none) and for a boolean (false).
 *
 * @throws {SerializationError} when the text is no value of the schema.
 */
export function readText(
  strings: FromStringShapeDeserializer,
  schema: Parameters<FromStringShapeDeserializer['read']>[0],
  text: string,
): unknown {
  const ns = NormalizedSchema.of(schema);
  const refuse = (what: string, cause?: unknown) =>
    new SerializationError(`${JSON.stringify(text.slice(0, 80))} is not a valid ${what}`, { cause });
  if (ns.isNumericSchema() && !ns.isBigIntegerSchema() && !ns.isBigDecimalSchema()) {
    const isNumber = text.trim() !== '' && !Number.isNaN(Number(text));
    if (!isNumber && text !== 'NaN') throw refuse('number');
  }
  if (ns.isBooleanSchema() && !/^(true|false)$/i.test(text)) throw refuse('boolean');
  try {
    return strings.read(schema, text);
  } catch (error) {
    throw refuse('value', error);
  }
}
