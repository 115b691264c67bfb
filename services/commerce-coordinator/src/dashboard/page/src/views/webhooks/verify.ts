/** A few lines that verify a delivery, to be put into a receiver. The longer form, which checks the time too, is in the guide. Pure. */
export interface Snippet {
  readonly language: string;
  readonly code: string;
}

/** The secret is read from the environment as WEBHOOK_SECRET; `raw` or `body` is the body as it came, byte for byte. */
export const SNIPPETS: readonly Snippet[] = [
  {
    language: 'Node',
    code: `import { createHmac, timingSafeEqual } from 'node:crypto';
export function isGenuine(headers, raw, secret = process.env.WEBHOOK_SECRET) {
  const key = secret.startsWith('whsec_') ? Buffer.from(secret.slice(6), 'base64') : Buffer.from(secret);
  const expected = 'v1,' + createHmac('sha256', key).update(\`\${headers['webhook-id']}.\${headers['webhook-timestamp']}.\`).update(raw).digest('base64');
  return (headers['webhook-signature'] ?? '').split(' ').some((one) => one.length === expected.length && timingSafeEqual(Buffer.from(one), Buffer.from(expected)));
}`,
  },
  {
    language: 'Python',
    code: `import base64, hashlib, hmac, os
def is_genuine(headers, raw, secret=os.environ.get("WEBHOOK_SECRET", "")):
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    signed = f'{headers["webhook-id"]}.{headers["webhook-timestamp"]}.'.encode() + raw
    expected = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return any(hmac.compare_digest(one, expected) for one in headers["webhook-signature"].split(" "))`,
  },
  {
    language: 'Go',
    code: `func isGenuine(h http.Header, raw []byte, secret string) bool {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || !strings.HasPrefix(secret, "whsec_") { key = []byte(secret) }
	mac := hmac.New(sha256.New, key)
	mac.Write(append([]byte(h.Get("webhook-id")+"."+h.Get("webhook-timestamp")+"."), raw...))
	return slices.ContainsFunc(strings.Fields(h.Get("webhook-signature")), func(one string) bool { return hmac.Equal([]byte(one), []byte("v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))) })
}`,
  },
  {
    language: 'Shell',
    code: `# A delivery that was kept: body.json as it came, and its headers webhook-id, -timestamp and -signature as ID, TIMESTAMP and SIGNATURE.
key=$(printf %s "\${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
expected=v1,$( { printf '%s.%s.' "$ID" "$TIMESTAMP"; cat body.json; } | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 -w0)
case " $SIGNATURE " in *" $expected "*) echo genuine ;; *) echo "not genuine"; exit 1 ;; esac`,
  },
];

/** The body, signed as a delivery is, to try a receiver from a shell. */
export function trySnippet(url: string): Snippet {
  return {
    language: 'curl',
    code: `# Sends a signed message to your receiver, as a delivery comes.
body='{"id":"try-1","event":"webhook.test","created":"'$(date -u +%FT%TZ)'","data":{}}' now=$(date +%s)
key=$(printf %s "\${WEBHOOK_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \\n')
signature=v1,$(printf '%s.%s.%s' try-1 "$now" "$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64 -w0)
curl -i '${url.replaceAll("'", '%27')}' -H 'content-type: application/json' -H "webhook-id: try-1" -H "webhook-timestamp: $now" -H "webhook-signature: $signature" --data-raw "$body"`,
  };
}
