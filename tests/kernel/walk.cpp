// SPDX-License-Identifier: BSL-1.0
#include "list_maker.hpp"
#include "run_both.hpp"
#include <sinter/kernel/walk.hpp>

#include <doctest/doctest.h>

#include <utility>

namespace {

using namespace sinter;

constexpr int width = native_machine<float>().width();

/// A random spec that walks, spec 0 of a list, and, where it has no panels and no column output, the same with lanes
/// along the walked axis and the lanes as a last outer axis: spec 1.
class random_spec {
public:
    constexpr explicit random_spec(unsigned seed) : m_{width}, state_{seed * 2654435761U + 12345} { make(); }
    constexpr const auto& list() const { return m_.list; }
    constexpr bool has_twin_form() const { return m_.specs == 2; }

private:
    constexpr int random(int below) {
        state_ = state_ * 1664525 + 1013904223;
        return static_cast<int>((state_ >> 8) % static_cast<unsigned>(below));
    }
    constexpr bool chance(int of) { return random(of) == 0; }

    static constexpr int most_outer = 2;
    int outer_[most_outer] = {}, outer_count_ = 0;  // extents; run_time_rows is laid out as 20
    int walked_ = 1, lanes_ = 1;

    constexpr int room(int axis) const { return outer_[axis] == run_time_rows ? 20 : outer_[axis]; }
    constexpr int add_slot(const int (&outer)[most_outer], slot s) {
        for (int x = 0; x < outer_count_; ++x) m_.list.strides[m_.strides++] = outer[x];
        m_.list.slots[m_.slots++] = s;
        return m_.current().slot_count++;
    }
    /// Strides of all kinds; reads may meet an element twice.
    constexpr int read_slot(bool integer) {
        constexpr int strides[] = {0, 1, -1, 2, 3, -2, 7, 40, -40};
        int outer[most_outer];
        for (int& x : outer) x = chance(3) ? 0 : random(90) - 30;
        slot s{.integer = integer, .inner_stride = strides[random(9)], .panel = width};
        s.lane_stride = chance(2) ? 1 : strides[random(9)];
        if (s.lane_stride == 1 && chance(3)) s.panel = width * (1 + random(5));
        if (s.lane_stride == 1 && chance(2)) s.padding = random(16);
        if (chance(3)) s.inner_stride = lanes_;
        return add_slot(outer, s);
    }
    /// A place for each index, in any order of the axes, forwards or backwards, with gaps.
    constexpr int write_slot(bool walked, bool outer_axes) {
        int outer[most_outer] = {};
        slot s{.inner_stride = 0, .panel = width};
        int next = 1;
        const auto lay = [&](int& stride, int extent) {
            stride = chance(4) ? -next : next;
            next = next * extent + random(3);
        };
        const bool lanes_first = !chance(3), panels = lanes_first && chance(4);
        if (panels) {
            next = width;
        } else if (lanes_first) {
            lay(s.lane_stride, lanes_);
            if (s.lane_stride == 1 && chance(2)) s.padding = random(16), next += s.padding;
        }
        if (walked) lay(s.inner_stride, walked_);
        for (int x = 0; outer_axes && x < outer_count_; ++x) lay(outer[x], room(x));
        if (!lanes_first) lay(s.lane_stride, lanes_);
        if (panels) {
            s.lane_stride = 1;
            s.panel = next + width;
            s.padding = (width - lanes_ % width) % width;
            if (s.inner_stride < 0) s.inner_stride = -s.inner_stride;
            for (int& x : outer)
                if (x < 0) x = -x;
            for (int* x : {&s.inner_stride, &outer[0], &outer[1]}) *x = (*x + width - 1) / width * width;
            s.panel = width;
            if (walked) s.panel += (walked_ - 1) * s.inner_stride;
            for (int x = 0; outer_axes && x < outer_count_; ++x) s.panel += (room(x) - 1) * outer[x];
        }
        return add_slot(outer, s);
    }

    constexpr int pick(level at) {
        for (int tries = 0; tries < 20; ++tries) {
            const int i = random(m_.current().instruction_count);
            if (m_.list.instructions[i].at == at) return i;
        }
        return random(m_.current().instruction_count);
    }

