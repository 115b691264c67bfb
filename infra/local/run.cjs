// Starts a program of the local stack by its name (`dev`, `demo`), or says what is wrong with Node. It is written so that a Node of
// any age can read it: everything newer stands in files that are loaded only when this one is content.
/* oxlint-disable no-var -- a Node of any age reads it */
'use strict';
var NEEDED = [24, 0];
var COMMAND = 'npx --yes pnpm@12.21.0';

function isNewEnough(version) {
  var parts = version.split('.');
  var major = Number(parts[0]);
  return major > NEEDED[0] || (major === NEEDED[0] && Number(parts[1]) >= NEEDED[1]);
}

/** What to say to this version of Node; undefined when it will do. */
function complaint(version, program) {
  if (isNewEnough(version)) return undefined;
  return [
    'This is Node ' + version + ', and the programs here need Node ' + NEEDED.join('.') + ' or newer.',
    'The project brings its own: run',
    '',
    '  ' + COMMAND + ' ' + program,
    '',
    '(The first time: ' + COMMAND + ' install.)'
  ].join('\n');
}

module.exports = { complaint: complaint };

if (require.main === module) {
  var program = process.argv[2] || 'dev';
  var said = complaint(process.versions.node, program);
  if (said === undefined) {
    process.argv.splice(2, 1);
    require('./run-program.cjs')(program);
  } else {
    process.stderr.write(said + '\n');
    process.exitCode = 1;
  }
}
