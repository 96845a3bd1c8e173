// SPDX-License-Identifier: BSL-1.0

/// Compiled once for each set of flags, as functions_under_flags UNIT with the flags in FLAGS.

#include <sinter/config.hpp>
// Instruction set of a name of its own: else the linker would keep one unit's functions for all.
#define UNIT_TARGET_OF(unit) target_of_##unit
#define UNIT_TARGET(unit) UNIT_TARGET_OF(unit)
#undef SINTER_TARGET
#define SINTER_TARGET UNIT_TARGET(UNIT)

#include "list_maker.hpp"
#include "math_flags.hpp"
#include <sinter/kernel/loop.hpp>

namespace {

using sinter::op;

template <class V, op Code>
void sweep(const typename V::value_type* in, typename V::value_type* out, int n) {
    for (int i = 0; i < n; i += V::size) sinter::elementwise<Code>.value(V::load(in + i)).store(out + i);
}
template <class V>
void on(op f, const typename V::value_type* in, typename V::value_type* out, int n) {
    switch (f) {
        case op::exp: return sweep<V, op::exp>(in, out, n);
        case op::log: return sweep<V, op::log>(in, out, n);
        case op::tanh: return sweep<V, op::tanh>(in, out, n);
        case op::sigmoid: return sweep<V, op::sigmoid>(in, out, n);
        case op::sin: return sweep<V, op::sin>(in, out, n);
        default: return sweep<V, op::cos>(in, out, n);
    }
}
template <class T>
void on_either(op f, bool one_lane, const T* in, T* out, int n) {
    one_lane ? on<sinter::simd::one_lane<T>>(f, in, out, n) : on<sinter::simd::lanes<T>>(f, in, out, n);
}

constexpr auto rows_of_twenty = [] {
    list_maker m{sinter::native_machine<float>()};
    m.begin(sinter::kernel_kind::loop, 20, {sinter::run_time_rows});
    const int x = m.plain({20}), out = m.slot({1}, {.inner_stride = 0}), v = m.load(x), top = m.step(op::max, v);
    const int sum = m.step(op::sum, m.step(op::exp, m.step(op::subtract, v, top)));
    m.out(sinter::output_kind::outer, m.step(op::add, m.step(op::log, sum), top), out);
    return m.list;
}();

void log_sum_exp_of_rows(const float* rows, float* out) {
    void* const slots[] = {const_cast<float*>(rows), out};
    sinter::simd::loop_kernel<float, rows_of_twenty, 0>::run(slots, 3, 0, nullptr, {});
}

}  // namespace

extern const functions_under_flags UNIT;
const functions_under_flags UNIT{FLAGS, on_either<float>, on_either<double>, log_sum_exp_of_rows};
