// A network of two layers on one strip of rows. Compiled once for each instruction set, INSTRUCTION_SET names it.
//
// Channels lie in the vector lanes. The maps of a pixel add to the k2 x k2 results around it; they are made for one
// block of pixels, used, and forgotten. What is kept from row to row are the sums begun: sums[d][x] holds rows 0 .. d - 1
// of the window of one result. A tile of columns at a time, these, the weights and all else stay in the nearest caches.
//
// Every result is summed in one order, wherever tiles, strips and blocks begin: it does not depend on them.
#include "vectors.hpp"

namespace aefusion {
namespace INSTRUCTION_SET {
namespace {

constexpr int GROUPS = MOST_MAPS / LANES;
constexpr int BLOCK = REGISTERS == 32 ? 20 : 10;  // pixels whose sums fill the registers, beside 5 weights and a value
constexpr int TILE = 160;                         // columns, a multiple of BLOCK

template <int K1, int K2> struct Worker {
    static constexpr int EDGE = K2 - 1, MARGIN = K1 / 2 + K2 / 2, SPAN = TILE + K1 + K2 - 2, SEEN = BLOCK + EDGE;
    alignas(64) Vector w1[2 * K1 * K1][GROUPS], b1[GROUPS], w2[K2][GROUPS][K2];
    alignas(64) Vector sums[K2 + 1][TILE + LANES], maps[GROUPS][SEEN];
    alignas(64) float source[K1][2][SPAN], fused[TILE + LANES];
    const int groups;  // vectors that all maps fill
    const float b2;

    explicit Worker(const TwoLayers &s) : w1{}, b1{}, w2{}, sums{}, source{}, groups((s.maps + LANES - 1) / LANES), b2(*s.b2) {
        const auto copy = [&](const float *from, Vector *to, int step) {  // the maps of one weight; zeros follow the last
            for (int c = 0; c < s.maps; ++c) to[c / LANES * step][c % LANES] = from[c];
        };
        for (int i = 0; i < 2 * K1 * K1; ++i) copy(s.w1 + i * s.maps, w1[i], 1);
        copy(s.b1, b1, 1);
        for (int i = 0; i < K2 * K2; ++i) copy(s.w2 + i * s.maps, &w2[i / K2][0][i % K2], K2);
    }

    // The maps of N pixels, V vectors of each.
    template <int V, int N> INLINE void some(const float *const (&rows)[2 * K1], ptrdiff_t x, int g, Vector *to) {
        Vector sum[V][N];
        UNROLL for (int v = 0; v < V; ++v) UNROLL for (int p = 0; p < N; ++p) sum[v][p] = b1[g + v];
        UNROLL for (int r = 0; r < 2 * K1; ++r) {
            const float *row = rows[r] + x;
            UNROLL for (int dx = 0; dx < K1; ++dx) {
                const Vector *w = w1[r * K1 + dx] + g;
                UNROLL for (int p = 0; p < N; ++p)
                    UNROLL for (int v = 0; v < V; ++v) sum[v][p] += w[v] * row[p + dx];
            }
        }
        UNROLL for (int v = 0; v < V; ++v)
            UNROLL for (int p = 0; p < N; ++p) to[(g + v) * SEEN + p] = rectified(sum[v][p]);
    }

    // All maps of N pixels, two vectors of each at a time.
    template <int N> INLINE void first(const float *const (&rows)[2 * K1], ptrdiff_t x, Vector *to) {
        int g = 0;
        for (; g + 1 < groups; g += 2) some<2, N>(rows, x, g, to);
        if (g < groups) some<1, N>(rows, x, g, to);
    }

    // Row dy of the window for BLOCK pixels.
    INLINE void second(int dy, const Vector *from, Vector *to) const {
        Vector sum[BLOCK] = {};
        if (dy) UNROLL for (int p = 0; p < BLOCK; ++p) sum[p] = from[p];
        for (int g = 0; g < groups; ++g) {
            Vector w[K2];
            UNROLL for (int dx = 0; dx < K2; ++dx) w[dx] = w2[dy][g][dx];
            UNROLL for (int j = 0; j < SEEN; ++j) {
                Vector value = maps[g][j];
                IN_REGISTER(value);
                UNROLL for (int dx = 0; dx < K2; ++dx)
                    if (j - dx >= 0 && j - dx < BLOCK) sum[j - dx] += value * w[dx];
            }
        }
        UNROLL for (int p = 0; p < BLOCK; ++p) to[p] = sum[p];
    }

    // Row y of the maps adds to rows begin .. last of the windows that it lies in.
    NOINLINE void advance(int y, int width, int begin, int last) {
        const float *rows[2 * K1];
        for (int r = 0; r < 2 * K1; ++r) rows[r] = source[(y + r % K1) % K1][r / K1];
        first<EDGE>(rows, 0, maps[0]);
        for (ptrdiff_t x = 0; x < width; x += BLOCK) {
            for (int p = 0; p < BLOCK; p += BLOCK / 2) first<BLOCK / 2>(rows, x + EDGE + p, maps[0] + EDGE + p);
            for (int dy = last; dy >= begin; --dy) second(dy, sums[dy] + x, sums[dy + 1] + x);
            for (int g = 0; g < groups; ++g) UNROLL for (int p = 0; p < EDGE; ++p) maps[g][p] = maps[g][BLOCK + p];
        }
        if (last < EDGE) return;
        for (ptrdiff_t x = 0; x < width; x += LANES) *(Vector *)(fused + x) = across<LANES>(sums[K2] + x) + b2;
    }

    template <class T> void tile(const Strip &s, int left, int width) {
        const auto fetch = [&](int row) {  // of the padded pictures
            const int y = reflect(row - MARGIN, s.height), count = width + K1 + K2 - 2;
            load((const T *)s.a + y * s.stride_a, left - MARGIN, count, s.width, source[row % K1][0]);
            load((const T *)s.b + y * s.stride_b, left - MARGIN, count, s.width, source[row % K1][1]);
        };
        for (int row = s.top; row < s.top + K1 - 1; ++row) fetch(row);
        for (int row = s.top; row < s.bottom + EDGE; ++row) {  // of the maps; adds to rows row - EDGE .. row of the result
            fetch(row + K1 - 1);
            advance(row, width, row < s.bottom ? 0 : row - s.bottom + 1, row - s.top < EDGE ? row - s.top : EDGE);
            const ptrdiff_t at = (row - EDGE) * s.stride_fused + left;
            if (row - EDGE < s.top) continue;
            if (s.floats) store(fused, width, (float *)s.fused + at);
            else store(fused, width, (T *)s.fused + at);
        }
    }
};

template <int K1, int K2, class T> void strip(const TwoLayers &layers, const Strip &s) {
    Worker<K1, K2> worker(layers);
    const int tiles = (s.width + TILE - 1) / TILE;
    const int step = ((s.width + tiles - 1) / tiles + BLOCK - 1) / BLOCK * BLOCK;
    for (int left = 0; left < s.width; left += step)
        worker.template tile<T>(s, left, s.width - left < step ? s.width - left : step);
}

template <int K1, int K2> void any_depth(const TwoLayers &layers, const Strip &s) {
    if (s.depth == Depth::u8) strip<K1, K2, uint8_t>(layers, s);
    else if (s.depth == Depth::u16) strip<K1, K2, uint16_t>(layers, s);
    else strip<K1, K2, float>(layers, s);
}

void run(const TwoLayers &layers, const Strip &s) { layers.k1 == 3 ? any_depth<3, 5>(layers, s) : any_depth<1, 3>(layers, s); }

double peak(int64_t rounds) {
    constexpr int N = 12;  // enough to hide the latency, few enough for 16 registers
    Vector sum[N], factor = Vector{} + 0.5f, step = Vector{} + 1.0f;
    for (int n = 0; n < N; ++n) sum[n] = Vector{} + 0.1f * n;  // were they equal, the compiler would keep only one
    for (int64_t r = 0; r < rounds; ++r)
        UNROLL for (int n = 0; n < N; ++n) sum[n] = sum[n] * factor + step;
    Vector total = {};
    for (int n = 0; n < N; ++n) total += sum[n];
    __asm__ volatile("" : : "m"(total));
    return double(rounds) * N * LANES;
}

}  // namespace

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)
extern const InstructionSet instruction_set;
const InstructionSet instruction_set = {TEXT(INSTRUCTION_SET), LANES, run, run_graph, &pyramid, peak};

}  // namespace INSTRUCTION_SET
}  // namespace aefusion
