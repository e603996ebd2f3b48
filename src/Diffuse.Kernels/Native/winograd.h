// F(2x2, 3x3) of Winograd's minimal filtering (Lavin & Gray 2016, section 4.1) on bf16 channels-last images, with AVX512-BF16: a convolution of 3x3 in tiles of
// 2x2 pixels of output by 16 products for each pair of channels instead of 36. With d the 4x4 pixels of input of a tile, g the kernel and * elementwise,
//   y = A^T ((G g G^T) * (B^T d B)) A,  dg = G^T (sum over tiles (A dy A^T) * (B^T d B)) G,  dd = the convolution of dy with g turned by 180 degrees.
// For each of the 16 positions the elementwise products, summed over channels or over tiles, are one product of matrices: bf16 with sums in float32.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <cstdint>

#define BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))
#define BF16_INLINE BF16 inline __attribute__((always_inline))

namespace winograd {

constexpr int kLanes = 16, kPositions = 16;

BF16_INLINE __m512 widen(__m256i v) { return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(v), 16)); }

BF16_INLINE __m512 load(const uint16_t* from) { return widen(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from))); }

BF16_INLINE __m512 rounded(__m512 v) { return widen((__m256i)_mm512_cvtneps_pbh(v)); }

BF16_INLINE void store(uint16_t* to, __m512 v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(to), (__m256i)_mm512_cvtneps_pbh(v)); }

// 16 words of two bf16: of a in the low half, of b in the high one.
BF16_INLINE void store_pairs(uint32_t* to, __m512 a, __m512 b) {
  const __m512i order = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  _mm512_storeu_si512(to, _mm512_permutexvar_epi16(order, (__m512i)_mm512_cvtne2ps_pbh(b, a)));
}

// The matrices of the transforms: v = M d for vectors whose elements lie `step` apart.
struct Input {  // B^T
  static constexpr int from = 4, to = 4;
  BF16_INLINE static void apply(const __m512* d, __m512* v, int step) {
    v[0] = d[0] - d[2 * step], v[step] = d[step] + d[2 * step], v[2 * step] = d[2 * step] - d[step], v[3 * step] = d[step] - d[3 * step];
  }
};

struct Kernel {  // G
  static constexpr int from = 3, to = 4;
  BF16_INLINE static void apply(const __m512* g, __m512* v, int step) {
    __m512 half = _mm512_set1_ps(0.5f), ends = g[0] + g[2 * step];
    v[0] = g[0], v[step] = (ends + g[step]) * half, v[2 * step] = (ends - g[step]) * half, v[3 * step] = g[2 * step];
  }
};

struct KernelGradient {  // G^T
  static constexpr int from = 4, to = 3;
  BF16_INLINE static void apply(const __m512* m, __m512* v, int step) {
    __m512 half = _mm512_set1_ps(0.5f), sum = (m[step] + m[2 * step]) * half;
    v[0] = m[0] + sum, v[step] = (m[step] - m[2 * step]) * half, v[2 * step] = sum + m[3 * step];
  }
};

struct Output {  // A^T
  static constexpr int from = 4, to = 2;
  BF16_INLINE static void apply(const __m512* m, __m512* y, int step) {
    y[0] = m[0] + m[step] + m[2 * step], y[step] = m[step] - m[2 * step] - m[3 * step];
  }
};

struct OutputGradient {  // A
  static constexpr int from = 2, to = 4;
  BF16_INLINE static void apply(const __m512* y, __m512* v, int step) {
    v[0] = y[0], v[step] = y[0] + y[step], v[2 * step] = y[0] - y[step], v[3 * step] = _mm512_setzero_ps() - y[step];
  }
};

// v [to, to] = M d M^T, of 16 channels at once.
template <typename M>
BF16_INLINE void transform(const __m512* d, __m512* v) {
  __m512 rows[M::to * M::from];
  for (int j = 0; j < M::from; j++) M::apply(d + j, rows + j, M::from);
  for (int i = 0; i < M::to; i++) M::apply(rows + i * M::from, v + i * M::to, 1);
}

// c [rows, width] = a b, or more by it. Words hold two bf16, neighbours in the sum: a (row i, pair k) at i * row + k * step, b [pairs, width].
struct Product {
  const uint32_t* a;
  int64_t row, step;
  const uint32_t* b;
  int64_t pairs, width, rows;
  float* c;
  bool add;

  BF16 void run() const {
    int64_t j = 0;
    for (; j + 4 * kLanes <= width; j += 4 * kLanes) strip<4>(j);
    for (; j < width; j += kLanes * 2) j + kLanes < width ? strip<2>(j) : strip<1>(j);
  }

 private:
  template <int COLUMNS>
  BF16 void strip(int64_t j) const {
    constexpr int most = std::min(24 / COLUMNS, 12);  // of the 32 registers; the others hold b and an element of a
    int64_t i = 0;
    for (; i + most <= rows; i += most) tile<most, COLUMNS>(i, j);
    for (; i + 2 <= rows; i += 2) tile<2, COLUMNS>(i, j);
    if (i < rows) tile<1, COLUMNS>(i, j);
  }

  template <int ROWS, int COLUMNS>
  BF16_INLINE void tile(int64_t i, int64_t j) const {
    float* to = c + i * width + j;
    __m512 sum[ROWS][COLUMNS];
    for (int r = 0; r < ROWS; r++)
      for (int l = 0; l < COLUMNS; l++) sum[r][l] = add ? _mm512_loadu_ps(to + r * width + l * kLanes) : _mm512_setzero_ps();
    for (int64_t k = 0; k < pairs; k++) {
      __m512bh columns[COLUMNS];
      for (int l = 0; l < COLUMNS; l++) columns[l] = (__m512bh)_mm512_loadu_si512(b + k * width + j + l * kLanes);
      for (int r = 0; r < ROWS; r++) {
        __m512bh one = (__m512bh)_mm512_set1_epi32(static_cast<int>(a[(i + r) * row + k * step]));
        for (int l = 0; l < COLUMNS; l++) sum[r][l] = _mm512_dpbf16_ps(sum[r][l], one, columns[l]);
      }
    }
    for (int r = 0; r < ROWS; r++)
      for (int l = 0; l < COLUMNS; l++) _mm512_storeu_ps(to + r * width + l * kLanes, sum[r][l]);
  }
};

}  // namespace winograd
