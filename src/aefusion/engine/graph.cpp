// Any graph of the family on one strip of rows. Compiled once for each instruction set, INSTRUCTION_SET names it.
//
// A program (made by program.py) is a list of operations. Each keeps the last rows of its result in a ring, pixel by
// pixel with the channels side by side; so channels lie in the vector lanes. The last convolution pulls one row after
// another, and each operation computes a row when it is first asked for it: no row is computed twice. The picture is
// taken in tiles of columns, so that all rings together stay in the second-level cache.
//
// Every value is summed in one order, wherever tiles, strips and blocks begin: it does not depend on them.
#include "products.hpp"

extern "C" void *malloc(size_t);
extern "C" void free(void *);

namespace aefusion {
namespace INSTRUCTION_SET {
namespace {

constexpr int SPARE = 64;            // pixels beyond each row that blocks may touch
constexpr int NEAR = 24 << 10;       // bytes of weights that stay in the nearest cache while a row is computed
constexpr int FINAL_BLOCK = REGISTERS == 32 ? 20 : 10;

struct Ring {
    float *rows;            // `kept` rows of `span` floats
    ptrdiff_t span;
    int left, right;        // columns that are needed of this tile
    int next, end;          // the row that is computed next; the last that is ever needed, and one
};

// Of so many vectors, how many are computed at once; program.py knows it too.
inline int at_once(int vectors) {
    const int most = LANES == 16 ? 4 : 2;  // a few loads less for each product, if there are registers for it
    return vectors == 3 ? 3 : vectors < most ? vectors : most;
}

struct Worker {
    const Program &program;
    const Strip &strip;
    Ring rings[MOST_OPERATIONS];
    float *memory, *sums, *fused;
    int width;  // columns of this tile

    const float *weights(int at) const { return program.weights + at; }
    int kept(int i) const { return program.operations[i].kept; }
    float *row(int i, int y) const { return rings[i].rows + (y % kept(i)) * rings[i].span; }

    // The pixel of an input that belongs to the first pixel of row y of operation i, in row `more` of its window.
    const float *input(const Reading &r, int y, int column) const {
        const ptrdiff_t stride = program.operations[r.operation].stride;
        return row(r.operation, y) + (column - rings[r.operation].left) * stride + r.offset;
    }

    void need_range(const Reading &r, int kernel, int step, int first, int last, int &low, int &high) const {
        const int shift = r.shift;
        const int from = r.up ? first / 2 + shift : step * first + shift;
        const int to = r.up ? last / 2 + shift : step * last + shift + kernel - 1;
        if (from < low) low = from;
        if (to > high) high = to;
    }

    // Rows and columns of each operation that rows top .. bottom - 1 and columns left .. right - 1 of the result need.
    void ranges(int top, int bottom, int left, int right) {
        constexpr int FAR = 1 << 30;
        for (int i = 0; i < program.count; ++i) rings[i].left = rings[i].next = FAR, rings[i].right = rings[i].end = -1;
        Ring &last = rings[program.count - 1];
        last.next = top, last.end = bottom - 1, last.left = left, last.right = right - 1;
        for (int i = program.count - 1; i >= 0; --i) {
            const Operation &o = program.operations[i];
            const Ring &mine = rings[i];
            for (int j = o.first; j < o.end; ++j) {
                const Reading &r = program.readings[j];
                Ring &other = rings[r.operation];
                const bool beside = j >= o.beside;  // added before or after the rectifier
                const int kernel = beside ? 1 : o.kernel, step = beside ? 1 : o.step;
                need_range(r, kernel, step, mine.next, mine.end, other.next, other.end);
                need_range(r, kernel, step, mine.left, mine.right, other.left, other.right);
            }
        }
    }

    // Have row `last` of operation i and all before it computed.
    void need(int i, int last) {
        const Operation &o = program.operations[i];
        while (rings[i].next <= last) {
            const int y = rings[i].next;
            for (int j = o.first; j < o.end; ++j) {
                const Reading &r = program.readings[j];
                const int end = r.up ? y / 2 : j >= o.beside ? y : o.step * y + o.kernel - 1;
                need(r.operation, end + r.shift);
            }
            compute(i, y);
            ++rings[i].next;
        }
    }

    void compute(int i, int y) {
        const Operation &o = program.operations[i];
        switch (o.kind) {
            case Kind::sources: fetch(i, y); break;
            case Kind::dense: dense(i, y); break;
            case Kind::grouped: grouped_any(i, y); break;
            case Kind::largest: largest(i, y); break;
            case Kind::enlarged: enlarged(i, y); break;
            case Kind::last: break;
        }
    }

