// Loops that are left to the compiler's vectorizer, once per instruction set; the machine picks at load time.
#pragma once

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define VECTORIZED __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), noinline))
#define INLINE inline __attribute__((always_inline))
#else
#define VECTORIZED
#define INLINE inline
#endif
