import type { Celsius, Reading } from "@example/units";

export const celsius = (value: number): Celsius => value as Celsius;

export const readings: readonly Reading[] = ["Oslo", "Lima", "Pune"].flatMap((station, i) =>
  [1, 2, 3, 4].map((day) => ({ station, day, value: celsius(((i + 2) * 7 + day * 3) % 31) })),
);

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);
}

export { median } from "./median.js";
