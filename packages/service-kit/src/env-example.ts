/**
 * The text of `.env.example`, made from the declarations of the services, so that it cannot go stale.
 * Promise: every variable once, with its meaning, what it accepts and its default. Refuses: to print a secret's default.
 */
import type { ConfigDeclaration, Variables } from './config.ts';

/** Describes all declarations, in their order; a variable that several services share stands under the first. */
export function describeConfig(declarations: readonly ConfigDeclaration<Variables>[]): string {
  const described = new Set<string>();
  const sections = declarations.map(({ service, variables }) => {
    const fresh = Object.values(variables).filter(({ name }) => !described.has(name));
    for (const { name } of fresh) described.add(name);
    return [`# ${service}`, ...fresh.map(describeVariable)].join('\n\n');
  });
  return `${sections.join('\n\n\n')}\n`;
}

function describeVariable(variable: Variables[string]): string {
  const { name, meaning, accepts, secret, required, neededWith, defaultText } = variable;
  const kind = [secret ? 'Secret' : '', required ? 'Required' : neededWith !== undefined ? `Required with ${neededWith.name}=${neededWith.value}` : defaultText === undefined ? 'Optional' : ''];
  const words = [...kind.filter(Boolean), `Accepts ${accepts}`].map((sentence) => `${sentence}.`).join(' ');
  const assignment = required || neededWith !== undefined ? `${name}=` : `# ${name}=${secret ? '' : (defaultText ?? '')}`;
  return `# ${meaning}\n# ${words}\n${assignment}`;
}
