// Modules that vite.config.ts makes.

declare module 'virtual:figures.css' {}

declare module 'virtual:glossary' {
  export const glossary: Readonly<Record<import('./glossary/terms.ts').Term, string>>;
}