    constexpr void make() {
        constexpr int walks[] = {1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 18, 31, 33, 50, 64, 100};
        walked_ = walks[random(16)];
        lanes_ = 1 + random(40);
        if (chance(6)) lanes_ = 9 * width + random(20);
        outer_count_ = random(3);
        if (chance(12)) walked_ = 784, outer_count_ = 0;
        for (int x = 0; x < outer_count_; ++x) outer_[x] = x == 0 && chance(2) ? run_time_rows : 1 + random(3);
        m_.begin_walk(walked_, lanes_);
        for (int x = 0; x < outer_count_; ++x) m_.list.extents[m_.extents++] = outer_[x];
        m_.current().outer_count = outer_count_;

        const int reads = 1 + random(3);
        for (int i = 0; i < reads; ++i) {
            const int s = read_slot(chance(5));
            const bool walks_along = m_.list.slots[s].inner_stride != 0;
            m_.load(s, walks_along || chance(3) ? level::element : level::outer);
        }
        const int updated = chance(3) ? write_slot(true, true) : -1;
        if (updated >= 0) m_.load(updated);
        m_.constant(0.75, chance(2) ? level::outer : level::element);
        constexpr op ops[] = {op::add, op::multiply, op::subtract, op::exp, op::maximum, op::divide, op::tanh, op::fma};
        const int steps = 2 + random(7);
        for (int i = 0; i < steps; ++i) {
            if (chance(3)) {
                m_.step(chance(2) ? op::sum : op::max, pick(level::element));
            } else {
                const op code = ops[random(8)];
                const int a = pick(level::element),
                          b = arity(code) > 1 ? pick(chance(2) ? level::element : level::outer) : -1,
                          c = arity(code) > 2 ? pick(level::element) : -1;
                m_.step(code, a, b, c);
            }
        }
        // the last values of both levels leave, and some others
        bool column = false, panels = false, last_element = true, last_outer = true;
        const int values = m_.current().instruction_count;
        for (int i = values - 1; i >= reads; --i) {
            bool& last = m_.list.instructions[i].at == level::element ? last_element : last_outer;
            if (!last && !chance(5)) continue;
            last = false;
            if (m_.list.instructions[i].at == level::element) {
                m_.out(output_kind::element, i, updated >= 0 && last_update_ ? updated : write_slot(true, true));
                last_update_ = false;
            } else if (chance(3)) {
                m_.out(output_kind::column, i, write_slot(false, false));
                column = true;
            } else {
                m_.out(output_kind::outer, i, write_slot(false, true));
            }
        }
        const int slots = m_.current().slot_count;
        for (int s = 0; s < slots; ++s) panels = panels || m_.list.slots[s].panel != width;
        if (column || panels) return;
        const spec walking = m_.current();
        m_.begin(kernel_kind::loop, walked_);
        for (int x = 0; x < outer_count_; ++x) m_.list.extents[m_.extents++] = outer_[x];
        m_.list.extents[m_.extents++] = lanes_;
        m_.current().outer_count = outer_count_ + 1;
        for (int s = 0; s < slots; ++s) {
            slot same = m_.list.slots[s];
            for (int x = 0; x < outer_count_; ++x)
                m_.list.strides[m_.strides++] = m_.list.strides[s * outer_count_ + x];
            m_.list.strides[m_.strides++] = same.lane_stride;
            same.lane_stride = same.padding = 0;
            m_.list.slots[m_.slots++] = same;
        }
        m_.current().slot_count = slots;
        m_.current().instruction_first = walking.instruction_first;
        m_.current().instruction_count = walking.instruction_count;
        m_.current().output_first = walking.output_first;
        m_.current().output_count = walking.output_count;
    }
    static constexpr int arity(op code) { return code == op::fma ? 3 : code == op::exp || code == op::tanh ? 1 : 2; }

    list_maker m_;
    unsigned state_;
    bool last_update_ = true;
};

/// Differences between spec 0 and spec 1 of a list on equal memory, as `run` runs them.
template <class T, class List, class Run>
int both_forms(const List& list, int rows, filling how, Run run) {
    std::mt19937 random(static_cast<unsigned>(rows));
    slot_memory<T> walking = make_memory<T>(list, 0, rows, 0, how, random), along = walking;
    run(0, walking.pointers().data());
    run(1, along.pointers().data());
    return differences(walking, along);
}

TEST_CASE("walk: thousands of random specs have the bits of the form with lanes along the reduced axis") {
    int seen = 0;
    for (unsigned seed = 0; seed < 6'000; ++seed) {
        const random_spec r{seed};
        if (!r.has_twin_form()) continue;
        ++seen;
        CAPTURE(seed);
        const int rows = static_cast<int>(seed % 4);
        const auto run = [&](int index, void* const* slots) { run_reference<float>(r.list(), index, slots, rows, 0); };
        CHECK(both_forms<float>(r.list(), rows, seed % 2 == 0 ? filling::reals : filling::special, run) == 0);
    }
    CHECK(seen > 1'500);
}

template <unsigned Seed>
constexpr auto random_list = random_spec{Seed}.list();
template <class T, unsigned Seed>
void check_random() {
    CAPTURE(Seed);
    constexpr const auto& list = random_list<Seed>;
    std::vector<T> scratch(scratch_elements(list, 0, 20) + scratch_elements(list, 1, 20));
    for (const int rows : {0, 1, 2, 15, 17, 20})
        for (const filling how : {filling::reals, filling::special}) {
            CAPTURE(rows);
            CHECK(run_both(case_of<T, random_list<Seed>, 0>, rows, 0, how) == 0);
            if constexpr (random_spec{Seed}.has_twin_form()) {
                const auto run = [&](int index, void* const* slots) {
                    (index == 0 ? case_of<T, random_list<Seed>, 0> : case_of<T, random_list<Seed>, 1>)
                        .run(slots, rows, 0, scratch.data(), {});
                };
                CHECK(both_forms<T>(list, rows, how, run) == 0);
            }
        }
}
template <class T, unsigned First, unsigned... Seed>
void check_random_from(std::integer_sequence<unsigned, Seed...>) {
    (check_random<T, First + Seed>(), ...);
}
TEST_CASE("walk: random kernels have the twin's bits, whole and in parts, and those of the other form") {
    check_random_from<float, 0>(std::make_integer_sequence<unsigned, 18>{});
    check_random_from<double, 1000>(std::make_integer_sequence<unsigned, 6>{});
}

}  // namespace
