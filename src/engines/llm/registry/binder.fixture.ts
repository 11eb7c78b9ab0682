/** A process that binds `<prefix>0`, `<prefix>1` … in the directory it is given, and says so after each. Arguments: directory, prefix, count. */
import { ModelRegistry } from './index.ts';

const [directory, prefix, count] = process.argv.slice(2) as [string, string, string];
const registry = new ModelRegistry({
  directory,
  factories: {
    builtin: () => {
      throw new Error('Nothing is resolved here.');
    },
  },
});
for (let at = 0; at < Number(count); at++) {
  await registry.bind(`${prefix}${at}`, 'builtin');
  process.send?.(`${prefix}${at}`);
}
process.disconnect?.();
