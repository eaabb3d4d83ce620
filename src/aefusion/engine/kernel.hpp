// What module.cpp and the kernel, compiled once for each instruction set, share.
#pragma once
#include <cstddef>
#include <cstdint>

namespace aefusion {

constexpr int MOST_MAPS = 128;  // of the kernel for two layers

// One strip of rows: two gray pictures through conv k1 x k1 (2 to maps), ReLU, conv k2 x k2 (to 1), clip to [0, 1].
// Strides are counted in elements and only along y; the pixels of a row lie side by side.
struct Strip {
    const float *w1, *b1, *w2, *b2;  // [2][k1][k1][maps], [maps], [k2][k2][maps], [1]
    int k1, k2, maps;                // (3, 5) or (1, 3), 1 .. MOST_MAPS
    const void *a, *b;
    void *fused;
    ptrdiff_t stride_a, stride_b, stride_fused;
    int height, width, top, bottom;  // rows top .. bottom - 1 are written
};

enum class Depth { u8, u16, f32 };

// What one instruction set offers. peak() does `rounds` x lanes x accumulators multiply-adds and returns how many.
struct InstructionSet {
    const char *name;
    int lanes;
    void (*run)(const Strip &, Depth);
    double (*peak)(int64_t rounds);
};

namespace baseline { extern const InstructionSet instruction_set; }
namespace avx2 { extern const InstructionSet instruction_set; }
namespace avx512 { extern const InstructionSet instruction_set; }

}  // namespace aefusion
