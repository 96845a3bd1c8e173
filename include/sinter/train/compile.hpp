// SPDX-License-Identifier: BSL-1.0
#pragma once

/// Makes what other files see as `compiled`: a model, its trainer, and the table of their functions.
///
/// Not in <sinter/train.hpp>. Included by the one file that is to hold the kernels of a network; train/compiled.hpp shows how.

#include <sinter/train/compiled.hpp>
#include <sinter/train/trainer.hpp>
#include <sinter/train/weights.hpp>

namespace sinter {

namespace detail {
inline namespace SINTER_INSTRUCTION_SET {

template <class Net, class Loss, class Rule, class Targets, class Scalar, class Rows>
class compiled_network {
    using training = trainer<Net, Loss, Rule, Targets, Scalar, Rows>;
    using target = typename training::stored_target;
    using handle = compiled<Scalar, target>;
    static constexpr int in = input_shape_t<Net>::size, out = network_output<Net>.size();

    model<Net, Scalar, Rows> net_;
    training trainer_;

    static compiled_network& of(void* self) { return *static_cast<compiled_network*>(self); }

    void predict(const Scalar* inputs, int count, Scalar* outputs) {
        const auto b = trainer_.forward_buffers();
        for (int first = 0; first < count; first += Rows::capacity) {
            const int rows = count - first < Rows::capacity ? count - first : Rows::capacity;
            for (int r = 0; r < rows; ++r) {
                const auto row = static_cast<std::size_t>(r);
                for (int i = 0; i < in; ++i) b.inputs[row * b.input_stride + static_cast<std::size_t>(i)] = *inputs++;
                for (int i = 0; i < Targets::shape_type::size; ++i)
                    b.targets[row * b.target_stride + static_cast<std::size_t>(i)] = 0;
            }
            trainer_.forward_on_buffers(rows, rows);
            for (int r = 0; r < rows; ++r)
                for (int i = 0; i < out; ++i)
                    *outputs++ = b.outputs[static_cast<std::size_t>(r) * b.output_stride + static_cast<std::size_t>(i)];
        }
    }

public:
    compiled_network(Loss loss, Rule rule, Targets targets, seed start)
        : net_{start}, trainer_{net_, loss, rule, targets} {}

    static constexpr typename handle::table code{
        in,
        out,
        Rows::capacity,
        [](void* self, const Scalar* x, const target* t, int n) { return of(self).trainer_.step(x, t, n); },
        [](void* self, const Scalar* x, const target* t, int n) { return of(self).trainer_.forward(x, t, n); },
        [](void* self, const Scalar* x, int n, Scalar* y) { of(self).predict(x, n, y); },
        [](const void* self, const char* path) {
            save_weights(static_cast<const compiled_network*>(self)->net_, path).value();
        },
        [](void* self, const char* path) { load_weights(of(self).net_, path).value(); },
        [](void* self) { delete &of(self); }};
};

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace detail

inline namespace SINTER_INSTRUCTION_SET {

/// A fresh model of Net and its trainer, behind a handle that other files can use without compiling them.
template <class Net, floating Scalar = float, class Rows = rows<128>, class Loss, class Rule, class Targets>
auto compile(Loss loss, Rule rule, Targets targets, seed start = {}) {
    using network = detail::compiled_network<Net, Loss, Rule, Targets, Scalar, Rows>;
    using target = typename trainer<Net, Loss, Rule, Targets, Scalar, Rows>::stored_target;
    return compiled<Scalar, target>{new network{loss, rule, targets, start}, network::code};
}

}  // namespace SINTER_INSTRUCTION_SET
}  // namespace sinter
