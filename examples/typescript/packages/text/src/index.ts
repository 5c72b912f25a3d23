import { mean, median, readings } from "@example/core";

export function summary(station: string): string {
  const values = readings.filter((r) => r.station === station).map((r) => r.value);
  return `${station}: mean ${mean(values).toFixed(1)}, median ${median(values).toFixed(1)}`;
}
