/** Why a client may not come in. The message is the answer that it gets. */
export class Refusal extends Error {
  /** Always `"Refusal"`. */
  override readonly name = "Refusal";
}
