// Written by `python -m clients.generate` from the schema and the documents; not by hand.

export const APPLY_CART_OPERATIONS = `\
# The cart itself is not asked for: who follows it has it already on the way.
mutation ApplyCartOperations($key: String!, $operations: [OperationEnvelope!]!, $device: String) {
  applyCartOperations(input: { key: $key, operations: $operations, device: $device }) {
    applied
    cart {
      version
    }
    problems {
      code
      message
      path
    }
  }
}
`;

export const CART_CHANGED = `\
subscription CartChanged($key: String!, $after: String) {
  cartChanged(key: $key, after: $after) {
    kind
    cursor
    by
    what
    cart {
      id
      channel
      version
      changedAt
      lines {
        id
        quantity
        product {
          sku
          title
        }
      }
      codes
      quote {
        total {
          gross {
            amount
            currency
          }
        }
        notices {
          code
          message
          lineId
        }
      }
    }
  }
}
`;

export const CREATE_CART = `\
mutation CreateCart($idempotencyKey: String!) {
  createCart(input: { idempotencyKey: $idempotencyKey }) {
    key
    problems {
      code
      message
      path
    }
  }
}
`;

export interface AddLineInput {
  lineId?: string | null;
  sku: string;
  quantity: string;
  configurationId?: string | null;
}

export interface SetQuantityInput {
  lineId: string;
  quantity: string;
}

export interface RemoveLineInput {
  lineId: string;
}

export interface MoveLineInput {
  lineId: string;
  after?: string | null;
}

export interface SetNoteInput {
  lineId?: string | null;
  text: string;
}

export type AddressKind = "DELIVERY" | "BILLING";

export interface AddressInput {
  country: string;
  name?: string;
  company?: string;
  lines?: Array<string>;
  postalCode?: string;
  city?: string;
  region?: string;
  phone?: string;
}

export interface SetAddressInput {
  kind: AddressKind;
  address?: AddressInput | null;
}

export interface SetContactInput {
  email?: string | null;
}

export interface SetDeliveryInput {
  method?: string | null;
  store?: string | null;
}

export interface SetPaymentInput {
  kind?: string | null;
}

export interface ChooseGiftInput {
  promotion: string;
  sku?: string | null;
}

export interface SetChannelInput {
  channel: string;
}

export interface UndoInput {
  operation: string;
}

export type CartOperationInput =
  | { addLine: AddLineInput }
  | { setQuantity: SetQuantityInput }
  | { removeLine: RemoveLineInput }
  | { moveLine: MoveLineInput }
  | { setNote: SetNoteInput }
  | { addCode: string }
  | { removeCode: string }
  | { setAddress: SetAddressInput }
  | { setContact: SetContactInput }
  | { setDelivery: SetDeliveryInput }
  | { setPayment: SetPaymentInput }
  | { chooseGift: ChooseGiftInput }
  | { setChannel: SetChannelInput }
  | { undo: UndoInput };

export interface OperationEnvelope {
  id: string;
  at?: string | null;
  operation: CartOperationInput;
}

export interface ApplyCartOperationsCart {
  version: number;
}

export interface ApplyCartOperationsProblems {
  code: string;
  message: string;
  path: Array<string>;
}

export interface ApplyCartOperations {
  applied: Array<string>;
  cart: ApplyCartOperationsCart | null;
  problems: Array<ApplyCartOperationsProblems>;
}

export interface ApplyCartOperationsData {
  applyCartOperations: ApplyCartOperations;
}

export type ChangeKind = "SNAPSHOT" | "CHANGE" | "RESYNC";

export interface CartChangedCartLinesProduct {
  sku: string;
  title: string | null;
}

export interface CartChangedCartLines {
  id: string;
  quantity: string;
  product: CartChangedCartLinesProduct;
}

export interface CartChangedCartQuoteTotalGross {
  amount: string;
  currency: string;
}

export interface CartChangedCartQuoteTotal {
  gross: CartChangedCartQuoteTotalGross;
}

export interface CartChangedCartQuoteNotices {
  code: string;
  message: string;
  lineId: string | null;
}

export interface CartChangedCartQuote {
  total: CartChangedCartQuoteTotal;
  notices: Array<CartChangedCartQuoteNotices>;
}

export interface CartChangedCart {
  id: string;
  channel: string;
  version: number;
  changedAt: string | null;
  lines: Array<CartChangedCartLines>;
  codes: Array<string>;
  quote: CartChangedCartQuote | null;
}

export interface CartChanged {
  kind: ChangeKind;
  cursor: string;
  by: string | null;
  what: Array<string>;
  cart: CartChangedCart;
}

export interface CartChangedData {
  cartChanged: CartChanged;
}

export interface CreateCartProblems {
  code: string;
  message: string;
  path: Array<string>;
}

export interface CreateCart {
  key: string | null;
  problems: Array<CreateCartProblems>;
}

export interface CreateCartData {
  createCart: CreateCart;
}
