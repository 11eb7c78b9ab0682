import { asksModel, type App, type Asking, type Widget } from './app.ts';
import { PICTURE_PROMPT_MAX, TITAN_PICTURE_PROMPT_MAX } from './limits.ts';
import { piecesOf, widgetOf, wiringOf } from './references.ts';

export type CodeLanguage = 'python' | 'javascript';

/**
 * An app as a program of its own: the same graph in the same order, its inputs as options of the command line, its models asked by Converse
 * and InvokeModel. Throws RangeError where the wiring is faulty.
 */
export function codeOf(app: App, language: CodeLanguage, at: { endpoint: string; region: string }): string {
  const { wiring, order } = wiringOf(app.widgets);
  const faulty = app.widgets.filter(({ id }) => wiring[id]!.faults.length > 0);
  if (faulty.length > 0)
    throw new RangeError(
      `The wiring is not whole: ${faulty.map(({ id, title }) => `${title}: ${wiring[id]!.faults.join(' ')}`).join(' ')}`,
    );
  const names = namesOf(app.widgets);
  const given = app.widgets.filter((widget) => !asksModel(widget));
  const asked = order.map((id) => app.widgets.find((widget) => widget.id === id) as Asking);
  const parts = { app, names, given, asked, at };
  return language === 'python' ? python(parts) : javascript(parts);
}

type Parts = {
  app: App;
  names: Map<string, string>;
  given: Widget[];
  asked: Asking[];
  at: { endpoint: string; region: string };
};

