/** More templates: what developers ask first, about a policy, of tools, and of tones. */
import type { Template } from './cases.ts';
import { user } from './cases.ts';

const DECLINE = 'NO IDEA';

/** Questions that share words with a text which does not answer them. */
const unanswered: Template = (d) => {
  const text = `Opened software cannot be returned. Return shipping costs ${d.money().text} and is paid by the customer. Items may be returned within ${d.int(10, 60)} days of delivery.`;
  const question = d.pick(['What are your opening hours?', 'What is the warranty period?', 'Who is the director?']);
  return {
    request: user(`Use the following context. If it does not say, answer "${DECLINE}".\n\n${text}\n\n${question}`),
    check: (outcome) => (outcome.text === DECLINE ? undefined : outcome.text),
  };
};
/** Whether a text mentions a thing. */
const mentioned: Template = (d) => {
  const [there, absent] = d.some(['refund', 'voucher', 'discount', 'warranty'], 2);
  const asked = d.pick([there, absent]);
  return {
    request: user(
      `Answer only yes or no: Does the text mention a ${asked}? Text: ${d.firm()} gives every customer a ${there} within ${d.int(2, 30)} days.`,
    ),
    check: ({ text }) =>
      text.toLowerCase().startsWith(asked === there ? 'yes' : 'no') ? undefined : `${asked}: ${text}`,
  };
};
/** The number of an order that is called so nowhere. */
const orderNumber: Template = (d) => {
  const order = `${d.pick(['A', 'B', 'K'])}-${d.int(1000, 99_999)}`;
  return {
    request: user(
      `What is the order number in this message? "Hi, this is ${d.person()}, my order ${order} never came."`,
    ),
    check: ({ text }) => (text === order ? undefined : text),
  };
};
const payer: Template = (d) => {
  const who = d.pick(['customer', 'tenant', 'seller']);
  return {
    request: user(
      `Context: Return shipping costs ${d.money().text} and is paid by the ${who}.\n\nWho pays for return shipping?`,
    ),
    check: ({ text }) => (text.toLowerCase().startsWith(`the ${who}`) ? undefined : text),
  };
};
export const qa: Template[] = [unanswered, mentioned, orderNumber, payer];

const tone: Template = (d) => {
  const good = d.chance(0.5);
  const text = good
    ? d.pick(['The staff was wonderful and the room was spotless.', 'I love it, great value.'])
    : d.pick(['The room was dirty and the staff was rude.', 'The battery died after two days.']);
  return {
    request: user(`Is the sentiment of "${text}" positive? Answer yes or no.`),
    check: (outcome) => (outcome.text.toLowerCase() === (good ? 'yes' : 'no') ? undefined : outcome.text),
  };
};
export const classification: Template[] = [tone];
