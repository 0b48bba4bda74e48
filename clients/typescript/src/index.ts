// A cart on a device that is not always online: what the shopper does counts at once here and reaches the shop later.
export { Cart, type Options } from "./cart.js";
export type { Line } from "./fold.js";
export { Rejected } from "./gateway.js";
export type { CartOperationInput, OperationEnvelope } from "./schema.js";
export type { Refusal } from "./state.js";
export { MemoryStorage, WebStorage, type Storage } from "./storage.js";
export type { View } from "./view.js";