    template <class T> void fetch_as(int i, int y) {
        const int from = rings[i].left - program.margin, count = rings[i].right - rings[i].left + 1;
        const int source = reflect(y - program.margin, strip.height);
        float *to = row(i, y), *a = fused, *b = fused + count + LANES;
        load((const T *)strip.a + source * strip.stride_a, from, count, strip.width, a);
        load((const T *)strip.b + source * strip.stride_b, from, count, strip.width, b);
        for (int x = 0; x < count; ++x) to[2 * x] = a[x], to[2 * x + 1] = b[x];
    }

    void fetch(int i, int y) {
        if (strip.depth == Depth::u8) fetch_as<uint8_t>(i, y);
        else if (strip.depth == Depth::u16) fetch_as<uint16_t>(i, y);
        else fetch_as<float>(i, y);
    }

    void beside(const Operation &o, int y, int column, Target &t) const {
        t.before = t.after = nullptr;
        t.before_up = t.before_odd = 0;
        for (int j = o.beside; j < o.end; ++j) {
            const Reading &r = program.readings[j];
            const float *at = input(r, (r.up ? y / 2 : y) + r.shift, (r.up ? column / 2 : column) + r.shift);
            const ptrdiff_t stride = program.operations[r.operation].stride;
            if (r.before) {
                t.before = at, t.before_stride = stride;
                t.before_up = r.up, t.before_odd = r.up ? column % 2 : 0;
            } else t.after = at, t.after_stride = stride;
        }
    }

    void dense(int i, int y) {
        const Operation &o = program.operations[i];
        const Ring &mine = rings[i];
        const int columns = mine.right - mine.left + 1;
        Target t;
        t.relu = o.relu, t.to_stride = o.stride;
        beside(o, y, mine.left, t);
        const float *w = weights(o.weights), *bias = weights(o.bias);
        float *to = row(i, y);
        for (int v = 0, many; v < o.vectors; v += many) {
            many = at_once(o.vectors - v);
            t.to = to + v * LANES, t.bias = bias + v * LANES;
            Run runs[64];
            int count = 0;
            ptrdiff_t bytes = 0;
            bool begun = false;
            for (int j = o.first; j < o.beside; ++j) {
                const Reading &r = program.readings[j];
                const int stride = program.operations[r.operation].stride;
                for (int dy = 0; dy < o.kernel; ++dy)
                    for (int dx = 0; dx < o.kernel; ++dx) {
                        const float *in = input(r, y + dy + r.shift, mine.left + dx + r.shift);
                        if (count && runs[count - 1].in + runs[count - 1].taps == in && bytes < NEAR)
                            runs[count - 1].taps += r.channels;
                        else runs[count++] = Run{in, w, r.channels};
                        w += r.channels * many * LANES;
                        bytes += r.channels * many * LANES * 4;
                        const bool end = dy == o.kernel - 1 && dx == o.kernel - 1;
                        if (bytes < NEAR && !end && count < 64) continue;
                        t.first = !begun, t.last = end && j == o.beside - 1;
                        if (many == 4) any_stride<4>(stride, runs, count, t, columns);
                        else if (many == 3) any_stride<3>(stride, runs, count, t, columns);
                        else if (many == 2) any_stride<2>(stride, runs, count, t, columns);
                        else any_stride<1>(stride, runs, count, t, columns);
                        begun = true, count = 0, bytes = 0;
                    }
            }
            if (t.before) t.before += many * LANES;
            if (t.after) t.after += many * LANES;
        }
    }

