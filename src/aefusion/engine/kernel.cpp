// The folded network on one strip of rows. Compiled once for each instruction set, INSTRUCTION_SET names it.
//
// Channels lie in the vector lanes. The 64 maps of a pixel add to the k2 x k2 results around it; they are made for one
// block of pixels, used, and forgotten. What is kept from row to row are the sums begun: sums[d][x] holds rows 0 .. d - 1
// of the window of one result. A tile of columns at a time, these, the weights and all else stay in the nearest caches.
//
// Every result is summed in one order, wherever tiles, strips and blocks begin: it does not depend on them.
// No header with inline functions is included here: the linker might keep the copy that an older CPU cannot run.
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
constexpr int GROUPS = CHANNELS / LANES;
constexpr int BLOCK = REGISTERS == 32 ? 20 : 10;  // pixels whose sums fill the registers, beside 5 weights and a value
constexpr int TILE = 160;                         // columns, a multiple of BLOCK
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

template <int K1, int K2> struct Worker {
    static constexpr int EDGE = K2 - 1, MARGIN = K1 / 2 + K2 / 2, SPAN = TILE + K1 + K2 - 2, SEEN = BLOCK + EDGE;
    alignas(64) Vector w1[2 * K1 * K1][GROUPS], b1[GROUPS], w2[K2][GROUPS][K2];
    alignas(64) Vector sums[K2 + 1][TILE + LANES], maps[GROUPS][SEEN];
    alignas(64) float source[K1][2][SPAN], fused[TILE + LANES];
    float b2;

    explicit Worker(const Strip &s) : sums{}, source{}, b2(*s.b2) {
        __builtin_memcpy(w1, s.w1, sizeof w1);
        __builtin_memcpy(b1, s.b1, sizeof b1);
        for (int dy = 0; dy < K2; ++dy)
            for (int dx = 0; dx < K2; ++dx)
                for (int g = 0; g < GROUPS; ++g)
                    __builtin_memcpy(&w2[dy][g][dx], s.w2 + (dy * K2 + dx) * CHANNELS + g * LANES, sizeof(Vector));
    }

    // The maps of N pixels, two vectors of each at a time.
    template <int N> INLINE void first(const float *const (&rows)[2 * K1], ptrdiff_t x, Vector *to) {
        for (int g = 0; g < GROUPS; g += 2) {
            Vector sum[2][N];
            UNROLL for (int v = 0; v < 2; ++v) UNROLL for (int p = 0; p < N; ++p) sum[v][p] = b1[g + v];
            UNROLL for (int r = 0; r < 2 * K1; ++r) {
                const float *row = rows[r] + x;
                UNROLL for (int dx = 0; dx < K1; ++dx) {
                    const Vector *w = w1[r * K1 + dx] + g;
                    UNROLL for (int p = 0; p < N; ++p)
                        UNROLL for (int v = 0; v < 2; ++v) sum[v][p] += w[v] * row[p + dx];
                }
            }
            UNROLL for (int v = 0; v < 2; ++v)
                UNROLL for (int p = 0; p < N; ++p) to[(g + v) * SEEN + p] = rectified(sum[v][p]);
        }
    }

    // Row dy of the window for BLOCK pixels.
    INLINE void second(int dy, const Vector *from, Vector *to) const {
        Vector sum[BLOCK] = {};
        if (dy) UNROLL for (int p = 0; p < BLOCK; ++p) sum[p] = from[p];
        for (int g = 0; g < GROUPS; ++g) {
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
            for (int g = 0; g < GROUPS; ++g) UNROLL for (int p = 0; p < EDGE; ++p) maps[g][p] = maps[g][BLOCK + p];
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
            if (row - EDGE >= s.top) store(fused, width, (T *)s.fused + (row - EDGE) * s.stride_fused + left);
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
const InstructionSet instruction_set = {TEXT(INSTRUCTION_SET), LANES, run, peak};

}  // namespace INSTRUCTION_SET
}  // namespace aefusion
