// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Runs a function through the door, by its kernels' scalar twins, in groups of one operation each, and through the
/// interpreter, and compares: lanes and twins have the same bits, and all agree with the interpreter, within the bounds
/// of rounding, or exactly where every value is a small integer.
///
///     check_function<f, samples<shape<3>, 8>, shape<3, 4>>({.rows = 5, .exact = true});
///
/// Arrays lie where a type's alignment allows no more, and what lies around them is to stay as it was.

#include "support/bounded.hpp"
#include "support/run_plan.hpp"
#include <sinter/program/function.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <cstring>
#include <span>
#include <tuple>
#include <vector>

namespace sinter_test {

struct function_case {
    int rows = 1;
    bool exact = false;  ///< every value is an integer that float holds: no difference is allowed
    int seed = 0;
    double scale = 0.25;  ///< of the inputs' values
};

/// Element e of sample r of input k: an integer from -4 to 4, times `scale` unless the input holds integers.
inline double input_value(const function_case& c, int k, int r, int e) {
    return (c.seed * 3 + k * 7 + r * 5 + e * 11 + e * e) % 9 - 4;
}

/// An array in the middle of memory that nobody else is to touch, not aligned for vectors.
template <class T>
class fenced {
public:
    explicit fenced(std::size_t size) : size_{size}, memory_(size + 2 * fence, T(77)) {}
    std::span<T> values() { return {memory_.data() + fence, size_}; }
    bool intact() const {
        bool same = true;
        for (std::size_t i = 0; i < fence; ++i)
            same = same && memory_[i] == T(77) && memory_[fence + size_ + i] == T(77);
        return same;
    }

private:
    static constexpr std::size_t fence = 33;  // odd: after it nothing is aligned to more than an element
    std::size_t size_;
    std::vector<T> memory_;
};

namespace detail {

template <class Scalar, auto Function, class... Input>
class one_function_check {
    using door = sinter::function_of<Scalar, Function, Input...>;
    template <class Of>
    using element = std::conditional_t<sinter::detail::input_of<Of>::integer, std::int32_t, Scalar>;
    static constexpr int results = door::result_count;
    static constexpr const auto& table = frozen_table<sinter::detail::stored_function<Function, Input...>>::value;

public:
    static void run(const function_case& c) {
        CAPTURE(c.rows);
        const table_view t = table.view();
        constexpr bool integer[] = {sinter::detail::input_of<Input>::integer..., false};
        const auto leaf = [&](const node& q, int, int r, int e) {
            if (q.code == op::scalar) return 1.0 / c.rows;
            const double value = input_value(c, q.number, r, e);
            return integer[q.number] || c.exact ? value : value * c.scale;
        };

        interpreter<bounded<Scalar>> wanted;
        wanted.run(t, c.rows, [&](const node& q, int i, int r, int e) {
            return bounded<Scalar>(static_cast<double>(static_cast<Scalar>(leaf(q, i, r, e))), 0);
        });

        // through the door
        std::tuple<fenced<element<Input>>...> inputs{fenced<element<Input>>(
            static_cast<std::size_t>(sinter::detail::input_of<Input>::shape_type::size) *
            (sinter::detail::input_of<Input>::capacity > 0 ? static_cast<std::size_t>(c.rows) : std::size_t{1}))...};
        std::vector<fenced<Scalar>> outputs;
        for (int k = 0; k < results; ++k)
            outputs.emplace_back(static_cast<std::size_t>(t.size(t.outputs[k]) * wanted.sample_count(t.outputs[k])));
        int number = 0;
        const auto fill = [&](auto& input, int size) {
            const auto values = input.values();
            for (std::size_t i = 0; i < values.size(); ++i) {
                const double v = input_value(c, number, static_cast<int>(i) / size, static_cast<int>(i) % size);
                values[i] =
                    static_cast<std::remove_cvref_t<decltype(values[i])>>(integer[number] || c.exact ? v : v * c.scale);
            }
            ++number;
        };
        [&]<std::size_t... Index>(std::index_sequence<Index...>) {
            (fill(std::get<Index>(inputs), sinter::detail::input_of<Input>::shape_type::size), ...);
        }(std::index_sequence_for<Input...>{});
        door run;
        [&]<std::size_t... Result, std::size_t... Index>(std::index_sequence<Result...>,
                                                         std::index_sequence<Index...>) {
            run.try_into(outputs[Result].values()..., std::get<Index>(inputs).values()...).value();
            CHECK((std::get<Index>(inputs).intact() && ...));
        }(std::make_index_sequence<static_cast<std::size_t>(results)>{}, std::index_sequence_for<Input...>{});

        // by the twins, fused and one by one
        setting s{.target = native_machine<Scalar>(),
                  .capacity = door::capacity,
                  .inputs_are = ports::of_callers,
                  .outputs_are = ports::of_callers};
        planned_run<Scalar> fused, single;
        fused.prepare(t, t, 0, s, c.rows, leaf);
        fused.run();
        s.groups = grouping::single;
        single.prepare(t, t, 0, s, c.rows, leaf);
        single.run();

        for (int k = 0; k < results; ++k) {
            CAPTURE(k);
            CHECK(outputs[static_cast<std::size_t>(k)].intact());
            int bits = 0, apart = 0, unknown = 0, all = 0;
            const auto found = outputs[static_cast<std::size_t>(k)].values();
            const int node = t.outputs[k], size = t.size(node);
            for (int r = 0; r < wanted.sample_count(node); ++r)
                for (int e = 0; e < size; ++e, ++all) {
                    const Scalar lanes = found[static_cast<std::size_t>(r * size + e)], twin = fused.output(k, r, e);
                    bits += std::memcmp(&lanes, &twin, sizeof lanes) != 0;
                    const bounded<Scalar> w = wanted.at(node, r, e);
                    if (!c.exact && !(w.error < 1e-2 * (1 + std::abs(w.value)))) {
                        ++unknown;
                        continue;
                    }
                    for (const Scalar value : {lanes, single.output(k, r, e)}) {
                        const double difference = std::abs(static_cast<double>(value) - w.value);
                        apart += !(c.exact ? difference == 0 : difference <= 2 * w.error + 1e-30);
                    }
                }
            CHECK(bits == 0);
            CHECK(apart == 0);
            CHECK(unknown <= all / 2);
        }
    }
};

}  // namespace detail

/// In float and double.
template <auto Function, class... Input>
void check_function(const function_case& c = {}) {
    detail::one_function_check<float, Function, Input...>::run(c);
    detail::one_function_check<double, Function, Input...>::run(c);
}

}  // namespace sinter_test