    // A convolution in groups: the lanes of a vector are the groups, and there are `each` inputs and J of the outputs.
    template <int K, int J> NOINLINE void grouped(int i, int y) {
        constexpr int P = REGISTERS == 32 ? (J == 2 ? (K == 5 ? 10 : 12) : 20) : (J == 2 ? 4 : 8);
        const Operation &o = program.operations[i];
        const Ring &mine = rings[i];
        const Reading &r = program.readings[o.first];
        const ptrdiff_t stride = program.operations[r.operation].stride;
        const int columns = mine.right - mine.left + 1, each = o.each, groups = r.channels / LANES / each;
        Target t;
        beside(o, y, mine.left, t);
        const float *w = weights(o.weights), *bias = weights(o.bias);
        for (int out = 0; out < o.vectors / groups; out += J)
            for (int g = 0; g < groups; ++g, w += each * K * K * J * LANES)
                for (ptrdiff_t x = 0; x < columns; x += P) {
                    Vector sum[J][P];
                    UNROLL for (int j = 0; j < J; ++j) {
                        const Vector value = get(bias + ((out + j) * groups + g) * LANES);
                        UNROLL for (int p = 0; p < P; ++p) sum[j][p] = value;
                    }
                    const float *near = w;
                    for (int n = 0; n < each; ++n)
                        for (int dy = 0; dy < K; ++dy, near += K * J * LANES) {
                            const float *in = input(r, y + dy + r.shift, mine.left + r.shift);
                            in += x * stride + (n * groups + g) * LANES;
                            Vector weight[K][J];
                            UNROLL for (int dx = 0; dx < K; ++dx)
                                UNROLL for (int j = 0; j < J; ++j) weight[dx][j] = get(near + (dx * J + j) * LANES);
                            UNROLL for (int c = 0; c < P + K - 1; ++c, in += stride) {
                                Vector value = get(in);
                                IN_REGISTER(value);
                                UNROLL for (int dx = 0; dx < K; ++dx)
                                    if (c - dx >= 0 && c - dx < P)
                                        UNROLL for (int j = 0; j < J; ++j) sum[j][c - dx] += value * weight[dx][j];
                            }
                        }
                    UNROLL for (int j = 0; j < J; ++j) {
                        const int at = ((out + j) * groups + g) * LANES;
                        float *to = row(i, y) + x * o.stride + at;
                        UNROLL for (int p = 0; p < P; ++p) {
                            Vector value = o.relu ? rectified(sum[j][p]) : sum[j][p];
                            if (t.after) value += get(t.after + (x + p) * t.after_stride + at);
                            put(to + p * ptrdiff_t(o.stride), value);
                        }
                    }
                }
    }

    void grouped_any(int i, int y) {
        const Operation &o = program.operations[i];
        const bool two = o.vectors / (program.readings[o.first].channels / LANES / o.each) % 2 == 0;
        if (o.kernel == 5) two ? grouped<5, 2>(i, y) : grouped<5, 1>(i, y);
        else if (o.kernel == 3) two ? grouped<3, 2>(i, y) : grouped<3, 1>(i, y);
        else two ? grouped<1, 2>(i, y) : grouped<1, 1>(i, y);
    }

    void largest(int i, int y) {
        const Operation &o = program.operations[i];
        const Ring &mine = rings[i];
        const Reading &r = program.readings[o.first];
        const ptrdiff_t stride = program.operations[r.operation].stride;
        float *to = row(i, y);
        for (int dy = 0; dy < o.kernel; ++dy) {
            const float *in = input(r, o.step * y + dy + r.shift, o.step * mine.left + r.shift);
            for (int x = 0; x <= mine.right - mine.left; ++x)
                for (int v = 0; v < r.channels; v += LANES) {
                    const float *at = in + x * o.step * stride + v;
                    Vector value = get(at);
                    for (int dx = 1; dx < o.kernel; ++dx) value = larger(value, get(at + dx * stride));
                    float *result = to + x * ptrdiff_t(o.stride) + v;
                    put(result, dy ? larger(get(result), value) : value);
                }
        }
    }

    void enlarged(int i, int y) {
        const Operation &o = program.operations[i];
        const Ring &mine = rings[i];
        const Reading &r = program.readings[o.first];
        const ptrdiff_t stride = program.operations[r.operation].stride;
        const float *in = input(r, y / 2 + r.shift, mine.left / 2 + r.shift);
        float *to = row(i, y);
        for (int x = 0; x <= mine.right - mine.left; ++x, to += o.stride)
            for (int v = 0; v < r.channels; v += LANES)
                put(to + v, get(in + ((x + mine.left % 2) >> 1) * stride + v));
    }

