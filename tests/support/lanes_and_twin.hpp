// SPDX-License-Identifier: BSL-1.0
#pragma once

/// A whole training step by kernels in lanes and by their scalar twins, on the same plan: the same bits. By a team too.

#include "support/run_plan.hpp"
#include <sinter/optim/optimizer.hpp>
#include <sinter/program/program.hpp>
#include <sinter/program/team.hpp>
#include <sinter/tensor/aligned_buffer.hpp>
#include <sinter/train/plans.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <initializer_list>
#include <limits>
#include <vector>

namespace sinter_test {

/// A step's arenas, filled alike for both ways to run it; what nobody writes is no number.
template <class Scalar, class Plan>
struct memory {
    using code = program<Scalar, Plan>;
    aligned_buffer<Scalar> part[arena_count];
    arenas<Scalar> base;

    memory(int parameter_elements, int states, const double* rule, int rule_scalars, int rows, int threads = 1) {
        const long long sizes[] = {parameter_elements,    parameter_elements * states,
                                   parameter_elements,    code::workspace_elements_of(threads),
                                   code::scalar_elements, code::block_elements};
        for (int a = 0; a < arena_count; ++a) {
            part[a] = aligned_buffer<Scalar>(static_cast<std::size_t>(sizes[a]) + 64);
            for (std::size_t i = 0; i < part[a].size(); ++i) part[a][i] = std::numeric_limits<Scalar>::quiet_NaN();
            base[static_cast<arena>(a)] = part[a].data();
        }
        for (int i = 0; i < parameter_elements; ++i)
            base[arena::parameters][i] = static_cast<Scalar>((i * 7 % 41 - 20) * 0.025);
        for (int i = 0; i < parameter_elements * states; ++i)
            base[arena::state][i] = static_cast<Scalar>(0.1 + 0.01 * (i % 10));
        base[arena::scalars][0] = Scalar(1) / static_cast<Scalar>(rows);
        for (int i = 0; i < rule_scalars; ++i)
            base[arena::scalars][first_rule_scalar + i] = static_cast<Scalar>(rule[i]);
        for (int i = first_iota; i < code::scalar_elements; ++i)
            base[arena::scalars][i] = static_cast<Scalar>(i - first_iota);
        for (int k = 0; k < 2; ++k) {
            const port& p = Plan::value.inputs[k];
            Scalar* const at = base[arena::workspace] + p.offset;
            for (int r = 0; r < rows; ++r)
                for (int e = 0; e < p.shape.size(); ++e)
                    if (p.shape.rank == 0)
                        reinterpret_cast<std::int32_t*>(at)[r * p.where.row_stride] = r % 4;
                    else
                        at[r * p.where.row_stride + e] = static_cast<Scalar>((e * 13 + r * 7 + k * 5) % 37 * 0.055 - 1);
        }
    }
};

/// use(parameter, element, its offset in the parameters' arena) for every element of Net's parameters.
template <class Net, class Parameters>
void for_elements(auto use) {
    for (int p = 0; p < network<Net>::report.parameter_count; ++p) {
        const extents& shape = network<Net>::report.parameters[p].shape;
        const parameter_place& place = Parameters::value.places[p];
        for (int e = 0; e < shape.size(); ++e) use(p, e, place.offset + element_offset(shape, place.where, 0, e));
    }
}

/// One step of Net at each of these numbers of rows, in lanes and by the twin, and by teams of up to so many threads.
/// Gives the hash of all bits, FNV-1a.
template <class Net, class Scalar, int Capacity, class Loss, class Target, int Threads = 0, class Rule>
std::uint64_t check_lanes(const Rule& rule, std::initializer_list<int> row_counts) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    using plan = typename plans<Net, Scalar, Capacity>::template step<Loss, Target, Rule>;
    using parameters = typename plans<Net, Scalar, Capacity>::parameters;
    double numbers[Rule::scalar_count];
    rule.scalars(2, numbers);
    for (const int rows : row_counts) {
        CAPTURE(rows);
        const auto filled = [&](int threads = 1) {
            memory<Scalar, plan> m(parameters::value.elements, Rule::state_count, numbers, Rule::scalar_count, rows,
                                   threads);
            for_elements<Net, parameters>([&](int p, int e, int offset) {  // wherever a machine has them
                m.base[arena::parameters][offset] = static_cast<Scalar>(((p * 11 + e) * 7 % 41 - 20) * 0.025);
                for (int s = 0; s < Rule::state_count; ++s)
                    m.base[arena::state][s * parameters::value.elements + offset] =
                        static_cast<Scalar>(0.1 + 0.01 * ((p + e + s) % 10));
            });
            return m;
        };
        memory<Scalar, plan> lanes = filled(), twin = filled();
        program<Scalar, plan>::run(lanes.base, rows);
        const auto run_twin = [&](int c, int first_row, int count) {
            const call& now = plan::value.calls[c];
            std::vector<void*> slots;
            for (int s = 0; s < plan::value.specs.specs[now.spec].slot_count; ++s)
                slots.push_back(twin.base.at(plan::value.places[now.first_place + s], first_row));
            run_reference<Scalar>(plan::value.specs, now.spec, slots.data(), count,
                                  now.count_fixed + count * now.count_per_row);
        };
        walk_schedule(
            plan::value.blocks, plan::size.blocks, 0, plan::size.calls, rows, {}, [&](int c) { run_twin(c, 0, rows); },
            run_twin, [] {});
        std::vector<memory<Scalar, plan>> by_teams;
        if constexpr (Threads > 0)
            for (int threads = 1; threads <= Threads; ++threads) {
                by_teams.push_back(filled(threads));
                team crew{threads};
                crew.run([&](team::member m) { program<Scalar, plan>::run(by_teams.back().base, rows, m); });
            }
        int different = 0, compared = 0;
        const auto bits_at = [](const memory<Scalar, plan>& in, arena where, int offset) {
            using word = std::conditional_t<sizeof(Scalar) == 4, std::uint32_t, std::uint64_t>;
            return __builtin_bit_cast(word, in.base[where][offset]);
        };
        const auto compare = [&](arena where, int offset) {
            const Scalar value = lanes.base[where][offset];
            const auto bits = bits_at(lanes, where, offset);
            different += bits != bits_at(twin, where, offset) || value != value;
            for (const auto& by_team : by_teams) different += bits != bits_at(by_team, where, offset);
            hash = (hash ^ bits) * 0x100000001B3U;
            ++compared;
        };
        for (int k = 0; k < plan::size.outputs; ++k) {
            const port& p = plan::value.outputs[k];
            for (int r = 0; r < (p.rows ? rows : 1); ++r)
                for (int e = 0; e < p.shape.size(); ++e)
                    compare(arena::workspace, p.offset + element_offset(p.shape, p.where, r, e));
        }
        for_elements<Net, parameters>([&](int, int, int offset) {
            compare(arena::parameters, offset);
            for (int s = 0; s < Rule::state_count; ++s) compare(arena::state, s * parameters::value.elements + offset);
        });
        CHECK(different == 0);
        CHECK(compared > 100);
    }
    return hash;
}

}  // namespace sinter_test
