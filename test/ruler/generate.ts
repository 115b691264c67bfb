/**
 * Makes patterns and events, many of them at the edges of what EventBridge promises: nested arrays, dots in keys, numbers that no
 * double spells, addresses, letters whose case is odd, choices within choices, and patterns that are not valid. The same seed
 * makes the same cases. Most patterns are made from leaves of their event, so that about half of the valid ones match.
 */
export interface Case {
  readonly pattern: string;
  readonly event: string;
}

type Json = { readonly members: [string, Json][] } | { readonly items: Json[] } | { readonly text: string };
interface LeafAt {
  readonly keys: readonly string[];
  readonly text: string;
}

const KEYS = ['a', 'b', 'c', 'd', 'e', 'a', 'b', 'c', 'a.b', 'b.c', 'a-b', 'é', '__proto__', 'constructor', 'length', 'prefix', ''];
const STRINGS = [
  '', 'a', 'ab', 'abc', 'ABC', 'aBc', 'xabcy', 'abab', 'ababab', 'a*b', 'a\\b', 'a"', '"a', 'a"b', '1', '1.0', 'true', 'null',
  '10.0.0.1', '10.0.0.01', '10.0.0.200', '10.0.1.1', '192.168.0.1', '300.0.0.1', '10.0.0', '::1', '0:0:0:0:0:0:0:1', '2001:db8::1',
  '2001:DB8:0:0:0:0:0:1', '2001:db8:1::', '::ffff:a00:1', '12:30', 'É', 'é', 'ß', 'SS', 'ss', 'ſ', 's', '\u212a', 'k', 'K', 'ǅ', 'ǆ', 'İ', 'i', 'ς', 'Σ', 'σ',
  '😀', '😀x', 'x😀', 'line\nbreak', '/usr/lib/x.png', 'dir/a.PNG', 'order.placed', 'Order.Placed',
];
const NUMBERS = [
  '0', '-0', '0.0', '-0.0', '1', '1.0', '10e-1', '1E0', '-1', '-1.5', '2', '5', '5.0', '300', '300.0', '3.0e2', '0.1', '0.10', '100', '1e22', '1e-7',
  '9007199254740992', '9007199254740993', '-9007199254740993', '123456789012345680', '123456789012345678', '0.12345678901234567', '0.1234567890123456789',
  '1e400', '-1e400', '1e-400', '5.00000000000000000000001',
];
const PLAIN = ['true', 'false', 'null'];
const CIDRS = ['10.0.0.0/24', '10.0.0.5/24', '10.0.0.0/31', '192.168.0.0/16', '2001:db8::/64', '2001:db8::1/127', '::/96'];
const WRONG = ['null', '5', '"x"', '[]', '{}', '["x"]', '[5]', '[null]', 'true', '{"prefix":"x"}', '{"equals-ignore-case":5}', '""', '[{"prefix":"x"}]', '["x",5]', '1e400', '[1e400]'];
const OPERATORS = ['prefix', 'suffix', 'equals-ignore-case', 'anything-but', 'numeric', 'cidr', 'wildcard', 'exists', 'exactly'];

/** Makes as many cases as are taken from it. */
export function* casesOf(seed: number): Generator<Case, never> {
  const random = randomOf(seed);
  for (;;) yield new Maker(random).makeCase();
}

function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

class Maker {
  readonly #random: () => number;
  readonly #leaves: LeafAt[] = [];

  constructor(random: () => number) {
    this.#random = random;
  }