    // Row y of the maps adds to rows begin .. last of the windows that it lies in; then `fused` has the next row, if
    // last is the window's last one.
    template <int K> NOINLINE void advance(int y, int begin, int last) {
        constexpr int P = FINAL_BLOCK, SEEN = P + K - 1;
        const Operation &o = program.operations[program.count - 1];
        const ptrdiff_t next = (program.tile + 2 * SPARE) * LANES;
        const int left = rings[program.count - 1].left;
        const float *w = weights(o.weights);
        for (ptrdiff_t x = 0; x < width; x += P)
            for (int dy = last; dy >= begin; --dy) {
                Vector sum[P] = {};
                if (dy) UNROLL for (int p = 0; p < P; ++p) sum[p] = get(sums + dy * next + (x + p) * LANES);
                const float *near = w + dy * o.vectors * K * LANES;
                for (int j = o.first; j < o.end; ++j) {
                    const Reading &r = program.readings[j];
                    const ptrdiff_t stride = program.operations[r.operation].stride;
                    for (int v = 0; v < r.channels; v += LANES, near += K * LANES) {
                        const float *in = input(r, y + r.shift, left + r.shift) + x * stride + v;
                        Vector weight[K];
                        UNROLL for (int dx = 0; dx < K; ++dx) weight[dx] = get(near + dx * LANES);
                        UNROLL for (int c = 0; c < SEEN; ++c, in += stride) {
                            Vector value = get(in);
                            IN_REGISTER(value);
                            UNROLL for (int dx = 0; dx < K; ++dx)
                                if (c - dx >= 0 && c - dx < P) sum[c - dx] += value * weight[dx];
                        }
                    }
                }
                UNROLL for (int p = 0; p < P; ++p) put(sums + (dy + 1) * next + (x + p) * LANES, sum[p]);
            }
        if (last < K - 1) return;
        const float bias = *weights(o.bias);
        for (ptrdiff_t x = 0; x < width; x += LANES) {
            Vector parts[LANES];
            for (int n = 0; n < LANES; ++n) parts[n] = get(sums + K * next + (x + n) * LANES);
            put(fused + x, across<LANES>(parts) + bias);
        }
    }

    void write(int y, int left) {
        const ptrdiff_t at = y * strip.stride_fused + left;
        if (strip.floats || strip.depth == Depth::f32) store(fused, width, (float *)strip.fused + at);
        else if (strip.depth == Depth::u8) store(fused, width, (uint8_t *)strip.fused + at);
        else store(fused, width, (uint16_t *)strip.fused + at);
    }

    void tile(int left) {
        const Operation &o = program.operations[program.count - 1];
        const int edge = o.kernel - 1;
        ranges(strip.top, strip.bottom, left, left + width);
        for (int y = strip.top; y < strip.bottom + edge; ++y) {  // of the maps
            for (int j = o.first; j < o.end; ++j) need(program.readings[j].operation, y + program.readings[j].shift);
            const int begin = y < strip.bottom ? 0 : y - strip.bottom + 1;
            const int last = y - strip.top < edge ? y - strip.top : edge;
            if (o.kernel == 5) advance<5>(y, begin, last);
            else if (o.kernel == 3) advance<3>(y, begin, last);
            else advance<1>(y, begin, last);
            if (last == edge) write(y - edge, left);
        }
    }

    void run() {
        // Columns are counted for the widest tile; at other places rounding may ask for one more, which is spare.
        ranges(0, 1, 0, program.tile < strip.width ? program.tile : strip.width);
        size_t size = 0;
        for (int i = 0; i < program.count - 1; ++i) {
            rings[i].span = (rings[i].right - rings[i].left + 1 + SPARE) * ptrdiff_t(program.operations[i].stride);
            rings[i].span = (rings[i].span + 15) / 16 * 16 + 16;
            size += rings[i].span * kept(i);
        }
        const size_t lanes = size_t(program.tile + 2 * SPARE) * LANES;
        const size_t line = 2 * (program.tile + 2 * program.margin + 2 * SPARE);
        size += lanes * (MOST_KERNEL + 1) + line + 32;
        memory = (float *)malloc(size * sizeof(float));
        if (!memory) return;
        __builtin_memset(memory, 0, size * sizeof(float));
        float *at = (float *)(((uintptr_t)memory + 63) / 64 * 64);
        for (int i = 0; i < program.count - 1; at += rings[i].span * kept(i), ++i) rings[i].rows = at;
        sums = at, fused = at + lanes * (MOST_KERNEL + 1);
        const int tiles = (strip.width + program.tile - 1) / program.tile, step = (strip.width + tiles - 1) / tiles;
        for (int left = 0; left < strip.width; left += step) {
            width = strip.width - left < step ? strip.width - left : step;
            tile(left);
        }
        free(memory);
    }
};

}  // namespace

bool run_graph(const Program &program, const Strip &strip) {
    Worker worker{program, strip, {}, nullptr, nullptr, nullptr, 0};
    worker.run();
    return worker.memory != nullptr;
}

}  // namespace INSTRUCTION_SET
}  // namespace aefusion
