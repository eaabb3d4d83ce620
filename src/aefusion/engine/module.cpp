// The Python module _kernel: the instruction sets that this CPU can run, and one strip of rows with the GIL released.
#include "kernel.hpp"
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

namespace nb = nanobind;
using namespace aefusion;

static std::vector<const InstructionSet *> supported() {  // best first
    std::vector<const InstructionSet *> sets;
#ifdef HAVE_avx512
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq"))
        sets.push_back(&avx512::instruction_set);
#endif
#ifdef HAVE_avx2
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) sets.push_back(&avx2::instruction_set);
#endif
    sets.push_back(&baseline::instruction_set);
    return sets;
}

static const InstructionSet &find(const std::string &name) {
    for (const InstructionSet *set : supported())
        if (set->name == name) return *set;
    throw std::invalid_argument("instruction set " + name + " is not supported by this CPU");
}

template <class T> using Picture = nb::ndarray<T, nb::ndim<2>, nb::device::cpu>;
using Floats = nb::ndarray<const float, nb::c_contig, nb::device::cpu>;
using Numbers = nb::ndarray<const int32_t, nb::c_contig, nb::ndim<2>, nb::device::cpu>;

template <class T, class To> static Strip rows(Picture<const T> &a, Picture<const T> &b, Picture<To> &fused, int top, int bottom, Depth depth) {
    const int height = int(fused.shape(0)), width = int(fused.shape(1));
    const auto same = [&](auto &p) { return int(p.shape(0)) == height && int(p.shape(1)) == width && p.stride(1) == 1; };
    if (!same(a) || !same(b) || !same(fused)) throw std::invalid_argument("pictures must be of one size, rows contiguous");
    if (top < 0 || bottom > height || top >= bottom) throw std::invalid_argument("no such rows");
    return {a.data(), b.data(), fused.data(), ptrdiff_t(a.stride(0)), ptrdiff_t(b.stride(0)), ptrdiff_t(fused.stride(0)),
            height, width, top, bottom, depth, sizeof(To) == sizeof(float)};
}

template <class T> static Plane plane(Picture<T> &p, Depth depth) {
    if (p.stride(1) != 1) throw std::invalid_argument("rows must be contiguous");
    return {(void *)p.data(), ptrdiff_t(p.stride(0)), int(p.shape(0)), int(p.shape(1)), depth};
}

// Both in one place, as both have to fit: `small` is half of `large`, rounded up.
static void check_halves(const Plane &large, const Plane &small, int rows, int top, int bottom) {
    if (small.height != (large.height + 1) / 2 || small.width != (large.width + 1) / 2)
        throw std::invalid_argument("one must have half the size of the other");
    if (top < 0 || bottom > rows || top >= bottom) throw std::invalid_argument("no such rows");
}

// The sources are of type T, the fused picture of type To: the same, or float.
template <class T, class To, Depth depth> static void networks(nb::module_ &m) {
    m.def("strip", [](const std::string &instruction_set, Floats w1, Floats b1, Floats w2, Floats b2, Picture<const T> a,
                      Picture<const T> b, Picture<To> fused, int top, int bottom) {
        const int k1 = w1.ndim() == 4 ? int(w1.shape(1)) : 0, k2 = w2.ndim() == 3 ? int(w2.shape(0)) : 0;
        const int maps = int(b1.size());
        if (!((k1 == 3 && k2 == 5) || (k1 == 1 && k2 == 3)) || maps < 1 || maps > MOST_MAPS ||
            w1.size() != size_t(2 * k1 * k1 * maps) || w2.size() != size_t(k2 * k2 * maps) || b2.size() != 1)
            throw std::invalid_argument(
                "weights must be (2, k1, k1, n), (n,), (k2, k2, n), (1,) with k1, k2 = 3, 5 or 1, 3 and n = 1 to 128");
        const Strip strip = rows<T, To>(a, b, fused, top, bottom, depth);
        const InstructionSet &chosen = find(instruction_set);
        nb::gil_scoped_release released;
        chosen.two_layers({w1.data(), b1.data(), w2.data(), b2.data(), k1, k2, maps}, strip);
    }, nb::arg("instruction_set"), nb::arg("w1"), nb::arg("b1"), nb::arg("w2"), nb::arg("b2"), nb::arg("a").noconvert(),
       nb::arg("b").noconvert(), nb::arg("fused").noconvert(), nb::arg("top"), nb::arg("bottom"));

    m.def("graph", [](const std::string &instruction_set, Numbers operations, Numbers readings, Floats weights, int margin,
                      int tile, Picture<const T> a, Picture<const T> b, Picture<To> fused, int top, int bottom) {
        if (operations.shape(1) * 4 != sizeof(Operation) || readings.shape(1) * 4 != sizeof(Reading))
            throw std::invalid_argument("operations or readings of another form");
        if (operations.shape(0) < 1 || operations.shape(0) > size_t(MOST_OPERATIONS) || tile < 1)
            throw std::invalid_argument("too many operations, or no columns");
        const Program program{(const Operation *)operations.data(), (const Reading *)readings.data(), weights.data(),
                              int(operations.shape(0)), margin, tile};
        const Strip strip = rows<T, To>(a, b, fused, top, bottom, depth);
        const InstructionSet &chosen = find(instruction_set);
        bool done;
        {
            nb::gil_scoped_release released;
            done = chosen.graph(program, strip);
        }
        if (!done) throw std::bad_alloc();
    }, nb::arg("instruction_set"), nb::arg("operations"), nb::arg("readings"), nb::arg("weights"), nb::arg("margin"),
       nb::arg("tile"), nb::arg("a").noconvert(), nb::arg("b").noconvert(), nb::arg("fused").noconvert(), nb::arg("top"),
       nb::arg("bottom"));
}

