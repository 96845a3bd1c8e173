// SPDX-License-Identifier: BSL-1.0
// What the cost model says of each call of the benchmark's programs, beside the least time it took: where a prediction
// is off.

#include "network.hpp"
#include <sinter/sinter.hpp>

namespace {

using namespace benchmark;
using sinter::arena;

/// A plan's arenas, with numbers that no kernel finds special.
template <class Plan>
struct buffers {
    using code = sinter::program<float, Plan>;
    static sinter::aligned_buffer<float> filled(std::size_t size) {
        sinter::aligned_buffer<float> values(size);
        for (std::size_t i = 0; i < size; ++i) values[i] = 0.25F + static_cast<float>(i % 7) / 64;
        return values;
    }
    static constexpr auto parameters_size =
        static_cast<std::size_t>(sinter::plans<clothes, float, 1>::parameters::value.elements);
    sinter::aligned_buffer<float> parameters = filled(parameters_size), state = filled(2 * parameters_size),
                                  workspace = filled(static_cast<std::size_t>(code::workspace_elements)),
                                  scalars = filled(static_cast<std::size_t>(code::scalar_elements));
    const void* addresses[2] = {};
    sinter::arenas<float> arenas() {
        sinter::arenas<float> all;
        all[arena::parameters] = parameters.data(), all[arena::state] = state.data();
        all[arena::workspace] = workspace.data(), all[arena::scalars] = scalars.data();
        for (int k = 0; k < Plan::size.inputs; ++k) addresses[k] = workspace.data() + Plan::value.inputs[k].offset;
        all.inputs = addresses;
        for (const sinter::port& in : Plan::value.inputs)
            if (in.shape.rank == 0)  // labels
                for (int i = 0; i < Plan::request::capacity; ++i)
                    reinterpret_cast<std::int32_t*>(workspace.data() + in.offset)[i] = i % classes;
        return all;
    }
};

/// A chain of calls that runs by blocks of rows is measured as a whole, at its first call.
template <class Plan>
void print_calls(const char* name, int rows, std::size_t touched) {
    using code = sinter::program<float, Plan>;
    const sinter::core_rates core = measured_rates(touched);
    std::printf("%s: peak %.1f GFLOP/s, divider %.2f G/s, reading %.1f GB/s, updating %.1f GB/s, copying %.1f GB/s\n",
                name, core.flops * 1e-9, core.divisions * 1e-9, core.reading * 1e-9, core.updating * 1e-9,
                core.copying * 1e-9);
    buffers<Plan> memory;
    const auto storage = memory.arenas();
    double least[code::call_count];
    std::fill(std::begin(least), std::end(least), 1.0);
    const auto once = [&]<int... Call>(std::integer_sequence<int, Call...>) {
        const auto run = [&](auto f, double& best) {
            const double s = seconds(f);
            best = std::min(best, s);
            return s;
        };
        return (run([&] { code::template run<Call, code::behind(Call)>(storage, rows); }, least[Call]) + ...);
    };
    double spent = 0;
    while (spent < 0.3) spent += once(std::make_integer_sequence<int, code::call_count>{});
    std::printf("  %-6s%10s%10s   of products, operands, repeated, lost, operations, divisions, bytes, us\n", "call",
                "measured", "predicted");
    double measured = 0, predicted = 0;
    int c = 0;
    sinter::detail::for_each_work<Plan>(rows, [&](const sinter::work& w) {
        const double all = sinter::predicted_seconds(w, core);
        std::printf("  %-6d%10.2f%10.2f   %.2f %.2f %.2f %.2f %.2f %.2f %.2f\n", c, least[c] * 1e6, all * 1e6,
                    w.busy_flops / core.flops * 1e6, w.operand_bytes / core.reading * 1e6,
                    w.repeated_bytes / core.reading * 1e6, w.lost_flops / core.flops * 1e6,
                    2 * w.operations / core.flops * 1e6, w.divisions / core.divisions * 1e6,
                    (w.updated_bytes / core.updating + w.copied_bytes / core.copying) * 1e6);
        measured += least[c++], predicted += all;
    });
    std::printf("  %-6s%10.2f%10.2f   %.2f\n\n", "all", measured * 1e6, predicted * 1e6, predicted / measured);
}

template <int Capacity, class Rule>
using step =
    typename sinter::plans<clothes, float, Capacity>::template step<sinter::cross_entropy, sinter::labels, Rule>;

}  // namespace

int main() {
    const sinter::flush_to_zero denormals;
    pin_to_one_core();
    const auto floats = [](int rows, int copies) {
        return weight_count * static_cast<std::size_t>(copies) + static_cast<std::size_t>(rows) * pixels;
    };
    print_calls<step<128, sinter::adam>>("adam, 1 sample", 1, floats(1, 3));
    print_calls<step<128, sinter::sgd>>("sgd, 1 sample", 1, floats(1, 1));
    print_calls<step<128, sinter::adam>>("adam, 32 samples", 32, floats(32, 3));
    print_calls<step<128, sinter::adam>>("adam, 64 samples", 64, floats(64, 3));
    print_calls<step<128, sinter::adam>>("adam, 128 samples", 128, floats(128, 3));
    print_calls<step<1024, sinter::adam>>("adam, 1024 samples", 1024, floats(1024, 3));
    print_calls<typename sinter::plans<clothes, float, 1>::inference>("inference, 1 sample", 1, floats(1, 1));
    print_calls<typename sinter::plans<clothes, float, 64>::inference>("inference, 64 samples", 64, floats(64, 1));
}
