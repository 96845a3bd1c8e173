// SPDX-License-Identifier: BSL-1.0
#pragma once

/// The two halves of a gradient program: forward up to the loss and the output, backward the rest.
///
/// In: a plan, and where the parameters lie. Out: the number of calls that are forward's, and the gradients that these
/// calls write: the sum over rows that is the gradient of a last bias is fused into the loop that computes the loss.
/// A trainer has forward write them to a window of their own, and backward copies them, so that forward changes no
/// gradient. Law: the calls of backward write all others. All of it is constants.

#include <sinter/plan/plan.hpp>

#include <cstddef>

namespace sinter::detail {

/// *Parameters* is a parameter_plan.
template <class Plan, class Parameters>
struct forward_half {
    static constexpr int calls = Plan::value.calls_until_output;

    struct gradients {
        bool early[static_cast<std::size_t>(Parameters::count) + 1]{};
        int first = 0, last = 0;  ///< elements of the gradients' arena that hold them, 0 and 0 for none
    };
    static constexpr gradients find() {
        gradients found;
        const auto& plan = Plan::value;
        for (int c = 0; c < calls; ++c) {
            const spec& s = plan.specs.specs[plan.calls[c].spec];
            for (int o = s.output_first; o < s.output_first + s.output_count; ++o) {
                const place_in_arena& to = plan.places[plan.calls[c].first_place + plan.specs.outputs[o].slot];
                if (to.where == arena::gradients) add(found, to.offset);
            }
        }
        return found;
    }
    static constexpr gradients value = find();

private:
    /// The parameter whose gradient has the element at `offset`.
    static constexpr void add(gradients& found, int offset) {
        for (int p = 0; p < Parameters::count; ++p) {
            const parameter_place& place = Parameters::value.places[p];
            const int end = place.offset + place.where.elements;
            if (offset < place.offset || offset >= end) continue;
            found.early[p] = true;
            if (found.last == 0 || place.offset < found.first) found.first = place.offset;
            if (end > found.last) found.last = end;
        }
    }
};

}  // namespace sinter::detail
