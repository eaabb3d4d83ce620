// What the kernels share, once for each instruction set: vectors of floats, and rows of pictures read and written.
// All of it stands in a namespace without a name in that of the instruction set. So the linker never keeps a copy of
// a function that was compiled for another one, which an older CPU could not run.
#pragma once
#include "kernel.hpp"

namespace aefusion {
namespace INSTRUCTION_SET {
namespace {

#if defined(__AVX512F__)
constexpr int LANES = 16, REGISTERS = 32;
#elif defined(__AVX__)
constexpr int LANES = 8, REGISTERS = 16;
#elif defined(__aarch64__)
constexpr int LANES = 4, REGISTERS = 32;
#else
constexpr int LANES = 4, REGISTERS = 16;
#endif
typedef float Vector __attribute__((vector_size(4 * LANES)));
typedef int32_t Integers __attribute__((vector_size(4 * LANES)));

#if defined(__x86_64__)  // else the compiler reads a value from memory again for each use: a fifth slower
#define IN_REGISTER(x) __asm__("" : "+v"(x))
#elif defined(__aarch64__)
#define IN_REGISTER(x) __asm__("" : "+w"(x))
#else
#define IN_REGISTER(x)
#endif
#define UNROLL _Pragma("GCC unroll 32")
#define INLINE inline __attribute__((always_inline))
#define NOINLINE __attribute__((noinline))

inline int reflect(int i, int n) {  // 2 1 | 0 1 2 .. n-1 | n-2 n-3, as often as needed
    if (n == 1) return 0;
    const int period = 2 * n - 2;
    i = ((i % period) + period) % period;
    return i < n ? i : period - i;
}

inline float clip(float value) { return value > 0 ? (value < 1 ? value : 1) : 0; }  // NaN gives 0
inline float full(const float *) { return 1; }
inline float full(const uint8_t *) { return 255; }
inline float full(const uint16_t *) { return 65535; }

// Columns first .. first + count - 1 of a row as floats, reflected beyond the picture.
template <class T> void load(const T *row, int first, int count, int width, float *to) {
    const float factor = 1 / full(row);
    const int begin = first < 0 ? (-first < count ? -first : count) : 0;
    int end = width - first < count ? width - first : count;
    if (end < begin) end = begin;
    for (int j = 0; j < begin; ++j) to[j] = factor * float(row[reflect(first + j, width)]);
    for (int j = begin; j < end; ++j) to[j] = factor * float(row[first + j]);
    for (int j = end; j < count; ++j) to[j] = factor * float(row[reflect(first + j, width)]);
}

void store(const float *row, int count, float *to) {
    for (int j = 0; j < count; ++j) to[j] = clip(row[j]);
}
template <class T> void store(const float *row, int count, T *to) {
    for (int j = 0; j < count; ++j) to[j] = T(int(clip(row[j]) * full(to) + 0.5f));
}

// Rectified as integers: one instruction everywhere, and a negative float is a negative integer.
inline Vector rectified(Vector value) {
    const Integers bits = (Integers)value;
    return (Vector)(bits > 0 ? bits : Integers{});
}

template <int... L> struct Lanes {};
template <int N, int... L> struct UpTo : UpTo<N - 1, N - 1, L...> {};
template <int... L> struct UpTo<0, L...> { typedef Lanes<L...> type; };
template <int ODD, int... L> inline Vector every_other(Vector u, Vector v, Lanes<L...>) {
    return Vector{(2 * L < LANES ? u[(2 * L + ODD) % LANES] : v[(2 * L + ODD) % LANES])...};
}

// The sums over the lanes of as many vectors as there are lanes.
template <int N> inline Vector across(const Vector *v) {
    const Vector left = across<N / 2>(v), right = across<N / 2>(v + N / 2);
    typename UpTo<LANES>::type lanes;
    return every_other<0>(left, right, lanes) + every_other<1>(left, right, lanes);
}
template <> inline Vector across<1>(const Vector *v) { return *v; }

}  // namespace
}  // namespace INSTRUCTION_SET
}  // namespace aefusion
