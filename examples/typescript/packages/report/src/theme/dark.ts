export const background = "#101418";
