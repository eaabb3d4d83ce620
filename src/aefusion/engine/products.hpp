// Dense convolutions of the kernel for graphs: products of one row, its sums in registers. Included by graph.cpp alone.
#pragma once
#include "vectors.hpp"

namespace aefusion {
namespace INSTRUCTION_SET {
namespace {

typedef float Unaligned __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
INLINE Vector get(const float *from) { return *(const Unaligned *)from; }
INLINE void put(float *to, Vector value) { *(Unaligned *)to = value; }
INLINE Vector larger(Vector x, Vector y) { return x > y ? x : y; }

// Where a block of pixels adds its products: the result, what is added before and after the rectifier.
struct Target {
    float *to;
    const float *bias;
    const float *before, *after;  // null, or of the pixel of `to`
    ptrdiff_t to_stride, before_stride, after_stride;
    int before_up, before_odd;    // each pixel of `before` stands for two; whether the first is the second of its two
    bool first, last, relu;       // whether these are the first and the last products of the sum
};

struct Run {  // products whose inputs lie side by side
    const float *in, *w;
    int taps;
};

// P pixels from x on, V vectors of each; S floats from pixel to pixel of the input.
template <int V, int P, int S> INLINE void products(const Run *runs, int count, const Target &t, ptrdiff_t x) {
    Vector sum[P][V];
    float *to = t.to + x * t.to_stride;
    if (t.first) {
        UNROLL for (int v = 0; v < V; ++v) {
            const Vector bias = get(t.bias + v * LANES);
            UNROLL for (int p = 0; p < P; ++p) sum[p][v] = bias;
        }
        if (t.before)
            UNROLL for (int p = 0; p < P; ++p) UNROLL for (int v = 0; v < V; ++v) {
                const ptrdiff_t pixel = t.before_up ? (x + p + t.before_odd) >> 1 : x + p;
                sum[p][v] += get(t.before + pixel * t.before_stride + v * LANES);
            }
    } else {
        UNROLL for (int p = 0; p < P; ++p)
            UNROLL for (int v = 0; v < V; ++v) sum[p][v] = get(to + p * t.to_stride + v * LANES);
    }
    for (const Run *run = runs; run < runs + count; ++run) {
        const float *in = run->in + x * S, *w = run->w;
        for (int i = run->taps; i; --i, ++in, w += V * LANES) {
            Vector weight[V];
            UNROLL for (int v = 0; v < V; ++v) weight[v] = get(w + v * LANES);
            UNROLL for (int p = 0; p < P; ++p) UNROLL for (int v = 0; v < V; ++v) sum[p][v] += weight[v] * in[p * S];
        }
    }
    if (t.last && t.relu)
        UNROLL for (int p = 0; p < P; ++p) UNROLL for (int v = 0; v < V; ++v) sum[p][v] = rectified(sum[p][v]);
    if (t.last && t.after) {
        const float *after = t.after + x * t.after_stride;
        UNROLL for (int p = 0; p < P; ++p)
            UNROLL for (int v = 0; v < V; ++v) sum[p][v] += get(after + p * t.after_stride + v * LANES);
    }
    UNROLL for (int p = 0; p < P; ++p)
        UNROLL for (int v = 0; v < V; ++v) put(to + p * t.to_stride + v * LANES, sum[p][v]);
}

template <int V, int S> NOINLINE void row_of_products(const Run *runs, int count, const Target &t, int width) {
    constexpr int P = (REGISTERS == 32 ? 24 : 12) / V;
    for (ptrdiff_t x = 0; x < width; x += P) products<V, P, S>(runs, count, t, x);
}

template <int V> void any_stride(int stride, const Run *runs, int count, const Target &t, int width) {
    if (stride == 2) row_of_products<V, 2>(runs, count, t, width);
    else if (stride == 8) row_of_products<V, 8>(runs, count, t, width);
    else if (stride == 16) row_of_products<V, 16>(runs, count, t, width);
    else if (stride == 32) row_of_products<V, 32>(runs, count, t, width);
    else if (stride == 64) row_of_products<V, 64>(runs, count, t, width);
    else if (stride == 128) row_of_products<V, 128>(runs, count, t, width);
    else row_of_products<V, 256>(runs, count, t, width);
}

}  // namespace
}  // namespace INSTRUCTION_SET
}  // namespace aefusion
