// What operations make of single numbers, and the derivative by each of them, as TensorFlow's gradient functions
// have it.

import type { Attributes } from "./model.ts";

/** Returns the value, and behind it the derivative by each input. */
export type Rule = (inputs: number[], attributes: Attributes) => [value: number, ...locals: number[]];

type One = (x: number) => [number, number];
type Two = (x: number, y: number) => [number, number, number];

const sigmoid = (x: number) => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const ONE: Record<string, One> = {
  Abs: (x) => [Math.abs(x), Math.sign(x)],
  Acos: (x) => [Math.acos(x), -1 / Math.sqrt(1 - x * x)],
  Asin: (x) => [Math.asin(x), 1 / Math.sqrt(1 - x * x)],
  Atan: (x) => [Math.atan(x), 1 / (1 + x * x)],
  Acosh: (x) => [Math.acosh(x), 1 / Math.sqrt(x * x - 1)],
  Asinh: (x) => [Math.asinh(x), 1 / Math.sqrt(x * x + 1)],
  Atanh: (x) => [Math.atanh(x), 1 / (1 - x * x)],
  Cos: (x) => [Math.cos(x), -Math.sin(x)],
  Cosh: (x) => [Math.cosh(x), Math.sinh(x)],
  Elu: (x) => [x > 0 ? x : Math.expm1(x), x > 0 ? 1 : Math.exp(x)],
  Exp: (x) => [Math.exp(x), Math.exp(x)],
  Expm1: (x) => [Math.expm1(x), Math.exp(x)],
  Inv: (x) => [1 / x, -1 / (x * x)],
  Log: (x) => [Math.log(x), 1 / x],
  Log1p: (x) => [Math.log1p(x), 1 / (1 + x)],
  Neg: (x) => [-x, -1],
  Reciprocal: (x) => [1 / x, -1 / (x * x)],
  Relu: (x) => [Math.max(x, 0), Number(x > 0)],
  Relu6: (x) => [Math.min(Math.max(x, 0), 6), Number(x > 0 && x < 6)],
  Rsqrt: (x) => [1 / Math.sqrt(x), -0.5 / (x * Math.sqrt(x))],
  Selu: (x) => [
    x > 0 ? 1.0507009873554805 * x : 1.7580993408473768 * Math.expm1(x),
    x > 0 ? 1.0507009873554805 : 1.7580993408473768 * Math.exp(x),
  ],
  Sigmoid: (x) => [sigmoid(x), sigmoid(x) * (1 - sigmoid(x))],
  Sign: (x) => [Math.sign(x), 0],
  Sin: (x) => [Math.sin(x), Math.cos(x)],
  Sinh: (x) => [Math.sinh(x), Math.cosh(x)],
  Softplus: (x) => [softplus(x), sigmoid(x)],
  Softsign: (x) => [x / (1 + Math.abs(x)), 1 / (1 + Math.abs(x)) ** 2],
  Sqrt: (x) => [Math.sqrt(x), 0.5 / Math.sqrt(x)],
  Square: (x) => [x * x, 2 * x],
  Tan: (x) => [Math.tan(x), 1 / Math.cos(x) ** 2],
  Tanh: (x) => [Math.tanh(x), 1 - Math.tanh(x) ** 2],
};

const TWO: Record<string, Two> = {
  Add: (x, y) => [x + y, 1, 1],
  AddV2: (x, y) => [x + y, 1, 1],
  Atan2: (y, x) => [Math.atan2(y, x), x / (x * x + y * y), -y / (x * x + y * y)],
  Div: (x, y) => [x / y, 1 / y, -x / (y * y)],
  DivNoNan: (x, y) => (y ? [x / y, 1 / y, -x / (y * y)] : [0, 0, 0]),
  Maximum: (x, y) => [Math.max(x, y), Number(x >= y), Number(x < y)],
  Minimum: (x, y) => [Math.min(x, y), Number(x <= y), Number(x > y)],
  Mul: (x, y) => [x * y, y, x],
  Pow: (x, y) => [x ** y, y * x ** (y - 1), x > 0 ? Math.log(x) * x ** y : 0],
  RealDiv: (x, y) => [x / y, 1 / y, -x / (y * y)],
  SquaredDifference: (x, y) => [(x - y) ** 2, 2 * (x - y), -2 * (x - y)],
  Sub: (x, y) => [x - y, 1, -1],
};

export const RULES = new Map<string, Rule>([
  ...Object.entries(ONE).map(([name, rule]): [string, Rule] => [name, ([x]) => rule(x)]),
  ...Object.entries(TWO).map(([name, rule]): [string, Rule] => [name, ([x, y]) => rule(x, y)]),
  ["AddN", (inputs) => [inputs.reduce((sum, x) => sum + x, 0), ...inputs.map(() => 1)]],
  [
    "LeakyRelu",
    ([x], { alpha }) => {
      const slope = typeof alpha === "number" ? alpha : 0.2;
      return [x > 0 ? x : slope * x, x > 0 ? 1 : slope];
    },
  ],
]);

/** What leaves a single number as it is: a sum over it, another shape, reading a variable. */
export const SAME = new Map<string, Rule>(
  [
    ...["Identity", "ReadVariableOp", "Snapshot", "StopGradient", "PreventGradient"],
    ...["Sum", "Mean", "Prod", "Max", "Min", "Reshape", "ExpandDims", "Squeeze", "Cast"],
  ].map((name): [string, Rule] => [name, ([x]) => [x, 1]]),
);

/** What draws at random: the draw is kept. */
export const DRAWS = new Set(["RandomUniform", "RandomStandardNormal", "TruncatedNormal"]);
