// Loops that are left to the compiler's vectorizer, once per instruction set; the machine picks at load time.
#pragma once

#include <cstdint>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), noinline))
#define INLINE inline __attribute__((always_inline))
#else
#define VECTORIZED
#define INLINE inline
#endif

// e^y for y in [-60, 60], beyond which it is held, so that no product with it is denormal (a slow path of the processor). e^y = 2^n e^r with |r| <= ln 2 / 2
// and the Taylor polynomial of degree 6: relative error under 2e-7.
INLINE float exponential(float y) {
  y = y < -60.0f ? -60.0f : y;
  y = y > 60.0f ? 60.0f : y;
  float n = y * 1.44269504f;
  n = (n + 12582912.0f) - 12582912.0f;
  float r = (y - n * 0.693359375f) + n * 2.12194440e-4f;
  float p = 1.0f + r * (1.0f + r * (0.5f + r * (0.166666667f + r * (0.0416666667f + r * (0.00833333333f + r * 0.00138888889f)))));
  int32_t exponent = (static_cast<int32_t>(n) + 127) << 23;
  float power;
  std::memcpy(&power, &exponent, 4);
  return p * power;
}

// Elements of float32 and of bf16, the latter by their bits.
INLINE float widen(uint16_t bits) {
  uint32_t word = static_cast<uint32_t>(bits) << 16;
  float value;
  std::memcpy(&value, &word, 4);
  return value;
}

// Round to nearest, ties to even. The NaNs that arithmetic makes have no low bits set, so they stay what they are.
INLINE uint16_t narrow(float value) {
  uint32_t word;
  std::memcpy(&word, &value, 4);
  return static_cast<uint16_t>((word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
}

INLINE float load(uint16_t bits) { return widen(bits); }
INLINE float load(float value) { return value; }
INLINE void store(uint16_t& to, float value) { to = narrow(value); }
INLINE void store(float& to, float value) { to = value; }
