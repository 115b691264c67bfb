// Loads a program of the local stack, once Node is known to be new enough for it.
'use strict';
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const PROGRAMS = ['demo', 'dev'];

module.exports = (program) => {
  if (!PROGRAMS.includes(program)) {
    process.stderr.write(`There is no program "${program}": ${PROGRAMS.join(' and ')} are.\n`);
    process.exitCode = 1;
    return;
  }
  const path = join(__dirname, 'src', `${program}.ts`);
  process.argv[1] = path;
  import(pathToFileURL(path).href).catch((error) => {
    const isMissing = error.code === 'ERR_MODULE_NOT_FOUND' && /node_modules|package/.test(error.message);
    process.stderr.write(`${isMissing ? `Something is not installed (${error.message}). Run: npx --yes pnpm@12.21.0 install` : error.stack}\n`);
    process.exitCode = 1;
  });
};
