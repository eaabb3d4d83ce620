// The deployed network on one strip of rows. Compiled once for each instruction set, LEVEL names it.
//
// Channels lie in the vector lanes. A map value f(y, x), 64 channels, adds to the k2 x k2 output pixels around it; it is
// made in registers, kept for one block of pixels, and never stored as a map. What is kept from row to row are the sums
// begun: for each column, k2 - 1 vectors, sums[d] holding the rows 0 .. d of the window of the pixel that they belong to.
// With a tile of columns at a time these, the weights and all else stay in the first-level cache.
//
// Every output pixel is summed in one order, wherever tiles, strips and blocks begin: the result does not depend on them.
// No header with inline functions is included here: the linker might keep the copy that an older CPU cannot run.
#include "kernel.hpp"

namespace aefusion {
namespace LEVEL {
namespace {

#if defined(__AVX512F__)
constexpr int LANES = 16, BLOCK = 16;
#elif defined(__AVX__)
constexpr int LANES = 8, BLOCK = 8;
#else
constexpr int LANES = 4, BLOCK = 8;
#endif
#ifndef TILE_MAX
#define TILE_MAX 96
#endif
constexpr int TILE = TILE_MAX;             // columns, a multiple of BLOCK
constexpr int GROUPS = CHANNELS / LANES;
typedef float Vector __attribute__((vector_size(4 * LANES)));
#define UNROLL _Pragma("GCC unroll 32")

inline int reflect(int i, int n) {  // 2 1 | 0 1 2 .. n-1 | n-2 n-3, as often as needed
    if (n == 1) return 0;
    const int period = 2 * n - 2;
    i = ((i % period) + period) % period;
    return i < n ? i : period - i;
}

inline float clip(float value) { return value > 0 ? (value < 1 ? value : 1) : 0; }  // NaN gives 0
inline void store(float value, float &to) { to = clip(value); }
inline void store(float value, uint8_t &to) { to = uint8_t(int(clip(value) * 255 + 0.5f)); }
inline void store(float value, uint16_t &to) { to = uint16_t(int(clip(value) * 65535 + 0.5f)); }
inline float scale(const float *) { return 1; }
inline float scale(const uint8_t *) { return 1.0f / 255; }
inline float scale(const uint16_t *) { return 1.0f / 65535; }

// Columns first .. first + count - 1 of a row as floats, reflected beyond the picture.
template <class T> void load(const T *row, int first, int count, int width, float *to) {
    const float factor = scale(row);
    const int begin = first < 0 ? (-first < count ? -first : count) : 0;
    int end = width - first < count ? width - first : count;
    if (end < begin) end = begin;
    for (int j = 0; j < begin; ++j) to[j] = factor * float(row[reflect(first + j, width)]);
    for (int j = begin; j < end; ++j) to[j] = factor * float(row[first + j]);
    for (int j = end; j < count; ++j) to[j] = factor * float(row[reflect(first + j, width)]);
}

template <int K1, int K2> struct Worker {
    static constexpr int EDGE = K2 - 1, MARGIN = K1 / 2 + K2 / 2, SPAN = TILE + K1 + K2 - 2, SEEN = BLOCK + EDGE;
    alignas(64) Vector w1[2 * K1 * K1][GROUPS], b1[GROUPS], w2[K2][GROUPS][K2];
    alignas(64) Vector sums[K2 - 1][TILE], maps[GROUPS][SEEN];
    alignas(64) float source[K1][2][SPAN];
    float b2;

    explicit Worker(const Strip &s) : source{}, b2(*s.b2) {
        __builtin_memcpy(w1, s.w1, sizeof w1);
        __builtin_memcpy(b1, s.b1, sizeof b1);
        for (int dy = 0; dy < K2; ++dy)
            for (int dx = 0; dx < K2; ++dx)
                for (int g = 0; g < GROUPS; ++g)
                    __builtin_memcpy(&w2[dy][g][dx], s.w2 + (dy * K2 + dx) * CHANNELS + g * LANES, sizeof(Vector));
    }

    // The maps of N pixels from column x on, into maps[..][to ..]: N x WIDE sums at a time fill the registers.
    template <int N, int WIDE> inline void first(int y, int x, int to) {
        for (int g = 0; g < GROUPS; g += WIDE) {
            Vector sum[WIDE][N];
            UNROLL for (int v = 0; v < WIDE; ++v) UNROLL for (int p = 0; p < N; ++p) sum[v][p] = b1[g + v];
            UNROLL for (int s = 0; s < 2; ++s) for (int dy = 0; dy < K1; ++dy) {
                const float *row = source[(y + dy) % K1][s] + x;
                UNROLL for (int dx = 0; dx < K1; ++dx) {
                    const Vector *w = w1[(s * K1 + dy) * K1 + dx] + g;
                    UNROLL for (int p = 0; p < N; ++p)
                        UNROLL for (int v = 0; v < WIDE; ++v) sum[v][p] += w[v] * row[p + dx];
                }
            }
            UNROLL for (int v = 0; v < WIDE; ++v)
                UNROLL for (int p = 0; p < N; ++p) maps[g + v][to + p] = sum[v][p] > 0 ? sum[v][p] : Vector{};
        }
    }

    // Row dy of the window for BLOCK pixels.
    inline void second(int dy, Vector (&sum)[BLOCK]) const {
        for (int g = 0; g < GROUPS; ++g) {
            Vector w[K2];
            UNROLL for (int dx = 0; dx < K2; ++dx) w[dx] = w2[dy][g][dx];
            UNROLL for (int j = 0; j < SEEN; ++j) {
                const Vector value = maps[g][j];
                UNROLL for (int dx = 0; dx < K2; ++dx)
                    if (j - dx >= 0 && j - dx < BLOCK) sum[j - dx] += value * w[dx];
            }
        }
    }

    template <class T> void finish(const Vector (&sum)[BLOCK], T *to, int count) const {
        float total[BLOCK];
        for (int p = 0; p < BLOCK; ++p) {
            total[p] = b2;
            for (int l = 0; l < LANES; ++l) total[p] += sum[p][l];
        }
        for (int p = 0; p < count; ++p) store(total[p], to[p]);
    }

    template <class T> void tile(const Strip &s, int left, int width) {
        const T *a = static_cast<const T *>(s.a), *b = static_cast<const T *>(s.b);
        T *fused = static_cast<T *>(s.fused);
        const auto fetch = [&](int row) {  // row of the padded picture
            const int y = reflect(row - MARGIN, s.height), count = width + K1 + K2 - 2;
            load(a + y * s.stride_a, left - MARGIN, count, s.width, source[row % K1][0]);
            load(b + y * s.stride_b, left - MARGIN, count, s.width, source[row % K1][1]);
        };
        for (int row = s.top; row < s.top + K1 - 1; ++row) fetch(row);
        for (int row = s.top; row < s.bottom + EDGE; ++row) {  // row of the maps: it adds to the output rows row - EDGE .. row
            fetch(row + K1 - 1);
            const int last = row - s.top < EDGE ? row - s.top : EDGE;
            const int begin = row - (s.bottom - 1) > 0 ? row - (s.bottom - 1) : 0;
            first<EDGE, 2>(row, 0, 0);
            for (int x = 0; x < width; x += BLOCK) {
                for (int p = 0; p < BLOCK; p += 8) first<8, 2>(row, x + EDGE + p, EDGE + p);
                for (int dy = last; dy >= begin; --dy) {
                    Vector sum[BLOCK];
                    if (dy) { UNROLL for (int p = 0; p < BLOCK; ++p) sum[p] = sums[dy - 1][x + p]; }
                    else { UNROLL for (int p = 0; p < BLOCK; ++p) sum[p] = Vector{}; }
                    second(dy, sum);
                    if (dy < EDGE) { UNROLL for (int p = 0; p < BLOCK; ++p) sums[dy][x + p] = sum[p]; }
                    else finish(sum, fused + (row - EDGE) * s.stride_fused + left + x, width - x < BLOCK ? width - x : BLOCK);
                }
                for (int g = 0; g < GROUPS; ++g)
                    UNROLL for (int p = 0; p < EDGE; ++p) maps[g][p] = maps[g][BLOCK + p];
            }
        }
    }
};

template <int K1, int K2, class T> void strip(const Strip &s) {
    Worker<K1, K2> worker(s);
    const int tiles = (s.width + TILE - 1) / TILE;
    const int step = ((s.width + tiles - 1) / tiles + BLOCK - 1) / BLOCK * BLOCK;
    for (int left = 0; left < s.width; left += step)
        worker.template tile<T>(s, left, s.width - left < step ? s.width - left : step);
}

template <int K1, int K2> void any_depth(const Strip &s, Depth depth) {
    if (depth == Depth::u8) strip<K1, K2, uint8_t>(s);
    else if (depth == Depth::u16) strip<K1, K2, uint16_t>(s);
    else strip<K1, K2, float>(s);
}

void run(const Strip &s, Depth depth) { s.k1 == 3 ? any_depth<3, 5>(s, depth) : any_depth<1, 3>(s, depth); }

double peak(int64_t rounds) {
    constexpr int N = 12;  // enough to hide the latency, few enough for 16 registers
    Vector sum[N] = {}, factor = Vector{} + 0.5f, step = Vector{} + 1.0f;
    for (int64_t r = 0; r < rounds; ++r) {
        UNROLL for (int n = 0; n < N; ++n) sum[n] = sum[n] * factor + step;
        __asm__ volatile("" : "+m"(rounds));
    }
    Vector total = {};
    for (int n = 0; n < N; ++n) total += sum[n];
    __asm__ volatile("" : : "m"(total));
    return double(rounds) * N * LANES;
}

}  // namespace

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)
extern const Level level;
const Level level = {TEXT(LEVEL), LANES, run, peak};

}  // namespace LEVEL
}  // namespace aefusion
