/** Tailwind is the only style tool. */
const config = { plugins: { "@tailwindcss/postcss": {} } };
export default config;