  makeCase(): Case {
    const event = this.#object(0, []);
    let pattern = textOf(this.#pattern(), this.#chance(0.1) ? this.#one([' : ', ':\n', ':\t', ':\r\n ']) : ':');
    if (this.#chance(0.06)) pattern = this.#damaged(pattern);
    return { pattern, event: textOf(event) };
  }

  #chance(probability: number): boolean {
    return this.#random() < probability;
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)] as Item;
  }

  #object(depth: number, above: readonly string[]): Json {
    const members: [string, Json][] = [];
    for (let left = 1 + this.#below(4); left > 0; left -= 1) {
      const key = this.#one(KEYS);
      if (members.some(([known]) => known === key) && !this.#chance(0.1)) continue;
      members.push([key, this.#value(depth + 1, [...above, key])]);
    }
    return { members };
  }

  #value(depth: number, keys: readonly string[]): Json {
    const kind = this.#random();
    if (depth < 4 && kind < 0.3) return this.#object(depth, keys);
    if (depth < 5 && kind < 0.55) return { items: Array.from({ length: this.#below(4) }, () => this.#value(depth + 1, keys)) };
    const leaf = this.#leaf();
    this.#leaves.push({ keys, text: leaf });
    return { text: leaf };
  }

  #leaf(): string {
    const kind = this.#random();
    if (kind < 0.6) return JSON.stringify(this.#one(STRINGS));
    return kind < 0.85 ? this.#one(NUMBERS) : this.#one(PLAIN);
  }

  #pattern(): Json {
    if (this.#chance(0.01)) return this.#one<Json>([{ text: '5' }, { text: '"x"' }, { items: [] }, { members: [] }, { text: 'null' }]);
    const members: [string, Json][] = [];
    for (let left = 1 + this.#below(3); left > 0; left -= 1) this.#put(members, this.#field());
    if (this.#chance(0.15)) members.splice(this.#below(members.length + 1), 0, ['$or', this.#or(0)]);
    return { members };
  }

  #or(depth: number): Json {
    if (this.#chance(0.04)) return this.#one<Json>([{ text: '"x"' }, { items: [] }, { items: [{ text: '5' }, { text: '6' }] }, { members: [['a', { text: '[1]' }]] }]);
    const items = Array.from({ length: this.#chance(0.06) ? 1 : 2 + this.#below(2) }, (): Json => {
      const members: [string, Json][] = [];
      for (let left = this.#chance(0.04) ? 0 : 1 + this.#below(2); left > 0; left -= 1) this.#put(members, this.#field());
      if (depth < 2 && this.#chance(0.15)) members.push(['$or', this.#or(depth + 1)]);
      if (this.#chance(0.02)) members.push([this.#one(OPERATORS), { text: '["x"]' }]);
      return { members };
    });
    return { items };
  }

  /** The keys of a field and its list of values. */
  #field(): [readonly string[], Json] {
    const leaf = this.#leaves.length > 0 && this.#chance(0.8) ? this.#one(this.#leaves) : undefined;
    let keys = leaf?.keys ?? Array.from({ length: 1 + this.#below(3) }, () => this.#one(KEYS));
    if (leaf === undefined && this.#leaves.length > 0 && this.#chance(0.5)) keys = [...this.#one(this.#leaves).keys.slice(0, -1), this.#one(KEYS)];
    if (this.#chance(0.02)) return [keys, { text: this.#one(['5', '"x"', 'null', '{}', '[[1]]', '[]']) }];
    const wanted = leaf !== undefined && this.#chance(0.85) ? leaf.text : undefined;
    const values = Array.from({ length: this.#chance(0.75) ? 1 : 2 + this.#below(2) }, (_, at) => this.#matcher(at === 0 ? wanted : undefined));
    return [keys, { items: values.map((text) => ({ text })) }];
  }

  #put(members: [string, Json][], [keys, values]: [readonly string[], Json]): void {
    const [first = '', ...rest] = keys;
    if (rest.length === 0) {
      members.push([first, values]);
      return;
    }
    if (this.#chance(0.2)) return this.#put(members, [[`${first}.${rest[0]}`, ...rest.slice(1)], values]);
    const known = members.find(([name, value]) => name === first && 'members' in value)?.[1];
    const below = known !== undefined && 'members' in known && !this.#chance(0.1) ? known : { members: [] };
    if (below !== known) members.push([first, below]);
    this.#put(below.members, [rest, values]);
  }

  /** One value of a list, often one that the leaf matches. */
  #matcher(leaf: string | undefined): string {
    const kind = this.#random();
    const any = leaf ?? this.#leaf();
    if (kind < 0.25) return any;
    if (kind < 0.32) return this.#one(['{"exists":true}', '{"exists":false}', '{"exists":false}']);
    if (kind < 0.35) return this.#wrong();
    const parsed: unknown = /^-?\d/.test(any) ? undefined : JSON.parse(any);
    if (parsed === undefined && kind < 0.75) return this.#numeric(any);
    const text = typeof parsed === 'string' ? parsed : this.#one(STRINGS);
    const cut = this.#below(text.length + 1);
    const whole = JSON.stringify(text);
    switch (this.#below(9)) {
      case 0: return `{"prefix":${JSON.stringify(text.slice(0, wholeCharacter(text, cut)))}}`;
      case 1: return `{"suffix":${JSON.stringify(text.slice(wholeCharacter(text, cut)))}}`;
      case 2: return `{"equals-ignore-case":${JSON.stringify(this.#recased(text))}}`;
      case 3: return `{"${this.#one(['prefix', 'suffix'])}":{"equals-ignore-case":${JSON.stringify(this.#recased(text))}}}`;
      case 4: return `{"wildcard":${JSON.stringify(this.#wildcard(text))}}`;
      case 5: return `{"cidr":"${this.#one(CIDRS)}"}`;
      case 6: return `{"exactly":${whole}}`;
      case 7: return `{"anything-but":${this.#one([any, whole, `[${whole}]`, `[${whole},"x"]`, '5', '[5,1.0,300]', this.#one(NUMBERS)])}}`;
      default: return `{"anything-but":${this.#butNested(text)}}`;
    }
  }

  #butNested(text: string): string {
    const affix = JSON.stringify(text.slice(0, wholeCharacter(text, 1 + this.#below(3))));
    switch (this.#below(4)) {
      case 0: return `{"prefix":${this.#one([affix, `[${affix},"zz"]`])}}`;
      case 1: return `{"suffix":${this.#one([affix, `["zz",${affix}]`, JSON.stringify(text)])}}`;
      case 2: return `{"equals-ignore-case":${this.#one([JSON.stringify(this.#recased(text)), `[${JSON.stringify(this.#recased(text))},"zz"]`])}}`;
      default: return `{"wildcard":${this.#one([JSON.stringify(this.#wildcard(text)), `[${JSON.stringify(this.#wildcard(text))},"z*"]`])}}`;
    }
  }

  #numeric(number: string): string {
    const other = this.#one(NUMBERS);
    return `{"numeric":${this.#one([
      `["=",${number}]`, `["<",${number}]`, `["<=",${number}]`, `[">",${number}]`, `[">=",${number}]`, `[">=",${number},"<",${other}]`, `[">",${other},"<=",${number}]`,
      `[">",-2,"<",400]`, '[">=",0,"<=",0.5]', `["=",${other}]`,
    ])}}`;
  }

  #recased(text: string): string {
    return [...text].map((char) => this.#one([char, char.toUpperCase(), char.toLowerCase()])).join('');
  }

  #wildcard(text: string): string {
    if (this.#chance(0.05)) return this.#one(['**', 'a**b', '\\', 'a\\b', '', '*', '*:*:*:*:*:event-bus/*', '*a*a*a*a*a*', '*ab*ab*ab*ab*', 'a\\*b']);
    let pattern = '';
    for (const char of text) {
      if (this.#chance(0.25) && !pattern.endsWith('*')) pattern += '*';
      if (this.#chance(0.3)) continue;
      pattern += char === '*' || char === '\\' ? `\\${char}` : char;
    }
    return this.#chance(0.5) && !pattern.endsWith('*') ? `${pattern}*` : pattern.replaceAll(/(?<!\\)\*\*+/g, '*');
  }

  #wrong(): string {
    const operator = this.#one(OPERATORS);
    return this.#one([
      `{"${operator}":${this.#one(WRONG)}}`, `{"anything-but":{"${operator}":${this.#one(WRONG)}}}`, `{"${this.#one(['prefix', 'suffix'])}":{"equals-ignore-case":${this.#one(WRONG)}}}`,
      `{"numeric":${this.#one(['["=","5"]', '["<"]', '[">",0,">",5]', '[">",5,"<",5]', '[">=",6,"<=",5]', '["!",5]', '[5]', '[">",0,"<",5,6]', '[">",0,5]', '["=",5,6]', '[true]', '[null]', '["<",1e400]', '["=",9007199254740993]'])}}`,
      `{"cidr":${this.#one(['"10.0.0.1"', '"10.0.0.1/x"', '"10.0.0.1/-1"', '"10.0.0.1/32"', '"2001:db8::1/128"', '"xx/8"', '"::1::/8"', '"/8"', '"10.0.0.256/8"', '"1/2/3"'])}}`,
      `{"${operator}":"x","prefix":"y"}`, '{"EXISTS":true}', '{"__proto__":true}', '{}', '[1]', '{"anything-but":{"prefix":"x","suffix":"y"}}',
      '{"prefix":{"equals-ignore-case":"x","y":1}}', '{"suffix":{"equals-ignore-case":"x"},"y":1}', '{"anything-but":["x",null]}', '{"anything-but":{"prefix":["x",""]}}',
    ]);
  }

  /** The text with one character taken out, put in or exchanged. */
  #damaged(text: string): string {
    const at = this.#below(text.length);
    return this.#one([text.slice(0, at) + text.slice(at + 1), text.slice(0, at), text.slice(0, at) + this.#one(['{', '}', '[', ']', ',', ':', '"', '0', 'x', "'", '.', '-']) + text.slice(at)]);
  }
}

/** Not within a surrogate pair: half a character is no text. */
function wholeCharacter(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text.charAt(at)) && /[\ud800-\udbff]/.test(text.charAt(at - 1)) ? at + 1 : at;
}

function textOf(json: Json, colon = ':'): string {
  if ('text' in json) return json.text;
  if ('items' in json) return `[${json.items.map((item) => textOf(item, colon)).join(',')}]`;
  return `{${json.members.map(([name, value]) => `${JSON.stringify(name)}${colon}${textOf(value, colon)}`).join(',')}}`;
}
