/** Which events a pattern matches, and which patterns are refused, as TestEventPattern tells it. */
import { TestEventPatternCommand } from '@aws-sdk/client-eventbridge';
import { describe, expect } from '@jest/globals';
import { openAws, semantics } from './aws-under-test.ts';

const aws = openAws();
const event = { id: '1', account: '123456789012', source: 's', time: '2026-01-31T12:00:00Z', region: 'us-east-1', resources: [], 'detail-type': 't' };

async function judge(EventPattern: string, detail: string): Promise<boolean | undefined> {
  const Event = `${JSON.stringify(event).slice(0, -1)},"detail":${detail}}`;
  return (await aws.events.send(new TestEventPatternCommand({ EventPattern, Event }))).Result;
}

type Case = readonly [pattern: string, detail: string, matches: boolean, localStack?: string];

/** Patterns are those of `detail`. */
const CASES: Readonly<Record<string, readonly Case[]>> = {
  'fields and values': [
    ['{"a":["x","y"]}', '{"a":"y"}', true],
    ['{"a":["x"],"b":["y"]}', '{"a":"x","b":"z"}', false],
    ['{"a":[null]}', '{"a":null}', true],
    ['{"a":[null]}', '{}', false],
    ['{"a":[""]}', '{"a":""}', true],
    ['{"a":[true]}', '{"a":1}', false, 'true is 1'],
    ['{"a":["1"]}', '{"a":1}', false],
    ['{"a":[300]}', '{"a":300.0}', true],
    ['{"a":[300]}', '{"a":3.0e2}', true],
    ['{"a":["x"]}', '{"a":["w","x"]}', true],
    ['{"a.b":["x"]}', '{"a":{"b":"x"}}', true],
    ['{"__proto__":["x"]}', '{"a":"x"}', false],
    ['{"constructor":{"name":["Object"]}}', '{}', false],
  ],
  exists: [
    ['{"a":[{"exists":true}]}', '{"a":0}', true],
    ['{"a":[{"exists":true}]}', '{"a":null}', true],
    ['{"a":[{"exists":true}]}', '{"a":{"b":1}}', false],
    ['{"a":[{"exists":true}]}', '{"a":[]}', false],
    ['{"a":[{"exists":false}]}', '{}', true],
    ['{"a":[{"exists":false}]}', '{"a":{"b":1}}', true],
    ['{"a":[{"exists":false}]}', '{"a":[]}', true],
    ['{"l":{"a":[{"exists":false}]}}', '{"l":[{"a":1},{"b":1}]}', false, 'one element without it is enough'],
  ],
  texts: [
    ['{"a":[{"prefix":"eu-"}]}', '{"a":"eu-west"}', true],
    ['{"a":[{"prefix":""}]}', '{"a":1}', false],
    ['{"a":[{"prefix":{"equals-ignore-case":"EU-"}}]}', '{"a":"eu-west"}', true],
    ['{"a":[{"suffix":".png"}]}', '{"a":"x.PNG"}', false],
    ['{"a":[{"suffix":{"equals-ignore-case":".png"}}]}', '{"a":"x.PNG"}', true],
    ['{"a":[{"equals-ignore-case":"Alice"}]}', '{"a":"ALICE"}', true],
    ['{"a":[{"wildcard":"a*c"}]}', '{"a":"ac"}', true, 'a * stands for one character at least'],
    ['{"a":[{"wildcard":"a*c"}]}', '{"a":"a\\nbc"}', true, 'a * ends with the line'],
    ['{"a":[{"wildcard":"a\\\\*c"}]}', '{"a":"a*c"}', true, 'an escaped * is not found'],
    ['{"a":[{"wildcard":"a\\\\*c"}]}', '{"a":"abc"}', false],
  ],
  numbers: [
    ['{"a":[{"numeric":[">",0,"<=",5]}]}', '{"a":5}', true],
    ['{"a":[{"numeric":[">",0,"<=",5]}]}', '{"a":0}', false],
    ['{"a":[{"numeric":["=",3]}]}', '{"a":"3"}', false],
    ['{"a":[{"numeric":["=",0]}]}', '{"a":-0}', true],
    ['{"a":[{"cidr":"10.0.0.0/24"}]}', '{"a":"10.0.0.255"}', true],
    ['{"a":[{"cidr":"10.0.0.0/24"}]}', '{"a":"10.0.1.0"}', false],
    ['{"a":[{"cidr":"10.0.0.7/24"}]}', '{"a":"10.0.0.1"}', true, 'the pattern is refused'],
  ],
  'anything-but': [
    ['{"a":[{"anything-but":["x","y"]}]}', '{"a":"z"}', true],
    ['{"a":[{"anything-but":["x","y"]}]}', '{"a":"x"}', false],
    ['{"a":[{"anything-but":"x"}]}', '{}', false],
    ['{"a":[{"anything-but":"x"}]}', '{"a":null}', true],
    ['{"a":[{"anything-but":"x"}]}', '{"a":1}', true],
    ['{"a":[{"anything-but":"x"}]}', '{"a":["x","y"]}', true],
    ['{"a":[{"anything-but":{"prefix":"x"}}]}', '{"a":"xy"}', false],
    ['{"a":[{"anything-but":{"suffix":["x","y"]}}]}', '{"a":"ay"}', false],
    ['{"a":[{"anything-but":{"equals-ignore-case":["X"]}}]}', '{"a":"x"}', false],
    ['{"a":[{"anything-but":{"wildcard":"*/lib/*"}}]}', '{"a":"a/lib/b"}', false],
  ],
  'alternatives and lists of objects': [
    ['{"$or":[{"a":["x"]},{"b":["y"]}]}', '{"b":"y"}', true],
    ['{"$or":[{"a":["x"]},{"b":["y"]}],"c":["z"]}', '{"b":"y"}', false],
    ['{"l":{"a":[1],"b":[2]}}', '{"l":[{"a":1,"b":2}]}', true],
    ['{"l":{"a":[1],"b":[2]}}', '{"l":[{"a":1},{"b":2}]}', false, 'its fields are found in different elements'],
    ['{"l":{"a":[1]},"m":{"b":[2]}}', '{"l":[{"a":1}],"m":[{"b":1},{"b":2}]}', true],
  ],
};

