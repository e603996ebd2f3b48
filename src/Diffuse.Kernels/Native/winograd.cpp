// Winograd's convolution in bf16 by AVX512-BF16, and in float32 by AVX512 and by AVX2.
#include "winograd.h"

#include <ATen/Parallel.h>
#include <ATen/ops/zeros.h>

#include <algorithm>
#include <vector>

#include "vectorized.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#include <cpuid.h>
#include <immintrin.h>

namespace winograd {

#pragma GCC push_options
#pragma GCC target("avx512f")
namespace avx512 {

using Vector = __m512;
constexpr int kLanes = 16, kColumns = 4, kSums = 24;  // of 32 registers; the others hold a row of b and a word of a

INLINE Vector load(const float* from) { return _mm512_loadu_ps(from); }
INLINE void store(float* to, Vector v) { _mm512_storeu_ps(to, v); }

INLINE __m512i strides(int64_t stride) {
  return _mm512_mullo_epi32(_mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0), _mm512_set1_epi32(static_cast<int>(stride)));
}
INLINE Vector gather(const float* from, int64_t stride) { return _mm512_i32gather_ps(strides(stride), from, 4); }
INLINE void scatter(float* to, int64_t stride, Vector v) { _mm512_i32scatter_ps(to, strides(stride), v, 4); }

namespace fp32 {

#include "winograd_float32.inc"

}  // namespace fp32
}  // namespace avx512
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")
namespace avx512 {
namespace bf16 {

using Pixel = uint16_t;
using Word = uint32_t;
using Words = __m512i;
constexpr int kPerWord = 2;

INLINE Vector widen(__m256i v) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16)); }
INLINE Vector load(const Pixel* from) { return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))); }
INLINE void store(Pixel* to, Vector v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), (__m256i)_mm512_cvtneps_pbh(v)); }
INLINE Vector rounded(Vector v) { return widen((__m256i)_mm512_cvtneps_pbh(v)); }
INLINE Words load_words(const Word* from) { return _mm512_loadu_si512(from); }
INLINE Vector multiply_add(Word a, Words b, Vector sum) { return _mm512_dpbf16_ps(sum, (__m512bh)_mm512_set1_epi32(static_cast<int>(a)), (__m512bh)b); }
// The numbers of a tile in the low halves, of the next one in the high ones.
INLINE void store_words(Word* to, const Vector* v) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(v[kPositions], v[0])));
}
using avx512::load;
using avx512::store;

#include "winograd.inc"

}  // namespace bf16
}  // namespace avx512
#pragma GCC pop_options

#pragma GCC push_options
#pragma GCC target("avx2,fma")
namespace avx2 {

using Vector = __m256;
constexpr int kLanes = 8, kColumns = 2, kSums = 12;  // of 16 registers

INLINE Vector load(const float* from) { return _mm256_loadu_ps(from); }
INLINE void store(float* to, Vector v) { _mm256_storeu_ps(to, v); }
INLINE Vector gather(const float* from, int64_t stride) {
  return _mm256_i32gather_ps(from, _mm256_mullo_epi32(_mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0), _mm256_set1_epi32(static_cast<int>(stride))), 4);
}
INLINE void scatter(float* to, int64_t stride, Vector v) {
  for (int i = 0; i < kLanes; i++) to[i * stride] = v[i];
}

#include "winograd_float32.inc"

}  // namespace avx2
#pragma GCC pop_options

static bool has_amx() {
  unsigned a, b, c, d;
  constexpr unsigned amx_bf16 = 1u << 22;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (d & amx_bf16);
}

// With AMX libtorch's bf16 has 16 times the multiplications of AVX512-BF16.
const Algorithm* algorithm(at::ScalarType type) {
  static const Algorithm bf16{avx512::bf16::convolve, avx512::bf16::weight_gradient}, wide{avx512::fp32::convolve, avx512::fp32::weight_gradient},
      narrow{avx2::convolve, avx2::weight_gradient};
  static const bool has_bf16 = __builtin_cpu_supports("avx512bf16") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                               __builtin_cpu_supports("avx512vl") && !has_amx();
  static const bool has_avx512 = __builtin_cpu_supports("avx512f"), has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (type == at::kBFloat16) return has_bf16 ? &bf16 : nullptr;
  if (type == at::kFloat) return has_avx512 ? &wide : has_avx2 ? &narrow : nullptr;
  return nullptr;
}

}  // namespace winograd

#else

const winograd::Algorithm* winograd::algorithm(at::ScalarType) { return nullptr; }

#endif
