/** Cardinal and ordinal words up to a hundred, and dozens. */
export const NUMBER_WORDS = new Map<string, number>();
const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = 'twenty thirty forty fifty sixty seventy eighty ninety'.split(' ');
for (const [value, word] of UNITS.entries()) NUMBER_WORDS.set(word, value);
for (const [index, word] of TENS.entries()) {
  const tens = (index + 2) * 10;
  NUMBER_WORDS.set(word, tens);
  for (let unit = 1; unit < 10; unit++) NUMBER_WORDS.set(`${word}-${UNITS[unit]}`, tens + unit);
}
NUMBER_WORDS.set('hundred', 100)
  .set('dozen', 12)
  .set('thousand', 1000)
  .set('million', 1_000_000)
  .set('billion', 1_000_000_000);

export const MULTIPLIERS = new Map<string, number>([
  ['hundred', 100],
  ['thousand', 1e3],
  ['k', 1e3],
  ['million', 1e6],
  ['m', 1e6],
  ['mn', 1e6],
  ['billion', 1e9],
  ['bn', 1e9],
  ['b', 1e9],
  ['trillion', 1e12],
]);

export const MONTHS = 'january february march april may june july august september october november december'.split(
  ' ',
);
export const WEEKDAYS = 'monday tuesday wednesday thursday friday saturday sunday'.split(' ');

/** Units of measure by what they measure, as written in texts. */
export const UNITS_BY_MEASURE: Record<string, string> = {
  // Before what they are made of: 'litres per minute' is no volume.
  flow: 'litres per minute|liters per minute|litres per hour|liters per hour|litres per second|liters per second|gallons per minute|cubic metres per hour|cubic meters per hour|l/min|l/h|l/s|m³/h',
  pressure: 'bar|millibar|mbar|psi|kPa|hPa|MPa|pascals?',
  frequency: 'hertz|kilohertz|megahertz|gigahertz|Hz|kHz|MHz|GHz|rpm',
  loudness: 'decibels?|dB',
  duration:
    'second|seconds|sec|secs|minute|minutes|min|mins|hour|hours|hr|hrs|day|days|business day|business days|working days|week|weeks|month|months|year|years|decade|decades|century|centuries|ms|milliseconds',
  length:
    'millimetre|millimetres|millimeter|millimeters|mm|centimetre|centimetres|centimeter|centimeters|cm|metre|metres|meter|meters|m|kilometre|kilometres|kilometer|kilometers|km|inch|inches|foot|feet|ft|yard|yards|mile|miles|nautical miles|light-years',
  weight:
    'milligram|milligrams|mg|gram|grams|g|kilogram|kilograms|kilo|kilos|kg|tonne|tonnes|ton|tons|pound|pounds|lb|lbs|ounce|ounces|oz',
  area: 'square metres|square meters|square kilometres|square kilometers|square feet|square miles|hectares|hectare|acres|acre|m²|km²|sqm|sq ft',
  volume:
    'litre|litres|liter|liters|l|millilitres|milliliters|ml|gallon|gallons|cubic metres|cubic meters|cups|cup|tablespoons|teaspoons',
  temperature: '°C|°F|degrees Celsius|degrees Fahrenheit|degrees|celsius|fahrenheit|kelvin|K',
  speed: 'km/h|mph|kph|kilometres per hour|kilometers per hour|miles per hour|m/s|knots|mbps|gbps',
  energy:
    'watt|watts|W|kilowatt|kilowatts|kW|megawatts|megawatt|MW|GW|kWh|MWh|GWh|mAh|volts|V|amps|joules|calories|kcal|horsepower|hp',
  data: 'bytes|KB|MB|GB|TB|PB|GiB|MiB|gigabytes|terabytes|megabytes|bits|pixels|megapixels',
};
