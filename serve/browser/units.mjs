// The units that the test and the screenshot are about: always the same.

const TEAMS = [
  "Sales", "Customer Support", "Billing", "Returns", "Technical Support", "Onboarding", "Field Service",
  "Key Accounts", "Logistics", "Training", "Warranty", "Partner Desk", "Complaints",
];
const PLACES = [
  "Amsterdam", "Barcelona", "Berlin", "Bogotá", "Chicago", "Curitiba", "Dublin", "Kraków", "Köln", "Lisboa",
  "London", "Madrid", "México", "Milano", "Montréal", "Nairobi", "Oslo", "Paris", "Porto Alegre", "Praha",
  "São Paulo", "Singapore", "Sydney", "Tokyo", "Toronto", "Wien", "Zürich",
];
const ID = "23456789ABCDEFGHJKLMNPQRSTWXYZabcdefghijkmnopqrstuvwxyz";

/** Units of every team in every place. */
export const plausible = TEAMS.flatMap((team, t) => PLACES.map((place, p) => unit(t * PLACES.length + p, `${team} ${place}`)));

/** What real collections also hold. */
export const odd = [
  { ...unit(1001), name: "Kelvin \u212A, Straße, ΣΊΣΥΦΟΣ" },
  // A browser of today finds that the first of these letters equals the second, MongoDB does not.
  { ...unit(1002), name: "Iota \u1FD3 then \u0390" },
  { ...unit(1003), name: "<img src=x onerror=alert(1)>" },
  { ...unit(1004), name: 404 },
  { ...unit(1005), name: "Zy wrong types", visibility: "hidden", numMonitors: "three", _updatedAt: "yesterday" },
  { _id: "bare", type: "u" },
];

/** As JSON lines. One number has more digits than JavaScript keeps. */
export const lines = [...plausible, ...odd].map((unit) => JSON.stringify(unit)).join("\n")
  + '\n{"_id":"digits","type":"u","name":"Zz digits","numMonitors":12345678901234567890,"numDepartments":1.0}\n';

export const total = plausible.length + odd.length + 1;

function unit(seed, name) {
  const random = generator(seed);
  const instant = new Date(Date.UTC(2022, 0, 1) + Math.floor(random() * 1000) * 86_400_000 + Math.floor(random() * 86_400_000));
  return {
    _id: Array.from({ length: 17 }, () => ID[Math.floor(random() * ID.length)]).join(""),
    name,
    visibility: random() < 0.8 ? "public" : "private",
    type: "u",
    numMonitors: 1 + Math.floor(random() * 5),
    numDepartments: 1 + Math.floor(random() * 8),
    _updatedAt: instant.toISOString(),
  };
}

/** Numbers from 0 to 1 that differ by the seed alone (SplitMix32). */
function generator(seed) {
  let state = Math.imul(seed + 1, 0x85EBCA6B);
  return () => {
    state = (state + 0x9E3779B9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21F0AAAD);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735A2D97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
}
