/**
 * What `--help` says beyond the options: examples for every command, and the shape of what --json prints. The examples of a command are
 * the lines of its own or of the group above it that begin with its name, so that each stands in one place only.
 */
import type { Command } from 'commander';
import { JSON_SHAPES, shapeText } from './json-shapes.ts';

const texts = new WeakMap<Command, string>();

/** Shows a text with examples below the help of a command, and keeps it for those below it. */
export function addExamples(command: Command, text: string): Command {
  texts.set(command, text);
  return command.addHelpText('after', text);
}

/** The words of a command behind the name of the tool: `order place`. */
export function nameOf(command: Command): string {
  return command.parent === null ? '' : `${nameOf(command.parent)} ${command.name()}`.trim();
}

/** Commands that do something, in the order in which they stand in the help. */
export function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

/** Lines such as `cli order list --status paid`. */
export function examplesOf(command: Command): string[] {
  const start = `cli ${nameOf(command)}`;
  const isIts = (line: string): boolean => line === start || line.startsWith(`${start} `);
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const found = (texts.get(at) ?? '').split('\n').map((line) => line.trim()).filter(isIts);
    if (found.length > 0) return found;
  }
  return [];
}

/** The text of a command that stands beside its examples: notes; undefined when there are none. */
export function notesOf(command: Command): string | undefined {
  const notes = (texts.get(command) ?? '').split(/^Examples?:$/m)[0]?.trim();
  return notes === '' ? undefined : notes;
}

/** When all commands are there: each that does something says how it is used and what --json prints. */
export function completeHelp(program: Command): void {
  for (const command of leavesOf(program)) {
    const examples = texts.has(command) ? '' : `\nExamples:\n${examplesOf(command).map((line) => `  ${line}\n`).join('')}`;
    const shape = JSON_SHAPES[nameOf(command)];
    command.addHelpText('after', `${examples}${shape === undefined ? '' : `\nWith --json: ${shapeText(shape)}\n`}`);
  }
}
