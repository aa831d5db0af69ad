// Text as a QR code (ISO/IEC 18004) for a screen: bytes, error correction L, versions 1 to 20. It is drawn on the phone,
// because it is wanted where there is no signal. `bulou.qr(text)` is a square of rows of 0 and 1, 1 for dark.
(() => {
  const CHECKS = [7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28]; // check bytes a block, by version
  const BLOCKS = [1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8];
  const LEVEL_L = 1;
  const MASKS = [
    (x, y) => (x + y) % 2, (x, y) => y % 2, (x) => x % 3, (x, y) => (x + y) % 3,
    (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2, (x, y) => ((x * y) % 2) + ((x * y) % 3),
    (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2, (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2,
  ];

  // Numbers ---------------------------------------------------------------------------------------

  const POWER = new Uint8Array(510), LOG = new Uint8Array(256);
  for (let n = 0, value = 1; n < 255; n += 1, value = value < 128 ? value << 1 : (value << 1) ^ 0x11d) {
    POWER[n] = POWER[n + 255] = value;
    LOG[value] = n;
  }
  const times = (a, b) => (a && b ? POWER[LOG[a] + LOG[b]] : 0);

  // (x - 1)(x - 2)(x - 4) … without its leading 1.
  function generator(degree) {
    let terms = [1];
    for (let n = 0; n < degree; n += 1) {
      const longer = [...terms, 0];
      terms.forEach((term, at) => { longer[at + 1] ^= times(term, POWER[n]); });
      terms = longer;
    }
    return terms.slice(1);
  }

  function checks(data, divisor) {
    const rest = new Uint8Array(data.length + divisor.length);
    rest.set(data);
    data.forEach((_, at) => {
      const factor = rest[at];
      divisor.forEach((term, n) => { rest[at + 1 + n] ^= times(term, factor); });
    });
    return rest.slice(data.length);
  }

  // The value followed by the remainder of its division, in binary without carries.
  function withRemainder(value, bits, divisor) {
    let rest = value << bits;
    for (let at = 31 - Math.clz32(rest); at >= bits; at = 31 - Math.clz32(rest)) rest ^= divisor << (at - bits);
    return (value << bits) | rest;
  }

  // From text to the bytes of the code --------------------------------------------------------------

  function alignments(version) {
    if (version === 1) return [];
    const count = Math.floor(version / 7) + 2;
    const step = 2 * Math.ceil((4 * version + 4) / (2 * count - 2));
    return [6, ...Array.from({ length: count - 1 }, (_, n) => 4 * version + 10 - (count - 2 - n) * step)];
  }

  function capacity(version) { // bytes of all kinds
    const count = alignments(version).length;
    const squares = count ? count * count - 3 : 0;
    const timing = 2 * (4 * version + 1);
    const shared = count ? 2 * (count - 2) * 5 : 0; // of those squares that lie on the timing lines
    const cells = (4 * version + 17) ** 2 - 3 * 64 - timing - 31 - 25 * squares + shared - (version > 6 ? 36 : 0);
    return Math.floor(cells / 8);
  }

  const room = (version) => capacity(version) - CHECKS[version - 1] * BLOCKS[version - 1];

  function smallest(bytes) {
    for (let version = 1; version <= CHECKS.length; version += 1) {
      if (bytes + (version < 10 ? 2 : 3) <= room(version)) return version;
    }
    throw new RangeError("too long for one code");
  }

  function framed(bytes, version) {
    const length = [12, 8, 4, 0].slice(version < 10 ? 2 : 0).map((shift) => bytes.length >> shift & 15);
    const halves = [4, ...length, ...[...bytes].flatMap((byte) => [byte >> 4, byte & 15]), 0];
    const data = Array.from({ length: Math.ceil(halves.length / 2) }, (_, n) => halves[2 * n] << 4 | (halves[2 * n + 1] ?? 0));
    while (data.length < room(version)) data.push(236, 17);
    return data.slice(0, room(version));
  }

  function interleaved(data, version) {
    const count = BLOCKS[version - 1];
    const long = data.length % count;
    const divisor = generator(CHECKS[version - 1]);
    const size = Math.floor(data.length / count);
    const blocks = Array.from({ length: count }, (_, n) => {
      const start = n * size + Math.max(0, n - (count - long));
      return data.slice(start, start + size + (n >= count - long ? 1 : 0));
    });
    const across = (lists) => Array.from({ length: Math.max(...lists.map(({ length }) => length)) }, (_, n) =>
      lists.filter((list) => n < list.length).map((list) => list[n])).flat();
    return [...across(blocks), ...across(blocks.map((block) => [...checks(Uint8Array.from(block), divisor)]))];
  }

  // The square --------------------------------------------------------------------------------------

  function frame(version) {
    const size = 4 * version + 17;
    const cells = Array.from({ length: size }, () => new Array(size).fill(null)); // null: free for data
    const square = (x, y, reach, light) => {
      for (let dy = -reach; dy <= reach; dy += 1) for (let dx = -reach; dx <= reach; dx += 1) {
        if (cells[y + dy]?.[x + dx] !== undefined) cells[y + dy][x + dx] = light.includes(Math.max(Math.abs(dx), Math.abs(dy))) ? 0 : 1;
      }
    };
    for (const [x, y] of [[3, 3], [size - 4, 3], [3, size - 4]]) square(x, y, 4, [2, 4]);
    const at = alignments(version);
    for (const y of at) for (const x of at) if (cells[y][x] === null) square(x, y, 2, [1]);
    for (let n = 8; n < size - 8; n += 1) cells[6][n] = cells[n][6] = (n + 1) % 2;
    if (version > 6) {
      const bits = withRemainder(version, 12, 0x1f25);
      for (let n = 0; n < 18; n += 1) {
        const [far, near] = [size - 11 + (n % 3), Math.floor(n / 3)];
        cells[near][far] = cells[far][near] = bits >> n & 1;
      }
    }
    writeFormat(cells, 0);
    return cells;
  }

  function writeFormat(cells, mask) {
    const size = cells.length;
    const bits = withRemainder(LEVEL_L << 3 | mask, 10, 0x537) ^ 0x5412;
    for (let n = 0; n < 15; n += 1) {
      const bit = bits >> n & 1;
      const down = n < 6 ? n : n < 8 ? n + 1 : size - 15 + n; // along column 8
      const back = n < 8 ? size - 1 - n : n < 9 ? 7 : 14 - n; // along row 8
      cells[down][8] = cells[8][back] = bit;
    }
    cells[size - 8][8] = 1;
  }

  // Free cells in the order in which they are filled: pairs of columns from the right, up and down in turn.
  function* path(free) {
    const size = free.length;
    for (let right = size - 1, up = true; right > 0; right -= right === 8 ? 3 : 2, up = !up) {
      for (let n = 0; n < size; n += 1) for (const x of [right, right - 1]) {
        const y = up ? size - 1 - n : n;
        if (free[y][x] === null) yield [x, y];
      }
    }
  }

  function masked(empty, bytes, mask) {
    const cells = empty.map((row) => [...row]);
    let n = 0;
    for (const [x, y] of path(empty)) {
      const bit = n < bytes.length * 8 ? bytes[n >> 3] >> (7 - (n & 7)) & 1 : 0;
      cells[y][x] = bit ^ (MASKS[mask](x, y) === 0 ? 1 : 0);
      n += 1;
    }
    writeFormat(cells, mask);
    return cells;
  }

  // How hard a square is to read: long runs, blocks of one colour, false corners, and too much of one colour.
  function penalty(cells) {
    const lines = [...cells, ...cells.map((_, x) => cells.map((row) => row[x]))].map((line) => line.join(""));
    let sum = 0;
    for (const line of lines) {
      for (const [run] of line.matchAll(/0{5,}|1{5,}/g)) sum += run.length - 2;
      sum += 40 * (line.match(/(?=10111010000|00001011101)/g) ?? []).length;
    }
    for (let y = 1; y < cells.length; y += 1) for (let x = 1; x < cells.length; x += 1) {
      const four = cells[y][x] + cells[y - 1][x] + cells[y][x - 1] + cells[y - 1][x - 1];
      if (four % 4 === 0) sum += 3;
    }
    const dark = cells.flat().filter(Boolean).length / cells.length ** 2;
    return sum + 10 * Math.floor(Math.abs(dark - 0.5) * 20);
  }

  window.bulou.qr = (text) => {
    const bytes = new TextEncoder().encode(text);
    const version = smallest(bytes.length);
    const all = interleaved(framed(bytes, version), version);
    const empty = frame(version);
    const squares = MASKS.map((_, mask) => masked(empty, all, mask));
    return squares.reduce((best, other) => (penalty(other) < penalty(best) ? other : best));
  };
})();
