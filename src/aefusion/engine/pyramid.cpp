// The pyramid of Burt and Adelson (1983) on a strip of rows: OpenCV's pyrDown and pyrUp, together with what is done
// before and after them. Compiled once for each instruction set, INSTRUCTION_SET names it.
//
// Every value is computed in one order, wherever strips begin: it does not depend on them.
#include "vectors.hpp"

extern "C" void *malloc(size_t);
extern "C" void free(void *);

namespace aefusion {
namespace INSTRUCTION_SET {
namespace {

INLINE Vector at(const float *from) {
    Vector value;
    __builtin_memcpy(&value, from, sizeof value);
    return value;
}
INLINE void put(float *to, Vector value) { __builtin_memcpy(to, &value, sizeof value); }

// Rows of `to`: a binomial filter of 5 x 5 on every second pixel and row of `from`; or `to` less that.
template <class T> bool reduce_rows(const Plane &from, const Plane &to, bool subtract, int top, int bottom) {
    const int width = from.width, half = to.width, spare = 3 * LANES;
    const ptrdiff_t span = width + 4 + 2 * spare;
    float *memory = (float *)malloc((6 * span + half + spare) * sizeof(float));
    if (!memory) return false;
    __builtin_memset(memory, 0, (6 * span + half + spare) * sizeof(float));
    float *line = memory + 5 * span, *result = memory + 6 * span;
    const auto fetch = [&](int y) {  // a row, reflected by two pixels on both sides
        const T *row = (const T *)from.pixels + reflect(y, from.height) * from.stride;
        load(row, -2, width + 4, width, memory + (y + 5) % 5 * span);
    };
    for (int y = 2 * top - 2; y < 2 * top + 1; ++y) fetch(y);
    for (int y = top; y < bottom; ++y) {
        fetch(2 * y + 1), fetch(2 * y + 2);
        const float *rows[5];
        for (int i = 0; i < 5; ++i) rows[i] = memory + (2 * y + 3 + i) % 5 * span;
        for (int x = 0; x < width + 4; x += LANES)
            put(line + x, at(rows[0] + x) + at(rows[4] + x) + 4 * (at(rows[1] + x) + at(rows[3] + x)) + 6 * at(rows[2] + x));
        typename UpTo<LANES>::type lanes;
        for (int x = 0; x < half; x += LANES) {
            const float *in = line + 2 * x;
            const Vector a = at(in), b = at(in + LANES), c = at(in + 2), d = at(in + LANES + 2), e = at(in + 4), f = at(in + LANES + 4);
            const Vector even0 = every_other<0>(a, b, lanes), odd0 = every_other<1>(a, b, lanes);
            const Vector even1 = every_other<0>(c, d, lanes), odd1 = every_other<1>(c, d, lanes);
            const Vector even2 = every_other<0>(e, f, lanes);
            put(result + x, (even0 + even2 + 4 * (odd0 + odd1) + 6 * even1) * (1 / 256.0f));
        }
        float *out = (float *)to.pixels + y * to.stride;
        if (subtract)
            for (int x = 0; x < half; ++x) out[x] -= result[x];
        else __builtin_memcpy(out, result, half * sizeof(float));
    }
    free(memory);
    return true;
}

bool reduce(const Plane &from, const Plane &to, bool subtract, int top, int bottom) {
    if (from.depth == Depth::u8) return reduce_rows<uint8_t>(from, to, subtract, top, bottom);
    if (from.depth == Depth::u16) return reduce_rows<uint16_t>(from, to, subtract, top, bottom);
    return reduce_rows<float>(from, to, subtract, top, bottom);
}

// Row y of `coarse`, with one more value on both sides, as pyrUp has it: the second before the first, the last again.
void widen(const Plane &coarse, int y, float *to) {
    const int last = coarse.height - 1, row = y < 0 ? (last < 1 ? last : 1) : y > last ? last : y, width = coarse.width;
    const float *from = (const float *)coarse.pixels + row * coarse.stride;
    __builtin_memcpy(to + 1, from, width * sizeof(float));
    to[0] = from[width > 1 ? 1 : 0], to[width + 1] = from[width - 1];
}

// Rows of `to`: `level` and the coarse picture enlarged; clipped to [0, 1] in another depth than float, or if it is asked.
bool enlarge(const Plane &coarse, const Plane &level, const Plane &to, bool last, int top, int bottom) {
    const int width = level.width, half = coarse.width;
    const ptrdiff_t span = half + 2 + 2 * LANES;
    float *memory = (float *)malloc((4 * span + 2 * span + 2 * LANES) * sizeof(float));
    if (!memory) return false;
    __builtin_memset(memory, 0, (6 * span + 2 * LANES) * sizeof(float));
    float *line = memory + 3 * span, *result = memory + 4 * span;
    int have = -2;  // rows have - 1 .. have + 1 of the coarse picture are there
    for (int y = top; y < bottom; ++y) {
        const int middle = y / 2;
        if (middle != have) {
            for (int i = -1; i <= 1; ++i) widen(coarse, middle + i, memory + (i + 1) * span);
            have = middle;
        }
        const float *above = memory, *here = memory + span, *below = memory + 2 * span;
        if (y % 2)
            for (int x = 0; x < half + 2; x += LANES) put(line + x, (at(here + x) + at(below + x)) * 0.5f);
        else
            for (int x = 0; x < half + 2; x += LANES) put(line + x, (at(above + x) + at(below + x) + 6 * at(here + x)) * 0.125f);
        const float *add = (const float *)level.pixels + y * level.stride;
        for (int x = 0; x < half; ++x) {
            result[2 * x] = (line[x] + line[x + 2] + 6 * line[x + 1]) * 0.125f;
            result[2 * x + 1] = (line[x + 1] + line[x + 2]) * 0.5f;
        }
        for (int x = 0; x < width; ++x) result[x] += add[x];
        if (!last) __builtin_memcpy((float *)to.pixels + y * to.stride, result, width * sizeof(float));
        else if (to.depth == Depth::u8) store(result, width, (uint8_t *)to.pixels + y * to.stride);
        else if (to.depth == Depth::u16) store(result, width, (uint16_t *)to.pixels + y * to.stride);
        else store(result, width, (float *)to.pixels + y * to.stride);
    }
    free(memory);
    return true;
}

}  // namespace

extern const Pyramid pyramid;
const Pyramid pyramid = {reduce, enlarge};

}  // namespace INSTRUCTION_SET
}  // namespace aefusion
