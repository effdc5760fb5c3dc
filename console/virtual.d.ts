// Modules that vite.config.ts makes.

declare module 'virtual:figures.css' {}
