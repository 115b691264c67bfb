/**
 * What AWS documents of event patterns (the user guide's pages on patterns, comparison operators, arrays and content filtering, and
 * what its TestEventPattern was recorded to answer), as cases of our own: each with the verdict, or the reason of the refusal.
 */
export interface Documented {
  readonly says: string;
  readonly pattern: string;
  readonly event: string;
  readonly verdict: boolean | string;
}

const EC2 = {
  version: '0', id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718', 'detail-type': 'EC2 Instance State-change Notification', source: 'aws.ec2', account: '111122223333',
  time: '2017-12-22T18:43:48Z', region: 'us-west-1', resources: ['arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'],
  detail: { 'instance-id': 'i-1234567890abcdef0', state: 'terminated' },
};
const LIMITS = {
  ...EC2, 'detail-type': 'Limits', source: 'com.example.limits',
  detail: {
    'eventName': '', 'aliases': [], 'nothing': null, 'c-count': 4, 'd-count': 9, 'x-limit': 301.8, 'price': '5', 'sourceIPAddress': '10.0.0.123', 'sixAddress': '2001:db8:1234:1a00::17',
    'FileName': 'photo.PNG', 'FilePath': '/usr/local/lib/tool/dir/file.png', 'service': 'EVENTbridge', 'state': 'initializing', 'location': 'New York', 'enabled': true,
  },
};
const LINES = {
  ...EC2, 'detail-type': 'order.placed', source: 'shop',
  detail: { lines: [{ sku: 'A-1', quantity: 2, tags: ['new', 'red'] }, { sku: 'B-2', quantity: 5, tags: ['old'] }], 'order.id': '7', order: { number: 12 } },
};

const TOO_COMPLEX = 'Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a wildcard character';
const MIXED = 'Inside anything but list, either all values are number or string, mixed type is not supported';

