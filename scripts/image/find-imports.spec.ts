import { expect, it } from 'vitest';
import { findImports } from './find-imports.ts';

it('finds what a bundle takes from elsewhere, and nothing of Node or of the bundle', () => {
  const code = `import { a } from "./chunk-1.js";
import fs from "node:fs";
import path from "path";
import sodium from "sodium-native";
import { hash } from "@node-rs/argon2";
import "side-effects/sub/path.js";
export { x } from "exported";
const y = __require("lz4-napi");
const z = await import("dynamic");
// import ajv from "ajv" in a comment
const text = 'const x = require("fastify") from "fastify"';`;
  expect(findImports(code)).toEqual([
    '@node-rs/argon2',
    'dynamic',
    'exported',
    'lz4-napi',
    'side-effects',
    'sodium-native',
  ]);
});