template <class T, Depth depth> static void levels(nb::module_ &m) {
    m.def("reduce", [](const std::string &instruction_set, Picture<const T> from, Picture<float> to, bool subtract, int top,
                       int bottom) {
        const Plane large = plane(from, depth), small = plane(to, Depth::f32);
        check_halves(large, small, small.height, top, bottom);
        const InstructionSet &chosen = find(instruction_set);
        bool done;
        {
            nb::gil_scoped_release released;
            done = chosen.pyramid->reduce(large, small, subtract, top, bottom);
        }
        if (!done) throw std::bad_alloc();
    }, nb::arg("instruction_set"), nb::arg("from").noconvert(), nb::arg("to").noconvert(), nb::arg("subtract"),
       nb::arg("top"), nb::arg("bottom"));

    m.def("enlarge", [](const std::string &instruction_set, Picture<const float> coarse, Picture<const float> level,
                        Picture<T> to, bool last, int top, int bottom) {
        const Plane small = plane(coarse, Depth::f32), large = plane(level, Depth::f32), result = plane(to, depth);
        check_halves(large, small, large.height, top, bottom);
        if (result.height != large.height || result.width != large.width || (!last && depth != Depth::f32))
            throw std::invalid_argument("the result must be of the level's size, and float before the last");
        const InstructionSet &chosen = find(instruction_set);
        bool done;
        {
            nb::gil_scoped_release released;
            done = chosen.pyramid->enlarge(small, large, result, last, top, bottom);
        }
        if (!done) throw std::bad_alloc();
    }, nb::arg("instruction_set"), nb::arg("coarse").noconvert(), nb::arg("level").noconvert(), nb::arg("to").noconvert(),
       nb::arg("last"), nb::arg("top"), nb::arg("bottom"));
}

NB_MODULE(_kernel, m) {
    networks<uint8_t, uint8_t, Depth::u8>(m);
    networks<uint16_t, uint16_t, Depth::u16>(m);
    networks<float, float, Depth::f32>(m);
    networks<uint8_t, float, Depth::u8>(m);
    networks<uint16_t, float, Depth::u16>(m);
    levels<uint8_t, Depth::u8>(m);
    levels<uint16_t, Depth::u16>(m);
    levels<float, Depth::f32>(m);
    m.def("instruction_sets", [] {
        std::vector<std::string> names;
        for (const InstructionSet *set : supported()) names.push_back(set->name);
        return names;
    }, "Instruction sets that this CPU can run, best first.");
    m.def("lanes", [](const std::string &instruction_set) { return find(instruction_set).lanes; });
    m.def("peak", [](const std::string &instruction_set, int64_t rounds) {
        const InstructionSet &chosen = find(instruction_set);
        nb::gil_scoped_release released;
        return chosen.peak(rounds);
    }, "Does independent multiply-adds in registers and nothing else; returns how many.");
}
