// What module.cpp and the kernels, compiled once for each instruction set, share.
#pragma once
#include <cstddef>
#include <cstdint>

namespace aefusion {

enum class Depth { u8, u16, f32 };

// One strip of rows of two gray pictures and the fused one.
// Strides are counted in elements and only along y; the pixels of a row lie side by side.
struct Strip {
    const void *a, *b;
    void *fused;
    ptrdiff_t stride_a, stride_b, stride_fused;
    int height, width, top, bottom;  // rows top .. bottom - 1 are written
    Depth depth;                     // of the sources
    bool floats;                     // whether the fused picture is float; else it is of their depth
};

constexpr int MOST_MAPS = 128;

// conv k1 x k1 (2 to maps), ReLU, conv k2 x k2 (to 1), clip to [0, 1]
struct TwoLayers {
    const float *w1, *b1, *w2, *b2;  // [2][k1][k1][maps], [maps], [k2][k2][maps], [1]
    int k1, k2, maps;                // (3, 5) or (1, 3), 1 .. MOST_MAPS
};

constexpr int MOST_OPERATIONS = 128, MOST_KERNEL = 5;

enum class Kind : int32_t { sources, dense, grouped, largest, enlarged, last };

// Some channels of a former operation's result, as an operation reads them. Row y of its own result begins with row
// step * y + shift there, or, if each pixel stands for two by two (up), with y / 2 + shift; so it is with columns.
struct Reading {
    int32_t operation, offset, channels, shift, up, before;
};

// What program.py writes. Readings first .. beside - 1 are what it computes from; beside .. end - 1 are added to its
// result: before the rectifier or after it. Stride: floats from pixel to pixel. Kept: rows in its ring.
struct Operation {
    Kind kind;
    int32_t kernel, step, each, relu, stride, vectors, kept, first, beside, end, weights, bias;
};

// The last operation is the last convolution, to one channel.
struct Program {
    const Operation *operations;
    const Reading *readings;
    const float *weights;
    int count, margin, tile;  // margin: pixels that the sources are reflected by; tile: columns of the result at a time
};

// One gray picture, or one level of a pyramid.
struct Plane {
    void *pixels;
    ptrdiff_t stride;
    int height, width;
    Depth depth;
};

struct Pyramid {  // of rows top .. bottom - 1 of the result; false: no memory
    bool (*reduce)(const Plane &from, const Plane &to, bool subtract, int top, int bottom);
    bool (*enlarge)(const Plane &coarse, const Plane &level, const Plane &to, bool last, int top, int bottom);
};

// What one instruction set offers. peak() does `rounds` x lanes x accumulators multiply-adds and returns how many.
struct InstructionSet {
    const char *name;
    int lanes;
    void (*two_layers)(const TwoLayers &, const Strip &);
    bool (*graph)(const Program &, const Strip &);  // false: no memory
    const Pyramid *pyramid;
    double (*peak)(int64_t rounds);
};

namespace baseline {
extern const InstructionSet instruction_set;
extern const Pyramid pyramid;
bool run_graph(const Program &, const Strip &);
}
namespace avx2 {
extern const InstructionSet instruction_set;
extern const Pyramid pyramid;
bool run_graph(const Program &, const Strip &);
}
namespace avx512 {
extern const InstructionSet instruction_set;
extern const Pyramid pyramid;
bool run_graph(const Program &, const Strip &);
}

}  // namespace aefusion
