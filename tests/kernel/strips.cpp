// SPDX-License-Identifier: BSL-1.0
#include "list_maker.hpp"
#include "run_both.hpp"
#include <sinter/kernel/kernel.hpp>
#include <sinter/kernel/reference.hpp>
#include <sinter/kernel/strips.hpp>
#include <sinter/tensor/aligned_buffer.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

using namespace sinter;

template <class T>
constexpr int of_line = 64 / static_cast<int>(sizeof(T));

/// Loops that walk rows of whole lines: a sum of two arrays and a maximum; two maxima; softmax, which keeps its
/// exponentials; fewer than sixteen elements; a row that is an element too long; an update in place; an array in
/// panels; lanes that end an element before their row.
enum loops { sums, maxima, soft, few, longer, update, paneled, shorter };

template <class T, loops Which>
constexpr list_maker made() {
    list_maker m{native_machine<T>()};
    const int lanes = (Which == few ? 9 : 33) * of_line<T> - (Which == shorter), outer = 2;
    const int row = lanes + (Which == longer || Which == shorter), walked = Which == few ? 5 : Which == soft ? 50 : 35;
    const auto element = [&] {
        return m.slot({walked * row}, {.inner_stride = row, .panel = m.list.target.width(), .lane_stride = 1});
    };
    const auto each_lane = [&] {
        return m.slot({row}, {.inner_stride = 0, .panel = m.list.target.width(), .lane_stride = 1});
    };
    m.begin_walk(walked, lanes, {outer});
    const int x = m.load(element());
    if (Which == maxima) {
        m.out(output_kind::outer, m.step(op::max, x), each_lane());
        m.out(output_kind::outer, m.step(op::max, m.step(op::multiply, x, x)), each_lane());
    } else if (Which == sums || Which == longer || Which == shorter || Which == paneled) {
        const int width = m.list.target.width();
        const int z =
            m.load(Which == paneled
                       ? m.slot({walked * lanes}, {.inner_stride = width, .panel = walked * width, .lane_stride = 1})
                       : element());
        m.out(output_kind::outer, m.step(op::sum, m.step(op::add, x, z)), each_lane());
        m.out(output_kind::outer, m.step(op::max, x), each_lane());
    } else if (Which == soft) {
        const int e = m.step(op::exp, m.step(op::subtract, x, m.step(op::max, x))), s = m.step(op::sum, e);
        m.out(output_kind::element, m.step(op::divide, e, s), element());
        m.out(output_kind::outer, s, each_lane());
    } else {
        m.out(output_kind::element, m.step(op::subtract, x, m.step(op::sum, x)), Which == few ? element() : 0);
    }
    return m;
}
template <class T, loops Which>
constexpr auto list = made<T, Which>().list;

/// Differences of kernel and twin, whole and in parts, where slot s begins `behind[s]` elements behind a line; what
/// lies around the slots counts.
template <class T, loops Which>
int differences_behind(const std::vector<int>& behind, filling how) {
    std::mt19937 random(7);
    const auto& l = list<T, Which>;
    const kernel_case<T> kernel = case_of<T, list<T, Which>, 0>;
    const slot_memory<T> content = make_memory<T>(l, 0, 0, 0, how, random);
    std::vector<T> scratch(scratch_elements(l, 0, 0));
    const auto run = [&](auto f) {
        slot_memory<T> all;
        std::vector<aligned_buffer<T>> buffers;
        std::vector<void*> slots;
        for (std::size_t s = 0; s < content.reals.size(); ++s) {
            const auto first = static_cast<std::size_t>(behind[s % behind.size()]);
            buffers.emplace_back(content.reals[s].size() + 64);
            for (std::size_t i = 0; i < content.reals[s].size(); ++i) buffers[s][first + i] = content.reals[s][i];
            slots.push_back(buffers[s].data() + first);
        }
        f(slots.data());
        for (const aligned_buffer<T>& b : buffers) {
            all.reals.emplace_back(b.data(), b.data() + b.size());
            all.padding.emplace_back(b.size(), false);
        }
        return all;
    };
    const auto twin = run([&](void* const* slots) { run_reference<T>(l, 0, slots, 0, 0); });
    const auto whole = run([&](void* const* slots) { kernel.run(slots, 0, 0, scratch.data(), {}); });
    const auto parts = run([&](void* const* slots) {
        for (int p = 0; p < 5; ++p) kernel.run(slots, 0, 0, scratch.data(), {p, 5});
    });
    return differences(twin, whole) + differences(twin, parts);
}

template <class T, loops Which>
void check() {
    for (const filling how : {filling::reals, filling::special}) {
        for (int behind = 0; behind < of_line<T>; ++behind) {
            CAPTURE(behind);
            CHECK(differences_behind<T, Which>({behind}, how) == 0);
        }
        CHECK(differences_behind<T, Which>({3, 5}, how) == 0);
        CHECK(differences_behind<T, Which>({0, 4, 0}, how) == 0);
    }
}
TEST_CASE_TEMPLATE("strips: wherever arrays begin, a walk has the twin's bits and writes nothing else", T, float,
                   double) {
    check<T, sums>();
    check<T, maxima>();
    check<T, soft>();
    check<T, few>();
    check<T, longer>();
    check<T, update>();
    check<T, paneled>();
    check<T, shorter>();
}

TEST_CASE("strips: rows lie alike where they are of whole lines, and nothing is updated in place") {
    using simd::rows_lie_alike;
    static_assert(rows_lie_alike<simd::body<float, list<float, sums>, 0>>());
    static_assert(rows_lie_alike<simd::body<double, list<double, soft>, 0>>());
    static_assert(!rows_lie_alike<simd::body<float, list<float, longer>, 0>>());
    static_assert(!rows_lie_alike<simd::body<float, list<float, update>, 0>>());
    static_assert(!rows_lie_alike<simd::body<float, list<float, paneled>, 0>>());

    // x, z and two slots of which each has an element a lane
    using two = simd::body<float, list<float, sums>, 0>;
    alignas(64) float at[64]{};
    const auto elements = [&](int x, int z, int others) {
        void* const slots[] = {at + x, at + z, at + others, at + others};
        return simd::to_next_line<two>(slots);
    };
    CHECK(elements(0, 0, 3) == 0);
    CHECK(elements(4, 4, 0) == 12);
    CHECK(elements(15, 31, 0) == 1);
    CHECK(elements(4, 5, 0) == 0);
    CHECK(elements(0, 5, 0) == 0);
}

}  // namespace
