/** The build of the dashboard: one page under /dashboard/, views loaded when they are opened, nothing inline (the CSP allows none). */
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  base: '/dashboard/',
  plugins: [react()],
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, modulePreload: { polyfill: false }, target: 'es2024', reportCompressedSize: false },
});
