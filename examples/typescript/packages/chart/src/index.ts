import { readings } from "@example/core";
import type { Celsius } from "@example/units";

const bar = (value: Celsius): string => "#".repeat(value);

export function chart(station: string): string {
  return readings
    .filter((r) => r.station === station)
    .map((r) => `day ${r.day} ${bar(r.value)}`)
    .join("\n");
}
