// A library without a build of its own: its users compile against this source, so a change here rebuilds them all.
export type Celsius = number & { readonly unit: "celsius" };
export type Reading = { readonly station: string; readonly day: number; readonly value: Celsius };
