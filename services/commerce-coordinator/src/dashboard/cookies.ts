/**
 * The cookies of the dashboard. Under https their names have the prefix `__Host-`, so that browsers take them from this host alone and
 * over https alone; on this machine over http their names have the port, for cookies are shared among ports.
 */

export interface Cookie {
  readonly name: string;
  /** The value in the header Cookie; undefined when it is not there, or there twice. */
  read(header: string | undefined): string | undefined;
  /** The header Set-Cookie. */
  set(value: string, maxAgeSeconds: number): string;
  /** The header Set-Cookie that takes it away. */
  clear(): string;
}

/** `value`: what a value looks like; another one is passed over. */
export function cookie(name: string, publicUrl: string, value: RegExp): Cookie {
  const { protocol, port } = new URL(publicUrl);
  const isSecure = protocol === 'https:';
  const full = isSecure ? `__Host-${name}` : `${name}-${port || '80'}`;
  const attributes = `Path=/; HttpOnly; SameSite=Lax${isSecure ? '; Secure' : ''}`;
  return {
    name: full,
    read(header = '') {
      const found = header.split(';').map((pair) => pair.trim()).filter((pair) => pair.startsWith(`${full}=`)).map((pair) => pair.slice(full.length + 1));
      return found.length === 1 && found[0] !== undefined && value.test(found[0]) ? found[0] : undefined;
    },
    set: (content, maxAgeSeconds) => `${full}=${content}; Max-Age=${maxAgeSeconds}; ${attributes}`,
    clear: () => `${full}=; Max-Age=0; ${attributes}`,
  };
}
