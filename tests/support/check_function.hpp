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

/// What of a case does not depend on the function's type, which would compile it anew for each: the values, what the
/// interpreter and the twins find, and the comparison.
template <class Scalar>
class function_comparison {
public:
    function_comparison(const table_view& table, std::span<const bool> integer, const function_case& c)
        : t_{table}, integer_{integer}, c_{c} {
        wanted_.run(t_, c_.rows, [this](const node& q, int, int r, int e) {
            return bounded<Scalar>(static_cast<double>(static_cast<Scalar>(leaf(q, r, e))), 0);
        });
        for (int k = 0; k < t_.output_count; ++k)
            outputs.emplace_back(
                static_cast<std::size_t>(t_.size(t_.outputs[k]) * wanted_.sample_count(t_.outputs[k])));
    }
    /// The elements of input k, samples of `size` behind one another.
    template <class Element>
    void fill(std::span<Element> values, int k, int size) const {
        for (std::size_t i = 0; i < values.size(); ++i)
            values[i] = static_cast<Element>(value(k, static_cast<int>(i) / size, static_cast<int>(i) % size));
    }
    std::vector<fenced<Scalar>> outputs;  ///< where the function's results go

    /// Runs the twins, fused and one by one, and compares all with `outputs`.
    void compare(int capacity) {
        setting s{.target = native_machine<Scalar>(),
                  .capacity = capacity,
                  .inputs_are = ports::of_callers,
                  .outputs_are = ports::of_callers};
        planned_run<Scalar> fused, single;
        const auto of = [this](const node& q, int, int r, int e) { return leaf(q, r, e); };
        fused.prepare(t_, t_, 0, s, c_.rows, of);
        fused.run();
        s.groups = grouping::single;
        single.prepare(t_, t_, 0, s, c_.rows, of);
        single.run();

        for (int k = 0; k < t_.output_count; ++k) {
            CAPTURE(k);
            CHECK(outputs[static_cast<std::size_t>(k)].intact());
            int bits = 0, apart = 0, unknown = 0, all = 0;
            const auto found = outputs[static_cast<std::size_t>(k)].values();
            const int node = t_.outputs[k], size = t_.size(node);
            for (int r = 0; r < wanted_.sample_count(node); ++r)
                for (int e = 0; e < size; ++e, ++all) {
                    const Scalar lanes = found[static_cast<std::size_t>(r * size + e)], twin = fused.output(k, r, e);
                    bits += std::memcmp(&lanes, &twin, sizeof lanes) != 0;
                    const bounded<Scalar> w = wanted_.at(node, r, e);
                    if (!c_.exact && !(w.error < 1e-2 * (1 + std::abs(w.value)))) {
                        ++unknown;
                        continue;
                    }
                    for (const Scalar number : {lanes, single.output(k, r, e)}) {
                        const double difference = std::abs(static_cast<double>(number) - w.value);
                        apart += !(c_.exact ? difference == 0 : difference <= 2 * w.error + 1e-30);
                    }
                }
            CHECK(bits == 0);
            CHECK(apart == 0);
            CHECK(unknown <= all / 2);
        }
    }

private:
    double value(int k, int r, int e) const {
        const double v = input_value(c_, k, r, e);
        return integer_[static_cast<std::size_t>(k)] || c_.exact ? v : v * c_.scale;
    }
    double leaf(const node& q, int r, int e) const {
        return q.code == op::scalar ? 1.0 / c_.rows : value(q.number, r, e);
    }

    table_view t_;
    std::span<const bool> integer_;  // per input
    function_case c_;
    interpreter<bounded<Scalar>> wanted_;
};

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
        static constexpr bool integer[] = {sinter::detail::input_of<Input>::integer..., false};
        function_comparison<Scalar> compared(table.view(), integer, c);
        std::tuple<fenced<element<Input>>...> inputs{fenced<element<Input>>(
            static_cast<std::size_t>(sinter::detail::input_of<Input>::shape_type::size) *
            (sinter::detail::input_of<Input>::capacity > 0 ? static_cast<std::size_t>(c.rows) : std::size_t{1}))...};
        door run;
        [&]<std::size_t... Result, std::size_t... Index>(std::index_sequence<Result...>,
                                                         std::index_sequence<Index...>) {
            (compared.fill(std::get<Index>(inputs).values(), static_cast<int>(Index),
                           sinter::detail::input_of<Input>::shape_type::size),
             ...);
            run.try_into(compared.outputs[Result].values()..., std::get<Index>(inputs).values()...).value();
            CHECK((std::get<Index>(inputs).intact() && ...));
        }(std::make_index_sequence<static_cast<std::size_t>(results)>{}, std::index_sequence_for<Input...>{});
        compared.compare(door::capacity);
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
