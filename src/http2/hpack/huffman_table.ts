/** The symbol that ends no string and may be in none (RFC 7541 §5.2). */
export const EOS = 256;

/** 257 symbols make 256 inner nodes, 0 to 255; this one has no way out. */
const DEAD_NODE = 256;

/**
 * Length in bits of each symbol's code, EOS last. The codes of RFC 7541
 * appendix B are canonical, so the lengths are the whole table. Here one
 * base-32 digit per octet, 32 octets per line.
 */
export const CODE_LENGTHS: Uint8Array = parseLengths(
  "dnsssssssoussussssssssusssssssss" +
    "6aacd68baa8b8666555666666678f6ca" +
    "d67777777777777777777777878djde6" +
    "f56565666577666567655677777fbeds" +
    "kmkkmmmnmnnnnnonoomnonnnnlmnmnno" +
    "mlkmmnnlnmmolmnnllmlnmnnkmmmnmmn" +
    "qqkjmnmpqqqrrqopjlqrrqrollqqsrrr" +
    "koklmllnmmppooqnqrqqrrrrrsrrrrrq",
);

/** Each symbol's code, in the low bits. */
export const CODES: Uint32Array = assignCodes(CODE_LENGTHS);

/**
 * The decoder as a state machine that eats four bits a step. A state is an
 * inner node of the code tree, and owns the row of 16 entries that starts at
 * `16 * state`, one per nibble. An entry is `nextRow << 9 | emits << 8 |
 * symbol`; as no code has fewer than five bits, a step ends at most one.
 */
export const TRANSITIONS: Int32Array = buildTransitions(buildTree());

/**
 * A string may end in rows up to this one: they are zero to seven one-bits
 * past the last symbol, all the padding that RFC 7541 §5.2 allows.
 */
export const LAST_ACCEPTING_ROW: number = 16 * 7;

function parseLengths(digits: string): Uint8Array {
  const lengths = new Uint8Array(EOS + 1);
  for (let i = 0; i < EOS; i++) lengths[i] = parseInt(digits[i], 32);
  lengths[EOS] = 30;
  return lengths;
}

/** Canonical: shorter codes first, equal lengths in order of symbols. */
function assignCodes(lengths: Uint8Array): Uint32Array {
  const counts = new Uint32Array(32);
  for (const length of lengths) counts[length]++;
  const next = new Uint32Array(32);
  for (let length = 1; length < 31; length++) {
    next[length + 1] = (next[length] + counts[length]) << 1;
  }
  const codes = new Uint32Array(lengths.length);
  for (let i = 0; i < codes.length; i++) codes[i] = next[lengths[i]]++;
  return codes;
}

/**
 * Two branches per inner node: another node's number, or `~symbol`. EOS, all
 * ones, goes in first, so that a node reached by n ones alone has number n.
 */
function buildTree(): Int16Array {
  const tree = new Int16Array(2 * (DEAD_NODE + 1));
  let nodes = 1;
  for (let symbol = EOS; symbol >= 0; symbol--) {
    const code = CODES[symbol];
    let branch = 0;
    for (let bit = CODE_LENGTHS[symbol] - 1; bit > 0; bit--) {
      branch += code >>> bit & 1;
      if (tree[branch] === 0) tree[branch] = nodes++;
      branch = 2 * tree[branch];
    }
    tree[branch + (code & 1)] = symbol === EOS ? DEAD_NODE : ~symbol;
  }
  tree.fill(DEAD_NODE, 2 * DEAD_NODE);
  return tree;
}

function buildTransitions(tree: Int16Array): Int32Array {
  const transitions = new Int32Array(8 * tree.length);
  for (let i = 0; i < transitions.length; i++) {
    let node = i >>> 4;
    let emitted = 0;
    for (let bit = 3; bit >= 0; bit--) {
      node = tree[2 * node + (i >>> bit & 1)];
      if (node >= 0) continue;
      emitted = 1 << 8 | ~node;
      node = 0;
    }
    transitions[i] = 16 * node << 9 | emitted;
  }
  return transitions;
}
