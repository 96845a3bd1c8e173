// SPDX-License-Identifier: BSL-1.0

/// One unit of the linked pair: compiled twice, with different flags, into namespace UNIT.

#include "unit.hpp"

#include "list_maker.hpp"
#include <sinter/data/minibatch.hpp>
#include <sinter/kernel/kernel.hpp>
#include <sinter/nn/activation.hpp>
#include <sinter/nn/linear.hpp>
#include <sinter/optim/adam.hpp>
#include <sinter/train/trainer.hpp>

/// One network for both, whose parameters lie otherwise in each.
namespace nn = sinter::nn;
struct tiny : nn::sequential<nn::input<3>, nn::linear<20>, nn::relu, nn::linear<2>> {};

/// One name in both units: but for the inline namespace, so would be every kernel's.
inline constexpr auto unit_list = [] {
    using namespace sinter;
    list_maker m{16};
    m.begin_product(run_time_rows, 24, 5);
    m.plain({5}), m.plain({24});
    m.out(output_kind::element, m.step(op::relu, m.step(op::matmul)), m.plain({24}));
    return m.list;
}();

int UNIT::lanes() { return sinter::native_machine<float>().lanes; }
void UNIT::product(void* const* slots, int rows) { sinter::run_kernel<float, unit_list, 0>(slots, rows, 0, nullptr); }
const void* UNIT::gather() {
    void (*const address)(const sinter::dataset<std::uint8_t, std::uint8_t>&, std::span<const std::uint32_t>, float*,
                          std::size_t, std::int32_t*, std::size_t, sinter::no_team&&) = &sinter::gather;
    return reinterpret_cast<const void*>(address);
}

double UNIT::train(const float* inputs, const int* labels, int samples) {
    sinter::model<tiny> net{sinter::seed{7}};
    sinter::trainer t{net, sinter::cross_entropy{}, sinter::adam{}, sinter::labels{}};
    for (int step = 0; step < 20; ++step) t.step(inputs, labels, samples);
    return t.forward(inputs, labels, samples);
}