/** Of variables and options: `bedtime_story`. */
function namesOf(widgets: readonly Widget[]): Map<string, string> {
  const names = new Map<string, string>();
  for (const { id, title } of widgets) {
    const plain = title
      .normalize('NFKD')
      .replaceAll(/[^A-Za-z0-9]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
      .toLowerCase();
    const name = `w_${plain === '' ? 'widget' : plain}`;
    let free = name;
    for (let number = 2; [...names.values()].includes(free); number++) free = `${name}_${number}`;
    names.set(id, free);
  }
  return names;
}

const option = (name: string) => name.slice(2).replaceAll('_', '-');
const text = (value: string) => JSON.stringify(value);
const comment = (value: string) => value.replaceAll(/[\r\n]+/g, ' ');
const sizeOf = ({ size }: Extract<Asking, { kind: 'image' }>) => size.split('x').map(Number) as [number, number];
const wordsOf = ({ model }: Asking) => (model.includes('titan') ? TITAN_PICTURE_PROMPT_MAX : PICTURE_PROMPT_MAX);

/** A prompt as an expression: texts and variables, joined. */
function promptExpression({ app, names }: Parts, prompt: string): string {
  const pieces = piecesOf(prompt).map((piece) =>
    'text' in piece ? text(piece.text) : names.get(widgetOf(app.widgets, piece.reference)!.id)!,
  );
  return `[${pieces.join(', ')}]`;
}

const when = (wanted: boolean, ...lines: string[]): string[] => (wanted ? lines : []);

/** The helpers that a program needs, and no others. */
function needs({ given, asked }: Parts) {
  const has = (kind: Widget['kind']) => [...given, ...asked].some((widget) => widget.kind === kind);
  return { documents: has('document'), pictures: has('image'), chats: has('chat'), texts: has('text') };
}

function python(parts: Parts): string {
  const { app, names, given, asked, at } = parts;
  const need = needs(parts);
  const lines = [
    `# ${comment(app.title)}: made by Outcrop's apps. Needs boto3, and credentials in the environment.`,
    '',
    'import argparse',
    ...when(need.pictures, 'import base64', 'import json'),
    'import os',
    ...when(need.documents || need.pictures, 'import re'),
    ...when(need.chats, 'import sys'),
    '',
    'import boto3',
    '',
    `bedrock = boto3.client("bedrock-runtime", endpoint_url=os.environ.get("AWS_ENDPOINT_URL", ${text(at.endpoint)}), region_name=os.environ.get("AWS_REGION", ${text(at.region)}))`,
    '',
    '',
    ...when(
      need.documents,
      'def document(path):',
      '    """A file, as Converse takes it."""',
      '    stem, extension = os.path.splitext(os.path.basename(path))',
      '    name = re.sub(r"[^A-Za-z0-9()\\[\\]-]+", " ", stem).strip() or "Document"',
      '    with open(path, "rb") as file:',
      '        return {"document": {"name": name, "format": extension[1:].lower(), "source": {"bytes": file.read()}}}',
      '',
      '',
    ),
    'def content(parts):',
    '    """What a prompt is made of: documents first, then its words, which name them."""',
    '    blocks, words = [], ""',
    '    for part in parts:',
    '        if isinstance(part, str):',
    '            words += part',
    '            continue',
    '        if part not in blocks:',
    '            blocks.append(part)',
    '        words += "the picture" if "image" in part else f"the document \\"{part[\'document\'][\'name\']}\\""',
    '    return blocks, words',
    '',
    '',
    ...when(
      need.texts,
      'def ask(model, parts, **parameters):',
      '    blocks, words = content(parts)',
      '    answer = bedrock.converse(modelId=model, messages=[{"role": "user", "content": [*blocks, {"text": words}]}], inferenceConfig=parameters)',
      '    return "".join(block.get("text", "") for block in answer["output"]["message"]["content"])',
      '',
      '',
    ),
    ...when(
      need.pictures,
      'def draw(model, parts, path, words_max, width, height, seed=None):',
      '    _, words = content(parts)',
      '    words = words.strip()',
      '    words = words if len(words) <= words_max else re.sub(r"\\s+\\S*$", "", words[:words_max])',
      '    more = {} if seed is None else {"seed": seed}',
      '    if "stability." in model:',
      '        body = {"prompt": words, "output_format": "png", **more}',
      '    else:',
      '        body = {"taskType": "TEXT_IMAGE", "textToImageParams": {"text": words}, "imageGenerationConfig": {"numberOfImages": 1, "width": width, "height": height, **more}}',
      '    answer = json.loads(bedrock.invoke_model(modelId=model, body=json.dumps(body))["body"].read())',
      '    picture = base64.b64decode(answer["images"][0])',
      '    with open(path, "wb") as file:',
      '        file.write(picture)',
      '    return {"image": {"format": "png", "source": {"bytes": picture}}}',
      '',
      '',
    ),
    ...when(
      need.chats,
      'def chat(model, parts, **parameters):',
      '    """A conversation on the terminal, until an empty line."""',
      '    blocks, instructions = content(parts)',
      '    messages = []',
      '    for line in sys.stdin:',
      '        if line.strip() == "":',
      '            break',
      '        messages.append({"role": "user", "content": [*(blocks if not messages else []), {"text": line.strip()}]})',
      '        message = bedrock.converse(modelId=model, system=[{"text": instructions}], messages=messages, inferenceConfig=parameters)["output"]["message"]',
      '        messages.append(message)',
      '        print("".join(block.get("text", "") for block in message["content"]), flush=True)',
      '    return "\\n".join(f"{each[\'role\']}: {block[\'text\']}" for each in messages for block in each["content"] if "text" in block)',
      '',
      '',
    ),
    `parser = argparse.ArgumentParser(description=${text(comment(app.description || app.title).replaceAll('%', '%%'))})`,
  ];
  for (const widget of given) {
    if (widget.kind === 'input')
      lines.push(
        `parser.add_argument("--${option(names.get(widget.id)!)}", dest=${text(names.get(widget.id)!)}, ${widget.value === '' ? 'required=True' : `default=${text(widget.value)}`}, help=${text(widget.title.replaceAll('%', '%%'))})`,
      );
    if (widget.kind === 'document')
      lines.push(
        `parser.add_argument("--${option(names.get(widget.id)!)}", dest=${text(names.get(widget.id)!)}, type=document, required=True, metavar="FILE", help=${text(widget.title.replaceAll('%', '%%'))})`,
      );
  }
  lines.push('given = parser.parse_args()', '');
  for (const widget of given) {
    const name = names.get(widget.id)!;
    lines.push(widget.kind === 'static' ? `${name} = ${text(widget.text)}` : `${name} = given.${name}`);
  }
  for (const widget of asked) {
    const name = names.get(widget.id)!;
    const expression = promptExpression(parts, widget.prompt);
    lines.push('', `print(${text(`## ${widget.title}`)}, flush=True)`);
    if (widget.kind === 'image') {
      const [width, height] = sizeOf(widget);
      const path = `${option(name)}.png`;
      lines.push(
        `${name} = draw(${text(widget.model)}, ${expression}, ${text(path)}, words_max=${wordsOf(widget)}, width=${width}, height=${height}${widget.seed === undefined ? '' : `, seed=${widget.seed}`})`,
        `print(${text(path)})`,
      );
      continue;
    }
    const parameters = `temperature=${widget.temperature}, maxTokens=${widget.maxTokens}${widget.topP === undefined ? '' : `, topP=${widget.topP}`}`;
    lines.push(
      `${name} = ${widget.kind === 'chat' ? 'chat' : 'ask'}(${text(widget.model)}, ${expression}, ${parameters})`,
    );
    if (widget.kind === 'text') lines.push(`print(${name})`);
  }
  return `${lines.join('\n')}\n`;
}

function javascript(parts: Parts): string {
  const { app, names, given, asked, at } = parts;
  const need = needs(parts);
  const files = [...when(need.documents, 'readFileSync'), ...when(need.pictures, 'writeFileSync')];
  const commands = [...when(need.texts || need.chats, 'ConverseCommand'), ...when(need.pictures, 'InvokeModelCommand')];
  const lines = [
    `// ${comment(app.title)}: made by Outcrop's apps. Needs @aws-sdk/client-bedrock-runtime, and credentials in the environment.`,
    ...when(files.length > 0, `import { ${files.join(', ')} } from 'node:fs';`),
    ...when(need.documents, "import { basename, extname } from 'node:path';"),
    ...when(need.chats, "import { createInterface } from 'node:readline';"),
    "import { parseArgs } from 'node:util';",
    `import { ${['BedrockRuntimeClient', ...commands].join(', ')} } from '@aws-sdk/client-bedrock-runtime';`,
    '',
    `const bedrock = new BedrockRuntimeClient({ endpoint: process.env.AWS_ENDPOINT_URL ?? ${text(at.endpoint)}, region: process.env.AWS_REGION ?? ${text(at.region)} });`,
    '',
    ...when(
      need.documents,
      '/** A file, as Converse takes it. */',
      'function document(path) {',
      '  const extension = extname(path);',
      "  const name = basename(path, extension).replaceAll(/[^A-Za-z0-9()[\\]-]+/g, ' ').trim() || 'Document';",
      '  return { document: { name, format: extension.slice(1).toLowerCase(), source: { bytes: readFileSync(path) } } };',
      '}',
      '',
    ),
    '/** What a prompt is made of: documents first, then its words, which name them. */',
    'function content(parts) {',
    "  const blocks = [...new Set(parts.filter((part) => typeof part !== 'string'))];",
    '  const words = parts',
    "    .map((part) => (typeof part === 'string' ? part : part.image ? 'the picture' : `the document \"${part.document.name}\"`))",
    "    .join('');",
    '  return { blocks, words };',
    '}',
    '',
    ...when(
      need.texts || need.chats,
      "const textOf = (message) => message.content.map(({ text }) => text ?? '').join('');",
      '',
    ),
    ...when(
      need.texts,
      'async function ask(modelId, parts, inferenceConfig) {',
      '  const { blocks, words } = content(parts);',
      "  const messages = [{ role: 'user', content: [...blocks, { text: words }] }];",
      '  const { output } = await bedrock.send(new ConverseCommand({ modelId, messages, inferenceConfig }));',
      '  return textOf(output.message);',
      '}',
      '',
    ),
    ...when(
      need.pictures,
      'async function draw(modelId, parts, path, { wordsMax, width, height, seed }) {',
      '  let words = content(parts).words.trim();',
      "  if (words.length > wordsMax) words = words.slice(0, wordsMax).replace(/\\s+\\S*$/, '');",
      '  const more = seed === undefined ? {} : { seed };',
      "  const body = modelId.includes('stability.')",
      "    ? { prompt: words, output_format: 'png', ...more }",
      "    : { taskType: 'TEXT_IMAGE', textToImageParams: { text: words }, imageGenerationConfig: { numberOfImages: 1, width, height, ...more } };",
      '  const answer = await bedrock.send(new InvokeModelCommand({ modelId, body: JSON.stringify(body) }));',
      "  const bytes = Buffer.from(JSON.parse(new TextDecoder().decode(answer.body)).images[0], 'base64');",
      '  writeFileSync(path, bytes);',
      "  return { image: { format: 'png', source: { bytes } } };",
      '}',
      '',
    ),
    ...when(
      need.chats,
      '/** A conversation on the terminal, until an empty line. */',
      'async function chat(modelId, parts, inferenceConfig) {',
      '  const { blocks, words } = content(parts);',
      '  const messages = [];',
      '  for await (const line of createInterface({ input: process.stdin })) {',
      "    if (line.trim() === '') break;",
      "    messages.push({ role: 'user', content: [...(messages.length === 0 ? blocks : []), { text: line.trim() }] });",
      '    const { output } = await bedrock.send(new ConverseCommand({ modelId, system: [{ text: words }], messages, inferenceConfig }));',
      '    messages.push(output.message);',
      '    console.log(textOf(output.message));',
      '  }',
      "  return messages.map((message) => `${message.role}: ${textOf(message)}`).join('\\n');",
      '}',
      '',
    ),
    'const { values: given } = parseArgs({',
    '  options: {',
  ];
  const inputs = given.filter(({ kind }) => kind === 'input' || kind === 'document');
  for (const { id } of inputs) lines.push(`    ${text(option(names.get(id)!))}: { type: 'string' },`);
  lines.push('  },', '});');
  const needed = inputs.filter(
    (widget) => widget.kind === 'document' || (widget.kind === 'input' && widget.value === ''),
  );
  if (needed.length > 0)
    lines.push(
      `for (const name of [${needed.map(({ id }) => text(option(names.get(id)!))).join(', ')}])`,
      '  if (given[name] === undefined) throw new Error(`--${name} is missing`);',
    );
  lines.push('');
  for (const widget of given) {
    const name = names.get(widget.id)!;
    const from = `given[${text(option(name))}]`;
    if (widget.kind === 'static') lines.push(`const ${name} = ${text(widget.text)};`);
    else if (widget.kind === 'document') lines.push(`const ${name} = document(${from});`);
    else if (widget.kind === 'input')
      lines.push(`const ${name} = ${from}${widget.value === '' ? '' : ` ?? ${text(widget.value)}`};`);
  }
  for (const widget of asked) {
    const name = names.get(widget.id)!;
    const expression = promptExpression(parts, widget.prompt);
    lines.push('', `console.log(${text(`## ${widget.title}`)});`);
    if (widget.kind === 'image') {
      const [width, height] = sizeOf(widget);
      const path = `${option(name)}.png`;
      lines.push(
        `const ${name} = await draw(${text(widget.model)}, ${expression}, ${text(path)}, { wordsMax: ${wordsOf(widget)}, width: ${width}, height: ${height}${widget.seed === undefined ? '' : `, seed: ${widget.seed}`} });`,
        `console.log(${text(path)});`,
      );
      continue;
    }
    const parameters = `{ temperature: ${widget.temperature}, maxTokens: ${widget.maxTokens}${widget.topP === undefined ? '' : `, topP: ${widget.topP}`} }`;
    lines.push(
      `const ${name} = await ${widget.kind === 'chat' ? 'chat' : 'ask'}(${text(widget.model)}, ${expression}, ${parameters});`,
    );
    if (widget.kind === 'text') lines.push(`console.log(${name});`);
  }
  return `${lines.join('\n')}\n`;
}
