// What the modules ask of a browser when they are loaded.
const media = { matches: false, addEventListener: () => undefined };
Object.assign(globalThis, { document: { documentElement: { dataset: {} }, createTreeWalker: () => ({}), createComment: () => ({}) }, matchMedia: () => media, location: { search: "" } });
Object.defineProperty(globalThis, "navigator", { value: { languages: ["en"] }, configurable: true });
export {};