export const DOCUMENTED: readonly Documented[] = [
  // Fields and values.
  ...of(EC2, [
    ['fields at every level are joined by and', { source: ['aws.ec2'], 'detail-type': ['EC2 Instance State-change Notification'], detail: { state: ['terminated'] } }, true],
    ['one field that differs is enough', { source: ['aws.ec2'], detail: { state: ['running'] } }, false],
    ['values of a list are joined by or', { source: ['aws.ec2', 'aws.fargate'], detail: { state: ['running', 'terminated'] } }, true],
    ['a field that the event has not', { source: ['aws.ec2'], detail: { owner: ['x'] } }, false],
    ['fields of the envelope', { account: ['111122223333'], region: ['us-west-1'], version: ['0'] }, true],
    ['names are compared with their case', { Source: ['aws.ec2'] }, false],
    ['texts are compared with their case', { detail: { state: ['Terminated'] } }, false],
    ['names with a dash', { detail: { 'instance-id': ['i-1234567890abcdef0'] } }, true],
    ['the start of a time', { time: [{ prefix: '2017-12-22' }] }, true],
    ['the start of a region, for all but it', { region: [{ 'anything-but': { prefix: 'us-' } }] }, false],
    ['the end of a resource', { resources: [{ suffix: 'abcdef0' }] }, true],
    ['the text of an id is no number', { account: [111122223333] }, false],
    ['an object is no value', { detail: [{ exists: true }] }, false],
    ['a value where the event has an object', { detail: ['x'] }, false],
    ['names joined by a dot', { 'detail.state': ['terminated'] }, true],
    ['names joined by a dot, of another value', { 'detail.state': ['running'] }, false],
  ]),
  // Arrays.
  ...of(LINES, [
    ['one of an array is enough', { detail: { lines: { tags: ['red', 'blue'] } } }, true],
    ['none of an array', { detail: { lines: { tags: ['blue'] } } }, false],
    ['two fields of one element', { detail: { lines: { sku: ['B-2'], quantity: [5] } } }, true],
    ['two fields of two elements', { detail: { lines: { sku: ['A-1'], quantity: [5] } } }, false],
    ['an inner array belongs to its element', { detail: { lines: { quantity: [2], tags: ['old'] } } }, false],
    ['resources of the envelope', { resources: ['arn:aws:ec2:us-west-1:111122223333:instance/i-a', 'arn:aws:ec2:us-west-1:123456789012:instance/i-1234567890abcdef0'] }, true],
    ['a key with a dot in the event', { detail: { order: { id: ['7'], number: [12] } } }, true],
    ['anything but, in an array where one differs', { detail: { lines: { sku: [{ 'anything-but': 'A-1' }] } } }, true],
    ['a field that no element may have', { detail: { lines: { discount: [{ exists: false }], sku: ['A-1'] } } }, true],
    ['a number range in one element', { detail: { lines: { sku: ['B-2'], quantity: [{ numeric: ['>', 4, '<', 6] }] } } }, true],
  ]),
  // Null, empty, exists.
  ...of(LIMITS, [
    ['null', { detail: { nothing: [null] } }, true],
    ['null is not empty', { detail: { nothing: [''] } }, false],
    ['empty', { detail: { eventName: [''] } }, true],
    ['empty is not null', { detail: { eventName: [null] } }, false],
    ['null where the field is missing', { detail: { owner: [null] } }, false],
    ['null or empty', { detail: { nothing: [null, ''], eventName: [null, ''] } }, true],
    ['exists', { detail: { 'c-count': [{ exists: true }] } }, true],
    ['exists, of null', { detail: { nothing: [{ exists: true }] } }, true],
    ['exists, of a field that is missing', { detail: { owner: [{ exists: true }] } }, false],
    ['exists not', { detail: { owner: [{ exists: false }] } }, true],
    ['exists not, of a field that is there', { detail: { 'c-count': [{ exists: false }] } }, false],
    ['an empty array has no value', { detail: { aliases: [{ exists: true }] } }, false],
    ['an empty array is like no field', { detail: { aliases: [{ exists: false }] } }, true],
    ['an empty array holds neither null nor empty', { detail: { aliases: [null, ''] } }, false],
    ['missing, or a value', { detail: { owner: [{ exists: false }, 'x'], state: [{ exists: false }, 'initializing'] } }, true],
    ['a boolean', { detail: { enabled: [true] } }, true],
    ['the other boolean', { detail: { enabled: [false] } }, false],
    ['a boolean is no text', { detail: { enabled: ['true'] } }, false],
    // Text operators.
    ['suffix', { detail: { FilePath: [{ suffix: '.png' }] } }, true],
    ['suffix with its case', { detail: { FileName: [{ suffix: '.png' }] } }, false],
    ['suffix in any case', { detail: { FileName: [{ suffix: { 'equals-ignore-case': '.png' } }] } }, true],
    ['prefix in any case', { detail: { service: [{ prefix: { 'equals-ignore-case': 'EventB' } }] } }, true],
    ['prefix in any case, of another text', { detail: { service: [{ prefix: { 'equals-ignore-case': 'bridge' } }] } }, false],
    ['the empty prefix, of the empty text', { detail: { eventName: [{ prefix: '' }] } }, true],
    ['the empty prefix, of null', { detail: { nothing: [{ prefix: '' }] } }, false],
    ['the empty suffix, of a number', { detail: { 'c-count': [{ suffix: '' }] } }, false],
    ['equals in any case', { detail: { service: [{ 'equals-ignore-case': 'EventBridge' }] } }, true],
    ['equals in any case, empty', { detail: { eventName: [{ 'equals-ignore-case': '' }] } }, true],
    ['equals in any case, empty, of a text', { detail: { state: [{ 'equals-ignore-case': '' }] } }, false],
    ['wildcard within a path', { detail: { FilePath: [{ wildcard: '/usr/*/dir/*.png' }] } }, true],
    ['wildcard at both ends', { detail: { FilePath: [{ wildcard: '*/lib/*' }] } }, true],
    ['wildcard of another path', { detail: { FilePath: [{ wildcard: '*/bin/*' }] } }, false],
    ['a star stands for nothing as well', { detail: { state: [{ wildcard: 'init*ializing*' }] } }, true],
    ['wildcard, of a number', { detail: { 'c-count': [{ wildcard: '*' }] } }, false],
    // Anything but.
    ['anything but a text', { detail: { state: [{ 'anything-but': 'initializing' }] } }, false],
    ['anything but another text', { detail: { state: [{ 'anything-but': 'running' }] } }, true],
    ['anything but a number', { detail: { 'x-limit': [{ 'anything-but': 123 }] } }, true],
    ['anything but that number', { detail: { 'c-count': [{ 'anything-but': 4 }] } }, false],
    ['anything but a list of texts', { detail: { state: [{ 'anything-but': ['stopped', 'overloaded'] }] } }, true],
    ['anything but a list that has it', { detail: { state: [{ 'anything-but': ['stopped', 'initializing'] }] } }, false],
    ['anything but a list of numbers', { detail: { 'x-limit': [{ 'anything-but': [100, 200, 300] }] } }, true],
    ['anything but a list of numbers that has it', { detail: { 'c-count': [{ 'anything-but': [100, 4.0, 300] }] } }, false],
    ['anything but, where the field is missing', { detail: { owner: [{ 'anything-but': 'x' }] } }, false],
    ['anything but, of null', { detail: { nothing: [{ 'anything-but': 'x' }] } }, true],
    ['anything but a prefix', { detail: { state: [{ 'anything-but': { prefix: 'init' } }] } }, false],
    ['anything but one of several prefixes', { detail: { state: [{ 'anything-but': { prefix: ['stop', 'over'] } }] } }, true],
    ['anything but a prefix, of a number', { detail: { 'c-count': [{ 'anything-but': { prefix: 'init' } }] } }, true],
    ['anything but a suffix', { detail: { FilePath: [{ 'anything-but': { suffix: '.png' } }] } }, false],
    ['anything but one of several suffixes', { detail: { FilePath: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] } }, true],
    ['anything but a suffix, where the field is missing', { detail: { owner: [{ 'anything-but': { suffix: ['.txt', '.rtf'] } }] } }, false],
    ['anything but in any case', { detail: { state: [{ 'anything-but': { 'equals-ignore-case': 'INITIALIZING' } }] } }, false],
    ['anything but a list in any case', { detail: { state: [{ 'anything-but': { 'equals-ignore-case': ['Stopped', 'Overloaded'] } }] } }, true],
    ['anything but a wildcard', { detail: { FilePath: [{ 'anything-but': { wildcard: '*/lib/*' } }] } }, false],
    ['anything but one of several wildcards', { detail: { FilePath: [{ 'anything-but': { wildcard: ['*/bin/*', '*/etc/*'] } }] } }, true],
    ['anything but an empty wildcard, of the empty text', { detail: { eventName: [{ 'anything-but': { wildcard: '' } }] } }, false],
    ['anything but an empty wildcard, of a text', { detail: { state: [{ 'anything-but': { wildcard: '' } }] } }, true],
    // Numbers.
    ['numeric, above and up to', { detail: { 'c-count': [{ numeric: ['>', 0, '<=', 5] }] } }, true],
    ['numeric, below', { detail: { 'd-count': [{ numeric: ['<', 10] }] } }, true],
    ['numeric, equal in another spelling', '{"detail":{"x-limit":[{"numeric":["=",3.018e2]}]}}', true],
    ['numeric ranges together', '{"detail":{"c-count":[{"numeric":[">",0,"<=",5]}],"d-count":[{"numeric":["<",10]}],"x-limit":[{"numeric":["=",3.018e2]}]}}', true],
    ['numeric, outside', { detail: { 'c-count': [{ numeric: ['>', 4] }] } }, false],
    ['numeric, at its end', { detail: { 'c-count': [{ numeric: ['>=', 4, '<', 5] }] } }, true],
    ['numeric, of a numeric text', { detail: { price: [{ numeric: ['=', 5] }] } }, false],
    ['numeric, of null', { detail: { nothing: [{ numeric: ['=', 0] }] } }, false],
    ['a number is no numeric text', { detail: { price: [5] } }, false],
    ['a number with a fraction of zero', '{"detail":{"c-count":[4.0]}}', true],
    // Addresses.
    ['cidr', { detail: { sourceIPAddress: [{ cidr: '10.0.0.0/24' }] } }, true],
    ['cidr, outside', { detail: { sourceIPAddress: [{ cidr: '10.0.1.0/24' }] } }, false],
    ['cidr of version 6', { detail: { sixAddress: [{ cidr: '2001:db8:1234:1a00::/64' }] } }, true],
    ['cidr of version 6, outside', { detail: { sixAddress: [{ cidr: '2001:db8:1234:1b00::/64' }] } }, false],
    ['cidr, of no address', { detail: { state: [{ cidr: '10.0.0.0/24' }] } }, false],
    // Or.
    ['$or over fields', { detail: { $or: [{ 'c-count': [{ numeric: ['>', 10, '<=', 50] }] }, { 'd-count': [{ numeric: ['<', 10] }] }, { 'x-limit': [{ numeric: ['=', 302] }] }] } }, true],
    ['$or, none of them', { detail: { $or: [{ 'c-count': [5] }, { 'd-count': [5] }] } }, false],
    ['$or beside other fields', { source: ['com.example.limits'], $or: [{ detail: { location: ['New York'] } }, { region: ['eu-west-1'] }] }, true],
    ['$or within $or', { $or: [{ region: ['eu-west-1'] }, { detail: { $or: [{ state: ['running'] }, { location: [{ prefix: 'New' }] }] } }] }, true],
    ['$or with a field that is missing', { detail: { $or: [{ owner: [{ exists: false }] }, { state: ['running'] }] } }, true],
    ['$or with anything but', { detail: { $or: [{ state: [{ 'anything-but': ['initializing'] }] }, { location: [{ 'anything-but': ['New York'] }] }] } }, false],
    ['several operators together', { detail: { state: [{ 'anything-but': 'running' }], 'c-count': [{ numeric: ['>', 0, '<=', 5] }], FilePath: [{ prefix: '/opt' }, { suffix: '.png' }], owner: [{ exists: false }] } }, true],
    ['one name twice: the last value holds', '{"detail":{"location":[{"prefix":"San"}],"location":[{"anything-but":"Boston"}]}}', true],
    ['one name twice: the first value does not hold', '{"detail":{"location":["New York"],"location":["Boston"]}}', false],
    // Refusals.
    ['a value without its list', { int: 42 }, '"int" must be an object or an array'],
    ['a text without its list', { source: 'aws.ec2' }, '"source" must be an object or an array'],
    ['an empty list', { resources: [] }, 'Empty arrays are not allowed'],
    ['an empty object', { source: ['aws.health'], detail: {} }, 'Empty objects are not allowed'],
    ['a list in a list', { source: [['aws.ec2']] }, 'Match value must be String, number, true, false, or null'],
    ['an operator in capitals', { detail: { state: [{ EXISTS: true }] } }, 'Unrecognized match type EXISTS'],
    ['an operator that does not exist', { detail: { state: [{ regex: '.*' }] } }, 'Unrecognized match type regex'],
    ['exists of a text', { detail: { state: [{ exists: 'true' }] } }, 'exists match pattern must be either true or false.'],
    ['two operators in one object', { detail: { state: [{ prefix: 'a', suffix: 'b' }] } }, 'Only one key allowed in match expression'],
    ['prefix of a list', { time: [{ prefix: ['2022'] }] }, 'prefix match pattern must be a string'],
    ['suffix of a number', { detail: { FileName: [{ suffix: 123 }] } }, 'suffix match pattern must be a string'],
    ['equals-ignore-case of a list', { detail: { state: [{ 'equals-ignore-case': ['a'] }] } }, 'equals-ignore-case match pattern must be a string'],
    ['wildcard of a list', { detail: { state: [{ wildcard: ['a*'] }] } }, 'wildcard match pattern must be a string'],
    ['two stars in a row', { detail: { state: [{ wildcard: 'a**b' }] } }, 'Consecutive wildcard characters at pos 2'],
    ['a backslash before a letter', { detail: { state: [{ wildcard: 'a\\b' }] } }, 'Invalid escape character at pos 2'],
    ['a wildcard that is too complex', { detail: { arn: [{ wildcard: '*:*:*:*:*:event-bus/*' }] } }, TOO_COMPLEX],
    ['anything but texts and numbers', { detail: { state: [{ 'anything-but': ['a', 5] }] } }, MIXED],
    ['anything but null', { detail: { state: [{ 'anything-but': null }] } }, 'Value of anything-but must be an array or single string/number value.'],
    ['anything but a list with null', { detail: { state: [{ 'anything-but': ['a', null] }] } }, 'Inside anything but list, start|null|boolean is not supported.'],
    ['anything but an empty prefix', { detail: { state: [{ 'anything-but': { prefix: '' } }] } }, 'Null prefix/suffix not allowed'],
    ['anything but a prefix of a number', { detail: { state: [{ 'anything-but': { prefix: 123 } }] } }, 'prefix/suffix match pattern must be a string'],
    ['anything but a prefix in any case', { detail: { state: [{ 'anything-but': { prefix: { 'equals-ignore-case': 'a' } } }] } }, 'Value of anything-but must be an array or single string/number value.'],
    ['anything but a number in any case', { detail: { state: [{ 'anything-but': { 'equals-ignore-case': 123 } }] } }, 'Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported.'],
    ['anything but a number range', { detail: { state: [{ 'anything-but': { numeric: ['=', 5] } }] } }, 'Unsupported anything-but pattern: numeric'],
    ['numeric with two lower ends', { detail: { 'c-count': [{ numeric: ['>', 0, '>', 0] }] } }, 'Bad numeric range operator: >'],
    ['numeric without its upper end', { detail: { 'c-count': [{ numeric: ['>', 0, '<'] }] } }, 'Value of < must be numeric'],
    ['numeric upside down', { detail: { 'c-count': [{ numeric: ['>', 5, '<', 1] }] } }, 'Bottom must be less than top'],
    ['numeric of a text', { detail: { 'c-count': [{ numeric: ['=', '5'] }] } }, 'Value of equals must be numeric'],
    ['cidr without a mask', { detail: { sourceIPAddress: [{ cidr: '10.0.0.1' }] } }, `Malformed CIDR, one '/' required`],
    ['cidr with no number as its mask', { detail: { sourceIPAddress: [{ cidr: '10.0.0.0/xx' }] } }, 'Malformed CIDR, mask bits must be an integer'],
    ['cidr of no address', { detail: { sourceIPAddress: [{ cidr: 'xx.11.xx/8' }] } }, 'Nonstandard IP address: xx.11.xx'],
    ['cidr of a list', { detail: { sourceIPAddress: [{ cidr: ['10.0.0.0/24'] }] } }, 'prefix match pattern must be a string'],
    ['$or of one', { $or: [{ source: ['a'] }] }, 'There must have at least 2 Objects in $or relationship.'],
    ['$or of an object', { $or: { source: ['a'] } }, 'It must be an Array followed with $or.'],
    ['a list as the whole pattern', '["source", "detail"]', 'Filter is not an object'],
    ['a text that is no JSON', `{'source': 'x'}`, `Unexpected character (''' (code 39)): was expecting double-quote to start field name`],
  ]),
  // Escapes, and the spelling of numbers.
  { says: 'an escaped star is a star', pattern: '{"a":[{"wildcard":"\\\\*"}]}', event: '{"a":"*"}', verdict: true },
  { says: 'an escaped star is nothing else', pattern: '{"a":[{"wildcard":"\\\\*"}]}', event: '{"a":"x"}', verdict: false },
  { says: 'an escaped backslash', pattern: '{"a":[{"wildcard":"x\\\\\\\\*"}]}', event: '{"a":"x\\\\y"}', verdict: true },
  { says: 'whole numbers and fractions of zero are the same', pattern: '{"a":[300]}', event: '{"a":300.0}', verdict: true },
  { says: 'an exponent says the same number', pattern: '{"a":[3.0e2]}', event: '{"a":300}', verdict: true },
  { says: 'a number that no double spells is itself alone', pattern: '{"a":[9007199254740993]}', event: '{"a":9007199254740992}', verdict: false },
  { says: 'a number that no double spells lies in no range', pattern: '{"a":[{"numeric":[">",0]}]}', event: '{"a":9007199254740993}', verdict: false },
];

function of(event: object, cases: readonly (readonly [says: string, pattern: object | string, verdict: boolean | string])[]): Documented[] {
  return cases.map(([says, pattern, verdict]) => ({ says, pattern: typeof pattern === 'string' ? pattern : JSON.stringify(pattern), event: JSON.stringify(event), verdict }));
}
