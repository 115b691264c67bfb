/** What is used of the generator, which brings no types. */
declare module '@11ty/eleventy' {
  export default class Eleventy {
    constructor(input: string, output: string, options: { readonly configPath: string; readonly quietMode: boolean });
    write(): Promise<void>;
  }
}
declare module '@11ty/eleventy-plugin-syntaxhighlight' {
  const plugin: unknown;
  export default plugin;
}
