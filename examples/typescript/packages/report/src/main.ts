#!/usr/bin/env node
import { chart } from "@example/chart";
import { readings } from "@example/core";
import { summary } from "@example/text";

declare const console: { log(line: string): void };

for (const station of new Set(readings.map((r) => r.station))) {
  console.log(summary(station));
  console.log(chart(station));
}