for (const [group, cases] of Object.entries(CASES)) {
  describe(group, () => {
    for (const [pattern, detail, matches, localStack] of cases) {
      semantics(`${pattern} ${matches ? 'matches' : 'does not match'} ${detail}`, async () => {
        expect(await judge(`{"detail":${pattern}}`, detail)).toBe(matches);
      }, localStack);
    }
  });
}

describe('a pattern is refused', () => {
  const refused: readonly (readonly [pattern: string, reason: string, localStack?: string])[] = [
    ['{"source":"x"}', '"source" must be an object or an array'],
    ['{"source":[]}', 'Empty arrays are not allowed'],
    ['{"source":[{"prefix":1}]}', 'prefix match pattern must be a string'],
    ['{"source":[{"sounds-like":"x"}]}', 'Unrecognized match type sounds-like'],
    ['{"source":[["x"]]}', 'Match value must be String, number, true, false, or null'],
    ['{"source":[{"wildcard":"a**b"}]}', 'Consecutive wildcard characters at pos 2'],
    ['{"detail":{"n":[{"numeric":[">",5,"<",1]}]}}', 'Bottom must be less than top'],
    ['{"source":[{"anything-but":[]}]}', 'Inside anything but list, either all values are number or string, mixed type is not supported', 'it is taken'],
    ['no JSON', "Unrecognized token 'no'", 'in other words'],
  ];
  for (const [pattern, reason, localStack] of refused) {
    semantics(pattern, async () => {
      await expect(aws.events.send(new TestEventPatternCommand({ EventPattern: pattern, Event: JSON.stringify({ ...event, detail: {} }) }))).rejects.toMatchObject({
        name: 'InvalidEventPatternException', message: expect.stringContaining(reason),
      });
    }, localStack);
  }
});
