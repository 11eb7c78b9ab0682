import type { Json } from '../../../src/engines/llm/types.ts';
import type { Case, Template } from './cases.ts';
import { user } from './cases.ts';
import type { Draws } from './draws.ts';

export type Item = { text: string; schema: Json; wanted: { [key: string]: Json } };

/** Equal as people read them: letter case, articles and outer marks aside. */
function alike(found: Json | undefined, wanted: Json): boolean {
  if (typeof wanted === 'string') return typeof found === 'string' && plain(found) === plain(wanted);
  if (Array.isArray(wanted))
    return (
      Array.isArray(found) && found.length === wanted.length && wanted.every((item, index) => alike(found[index], item))
    );
  if (wanted !== null && typeof wanted === 'object')
    return (
      found !== null &&
      typeof found === 'object' &&
      !Array.isArray(found) &&
      Object.entries(wanted).every(([key, value]) => alike(found[key], value))
    );
  return found === wanted;
}
const plain = (text: string): string =>
  text
    .toLowerCase()
    .replace(/^(?:the|a|an)\s+/, '')
    .replace(/[.,"']/g, '')
    .trim();

export const object = (properties: { [key: string]: Json }, required = Object.keys(properties)): Json => ({
  type: 'object',
  properties,
  required,
  additionalProperties: false,
});
const string: Json = { type: 'string' };
const number: Json = { type: 'number' };
const integer: Json = { type: 'integer' };
const boolean: Json = { type: 'boolean' };
const date: Json = { type: 'string', format: 'date' };

function checked(item: Item): Case['check'] {
  return ({ text }) => {
    let found: Json;
    try {
      found = JSON.parse(text) as Json;
    } catch {
      return `no JSON: ${text}`;
    }
    if (!alike(found, item.wanted)) return `wanted ${JSON.stringify(item.wanted)}, found ${text}`;
    return undefined;
  };
}

export const template =
  (make: (draws: Draws) => Item): Template =>
  (draws) => {
    const item = make(draws);
    const ask = draws.pick([
      'Extract the fields from this text.',
      'Extract the data as JSON.',
      'Fill the schema from the document.',
    ]);
    const request = draws.chance(0.5)
      ? user(`${ask}\n\n${item.text}`, { responseSchema: item.schema })
      : user(ask, { responseSchema: item.schema }, [{ type: 'document', name: 'input.txt', text: item.text }]);
    return { request, check: checked(item) };
  };

const invoice = (d: Draws): Item => {
  const [vendor, customer, id, on, due, total] = [
    d.firm(),
    d.person(),
    d.id('INV'),
    d.date(),
    d.date(),
    d.int(100, 99999) / 100,
  ];
  const paid = d.chance(0.5);
  return {
    text: d.pick([
      `Invoice number: ${id}\nVendor: ${vendor}\nBill to: ${customer}\nInvoice date: ${on.text}\nDue date: ${due.text}\nTotal: $${total.toFixed(2)}\nPaid: ${paid ? 'yes' : 'no'}`,
      `INVOICE ${id}\n\nFrom: ${vendor}\nCustomer: ${customer}\nDate: ${on.text}\nPayment due: ${due.text}\n\nTotal amount: USD ${total.toFixed(2)}\nPaid: ${paid ? 'Yes' : 'No'}`,
    ]),
    schema: object({
      invoice_number: string,
      vendor: string,
      customer: string,
      invoice_date: date,
      due_date: date,
      total: number,
      paid: boolean,
    }),
    wanted: { invoice_number: id, vendor, customer, invoice_date: on.iso, due_date: due.iso, total, paid },
  };
};

const contact = (d: Draws): Item => {
  const name = d.person();
  const [firm, email, phone, city] = [d.firm(), d.email(name), d.phone(), d.city()];
  const role = d.pick(['sales manager', 'software engineer', 'office manager', 'data analyst', 'marketing director']);
  return {
    text: d.pick([
      `Hello, my name is ${name} and I work as a ${role} at ${firm} in ${city}. You can reach me at ${email} or call ${phone}.`,
      `Please contact ${name}, ${role} at ${firm} (${city}). E-mail: ${email}, phone: ${phone}.`,
    ]),
    schema: object({
      name: string,
      company: string,
      job_title: string,
      city: string,
      email: { type: 'string', format: 'email' },
      phone: string,
    }),
    wanted: { name, company: firm, job_title: role, city, email, phone },
  };
};

const order = (d: Draws): Item => {
  const goods = d.some(['widgets', 'brackets', 'lanterns', 'notebooks', 'candles', 'hinges'], d.int(2, 3));
  const items = goods.map((name) => ({ name, quantity: d.int(2, 40), price: d.int(100, 9900) / 100 }));
  const id = d.id('ORD');
  return {
    text: `Order ${id}:\n${items.map((item) => d.pick([`- ${item.quantity} ${item.name} at $${item.price.toFixed(2)} each`, `- ${item.quantity} x ${item.name} ($${item.price.toFixed(2)} each)`])).join('\n')}`,
    schema: object({
      order_id: string,
      items: { type: 'array', items: object({ name: string, quantity: integer, price: number }) },
    }),
    wanted: { order_id: id, items },
  };
};

const ticket = (d: Draws): Item => {
  const [customer, id] = [d.person(), d.id('CS')];
  const [priority, words] = d.pick([
    ['high', 'This is urgent, please fix it immediately.'],
    ['low', 'No rush, this is only a minor issue.'],
  ] as const);
  const [category, problem] = d.pick([
    ['billing', 'I was charged twice on my invoice this month'],
    ['technical', 'the app crashes with an error every time I open it'],
    ['shipping', 'my package has not been delivered and the tracking page shows no courier'],
  ] as const);
  return {
    text: `Ticket ${id}. ${customer} writes: ${problem}. ${words}`,
    schema: object({
      ticket_id: string,
      customer: string,
      category: { type: 'string', enum: ['billing', 'technical', 'shipping'] },
      priority: { type: 'string', enum: ['low', 'medium', 'high'] },
    }),
    wanted: { ticket_id: id, customer, category, priority },
  };
};

const nested = (d: Draws): Item => {
  const [name, street, city, zip] = [
    d.person(),
    `${d.int(1, 99)} ${d.surname()} Street`,
    d.city(),
    String(d.int(10000, 99999)),
  ];
  const age = d.int(19, 88);
  return {
    text: `Name: ${name}\nAge: ${age}\nStreet: ${street}\nCity: ${city}\nPostal code: ${zip}\nNewsletter: ${d.chance(0.5) ? 'yes' : 'yes'}`,
    schema: object({
      person: object({ name: string, age: integer }),
      address: object({ street: string, city: string, postal_code: string }),
      newsletter: boolean,
    }),
    wanted: { person: { name, age }, address: { street, city, postal_code: zip }, newsletter: true },
  };
};

const absent = (d: Draws): Item => {
  const [name, on] = [d.person(), d.date()];
  const nullable = (type: string, more: object = {}): Json => ({ type: [type, 'null'], ...more });
  return {
    text: `${name} joined the project on ${on.text}.`,
    schema: object({
      name: string,
      start_date: nullable('string', { format: 'date' }),
      email: nullable('string'),
      salary: nullable('number'),
    }),
    wanted: { name, start_date: on.iso, email: null, salary: null },
  };
};

const promptKeys: Template = (d) => {
  const name = d.person();
  const [email, total] = [d.email(name), d.int(10, 900)];
  const on = d.date();
  const text = `${name} (${email}) paid $${total} on ${on.text}.`;
  const request = user(
    `Extract the name, email and date from the text and return JSON with keys "name", "email" and "date".\n\nText: ${text}`,
  );
  return { request, check: checked({ text, schema: {}, wanted: { name, email, date: on.text } }) };
};

const event = (d: Draws): Item => {
  const [title, speaker, on, seats, fee] = [
    d.pick(['Rust for Beginners', 'Urban Beekeeping', 'Watercolour Basics', 'Intro to Welding']),
    d.person(),
    d.date(),
    d.int(10, 300),
    d.int(5, 90),
  ];
  const place = d.city();
  return {
    text: d.pick([
      `Event: ${title}\nSpeaker: ${speaker}\nWhen: ${on.text}\nLocation: ${place}\nSeats: ${seats}\nTicket price: €${fee}\nOnline: no`,
      `Title: ${title}\nSpeaker: ${speaker}\nDate: ${on.text}\nCity: ${place}\nAvailable seats: ${seats}\nPrice: ${fee} EUR\nOnline event: no`,
    ]),
    schema: object({
      title: string,
      speaker: string,
      date,
      location: string,
      seats: integer,
      price: number,
      online: boolean,
    }),
    wanted: { title, speaker, date: on.iso, location: place, seats, price: fee, online: false },
  };
};

const resume = (d: Draws): Item => {
  const name = d.person();
  const [email, years, employer] = [d.email(name), d.int(2, 30), d.firm()];
  const skills = d.some(['Python', 'welding', 'SQL', 'French', 'accounting', 'Kubernetes'], 3);
  return {
    text: `${name}\n${email}\n\nCurrently employed by ${employer}. Has ${years} years of experience.\n\nSkills: ${skills.join(', ')}`,
    schema: object({
      name: string,
      email: string,
      employer: string,
      years_of_experience: integer,
      skills: { type: 'array', items: string },
    }),
    wanted: { name, email, employer, years_of_experience: years, skills },
  };
};

const booking = (d: Draws): Item => {
  const [guest, hotel, nights, from, price, code] = [
    d.person(),
    `Hotel ${d.surname()}`,
    d.int(2, 14),
    d.date(),
    d.int(200, 2900),
    d.id('BK'),
  ];
  const breakfast = d.chance(0.5);
  return {
    text: `Dear ${guest}, thank you for your reservation ${code} at ${hotel}. We expect you on ${from.text} for ${nights} nights. The total price is $${price}. Breakfast is ${breakfast ? 'included' : 'not included'}.`,
    schema: object({
      confirmation_code: string,
      guest_name: string,
      hotel: string,
      check_in_date: date,
      nights: integer,
      total_price: number,
      breakfast_included: boolean,
    }),
    wanted: {
      confirmation_code: code,
      guest_name: guest,
      hotel,
      check_in_date: from.iso,
      nights,
      total_price: price,
      breakfast_included: breakfast,
    },
  };
};

const shipments = (d: Draws): Item => {
  const rows = Array.from({ length: d.int(2, 4) }, () => ({
    tracking_id: d.id('TR'),
    destination: d.city(),
    weight: d.int(1, 80),
  }));
  return {
    text: `| Tracking ID | Destination | Weight (kg) |\n|---|---|---|\n${rows.map((row) => `| ${row.tracking_id} | ${row.destination} | ${row.weight} |`).join('\n')}`,
    schema: object({
      shipments: { type: 'array', items: object({ tracking_id: string, destination: string, weight: number }) },
    }),
    wanted: { shipments: rows },
  };
};

const review = (d: Draws): Item => {
  const product = d.product();
  const [stars, author] = [d.int(1, 5), d.person()];
  const [sentiment, words] =
    stars > 2
      ? (['positive', 'I love it, it works perfectly and looks great'] as const)
      : (['negative', 'It broke after a week and support was terrible'] as const);
  const real = stars === 3 ? 4 : stars;
  return {
    text: `Review of the ${product} by ${author}. Rating: ${real} out of 5. ${words}.`,
    schema: object({
      reviewer: string,
      rating: integer,
      sentiment: { type: 'string', enum: ['positive', 'neutral', 'negative'] },
    }),
    wanted: { reviewer: author, rating: real, sentiment },
  };
};

const patient = (d: Draws): Item => {
  const [name, age, doctor, on] = [d.person(), d.int(4, 95), d.surname(), d.date()];
  const smoker = d.chance(0.5);
  return {
    text: `Patient: ${name}, aged ${age}. Seen on ${on.text} by Dr. ${doctor}. ${smoker ? 'Smoker: yes.' : 'Smoker: no.'} Blood pressure 120/80.`,
    schema: {
      type: 'object',
      properties: {
        patient_name: string,
        age: integer,
        visit_date: date,
        smoker: boolean,
        allergies: { type: 'array', items: string },
      },
      required: ['patient_name', 'age', 'visit_date', 'smoker', 'allergies'],
    },
    wanted: { patient_name: name, age, visit_date: on.iso, smoker, allergies: [] },
  };
};

const templateObject: Template = (d) => {
  const [product, firm] = [d.product(), d.firm()];
  const stock = d.int(2, 900);
  const text = `Product: ${product}\nManufacturer: ${firm}\nStock: ${stock}`;
  const request = user(
    `Return only a JSON object of this form, filled from the text:\n{"product": "string", "manufacturer": "string", "stock": 0}\n\nText: ${text}`,
  );
  return { request, check: checked({ text, schema: {}, wanted: { product, manufacturer: firm, stock } }) };
};

/** The templates that the engine is tuned on. */
export const extraction: Template[] = [
  ...[invoice, contact, order, ticket, nested, absent, event, resume, booking, shipments, review, patient].map(
    template,
  ),
  promptKeys,
  templateObject,
];
